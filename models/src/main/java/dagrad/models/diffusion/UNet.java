package dagrad.models.diffusion;

import static dagrad.tensor.TensorSpec.f32;
import static dagrad.tensor.TensorSpec.i32;

import dagrad.graph.ConvSpec;
import dagrad.graph.Graph;
import dagrad.graph.GraphBuilder;
import dagrad.graph.Value;
import dagrad.tensor.DType;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import dagrad.train.Initializer;
import dagrad.train.Model;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.function.DoubleUnaryOperator;

/// Estimates the noise in an image, after Ho et al. (2020): a U-Net (Ronneberger et al. 2015) of residual blocks with
/// group norm and SiLU, told the time by sines and cosines and the class by a table, with attention between the pixels
/// of the lowest resolution. An image first becomes patches of `patch` × `patch` pixels, as channels of one.
///
/// Inputs are `x` f32[batch, channels, side, side] from 0 to 1 and `y` i32[batch], numbers of classes. The loss is the
/// mean of (ε − ε̂)²; times and ε are drawn by the graph, and the class is withheld from the share `withheld` of the
/// images, so that the network also learns to do without (Ho & Salimans, "Classifier-free diffusion guidance", 2022).
///
/// @param image `[channels, side, side]`
/// @param classes how many there are, at least 1
/// @param widths channels at each resolution, each half of the one before
/// @param heads of the attention
public record UNet(
        Shape image, int classes, int patch, List<Integer> widths, int heads, NoiseSchedule schedule, double withheld)
        implements Model {
    private static final double EPS = 1e-5;

    /// Channels that are normalised together, if their number allows.
    private static final int GROUP = 8;

    /// Longest wave that tells the time, over 2π (Vaswani et al. 2017).
    private static final double LONGEST = 10_000;

    /// @throws IllegalArgumentException if a size is below 1, the heads do not divide the last width, a width is odd,
    ///     or the image cannot be halved so often
    public UNet {
        widths = List.copyOf(widths);
        if (image.rank() != 3
                || classes < 1
                || patch < 1
                || heads < 1
                || widths.isEmpty()
                || widths.stream().anyMatch(width -> width < 2 || width % 2 != 0)) {
            throw new IllegalArgumentException("a U-Net needs images [channels, height, width], classes, patches and"
                    + " even widths, not " + image + ", " + classes + ", " + patch + " and " + widths);
        }
        if (widths.getLast() % heads != 0) {
            throw new IllegalArgumentException("a width of " + widths.getLast() + " cannot be shared by " + heads
                    + " heads; choose a width that is a multiple of the heads");
        }
        int unit = patch << (widths.size() - 1);
        if (image.dim(1) % unit != 0 || image.dim(2) % unit != 0) {
            throw new IllegalArgumentException("an image of " + image.dim(1) + " x " + image.dim(2)
                    + " pixels is no multiple of " + unit + ", which patches of " + patch + " halved "
                    + (widths.size() - 1) + " times need; choose another side, patch, or fewer widths");
        }
    }

    /// The number that stands for no class.
    public int none() {
        return classes;
    }

    @Override
    public Graph training(int batch) {
        return Graph.build(g -> {
            Value clean = g.sub(g.mul(g.input("x", images(batch)), 2), 1);
            Value label = g.input("y", i32(batch));
            Value t = drawn(g, batch);
            Value noise = g.normal(g.spec(clean).shape());
            double[] kept = schedule.kept();
            Value noisy = g.add(
                    g.mul(clean, at(g, t, kept, Math::sqrt)), g.mul(noise, at(g, t, kept, a -> Math.sqrt(1 - a))));
            Value dropped = g.cast(g.lt(g.uniform(Shape.of(batch)), withheld), DType.I32);
            Value shown = g.add(label, g.mul(dropped, g.sub(g.constant(i32(), none()), label)));
            g.output("loss", g.meanSquaredError(estimate(g, noisy, t, shown), noise));
        });
    }

    /// The graph of what it takes for noise: `noise`, of `noisy` f32[batch, channels, side, side], the image in it from
    /// −1 to 1, at the times `t` i32[batch], with classes `y` i32[batch] or [#none].
    public Graph prediction(int batch) {
        return Graph.build(g -> {
            Value noisy = g.input("noisy", images(batch));
            g.output("noise", estimate(g, noisy, g.input("t", i32(batch)), g.input("y", i32(batch))));
        });
    }

    private TensorSpec images(int batch) {
        return new TensorSpec(DType.F32, Shape.of(batch).concat(image));
    }

    /// A time for each image, i32[batch].
    private Value drawn(GraphBuilder g, int batch) {
        int last = schedule.times() - 1;
        Value t = g.floor(g.mul(g.uniform(Shape.of(batch)), schedule.times()));
        // A uniform number just below 1 may be rounded up when it is multiplied.
        return g.cast(g.min(t, last), DType.I32);
    }

    /// A number for each image that its time decides, to be multiplied with its pixels.
    private static Value at(GraphBuilder g, Value t, double[] kept, DoubleUnaryOperator of) {
        Value table = g.constant(f32(kept.length), Arrays.stream(kept).map(of).toArray());
        return g.reshape(g.gather(table, t), -1, 1, 1, 1);
    }

    // ---- the network ------------------------------------------------------------------------------------------------

    private Value estimate(GraphBuilder g, Value noisy, Value t, Value label) {
        Value told = g.scope("told", () -> told(g, t, label));
        Value h = conv(g, "first", patches(g, noisy), widths.getFirst(), 3, 1);
        Deque<Value> skipped = new ArrayDeque<>();
        for (int level = 0; level < widths.size(); level++) {
            if (level > 0) {
                h = conv(g, "down" + level, h, widths.get(level), 3, 2);
            }
            h = block(g, "in" + level, h, told, widths.get(level));
            skipped.push(h);
        }
        h = attention(g, h);
        h = block(g, "middle", h, told, widths.getLast());
        for (int level = widths.size() - 1; level >= 0; level--) {
            h = block(g, "out" + level, g.concat(1, h, skipped.pop()), told, widths.get(level));
            if (level > 0) {
                h = conv(g, "up" + level, g.upsampleNearest(h, 2), widths.get(level - 1), 3, 1);
            }
        }
        Value last = h;
        Value normal = g.scope("last", () -> g.silu(norm(g, last)));
        return pixels(g, conv(g, "last", normal, image.dim(0) * patch * patch, 3, 1));
    }

    /// [n, c, h, w] → [n, c p², h/p, w/p].
    private Value patches(GraphBuilder g, Value x) {
        int n = g.spec(x).shape().dim(0);
        int c = image.dim(0);
        int h = image.dim(1) / patch;
        int w = image.dim(2) / patch;
        Value cut = g.reshape(x, n, c, h, patch, w, patch);
        return g.reshape(g.permute(cut, 0, 1, 3, 5, 2, 4), n, c * patch * patch, h, w);
    }

    private Value pixels(GraphBuilder g, Value x) {
        int n = g.spec(x).shape().dim(0);
        int c = image.dim(0);
        int h = image.dim(1) / patch;
        int w = image.dim(2) / patch;
        Value cut = g.reshape(x, n, c, patch, patch, h, w);
        return g.reshape(g.permute(cut, 0, 1, 4, 2, 5, 3), n, c, image.dim(1), image.dim(2));
    }

    /// What the blocks are told of time and class: [n, 2 · first width].
    private Value told(GraphBuilder g, Value t, Value label) {
        int half = widths.getFirst() / 2;
        double[] frequencies = new double[half];
        Arrays.setAll(frequencies, i -> Math.pow(LONGEST, -(double) i / half));
        Value angles = g.mul(g.reshape(g.cast(t, DType.F32), -1, 1), g.constant(f32(half), frequencies));
        int size = 2 * widths.getFirst();
        Value time = linear(g, "time", g.concat(1, g.sin(angles), g.cos(angles)), size);
        Value named = g.embedding(g.parameter("classes", f32(classes + 1, size)), label);
        return g.silu(linear(g, "both", g.silu(g.add(time, named)), size));
    }

    private static Value block(GraphBuilder g, String name, Value x, Value told, int out) {
        return g.scope(name, () -> {
            int in = g.spec(x).shape().dim(1);
            Value first = conv(g, "first", g.scope("first", () -> g.silu(norm(g, x))), out, 3, 1);
            Value shift = g.reshape(linear(g, "told", told, out), -1, out, 1, 1);
            Value shifted = g.add(first, shift);
            Value second = conv(g, "second", g.scope("second", () -> g.silu(norm(g, shifted))), out, 3, 1);
            return g.add(in == out ? x : conv(g, "skip", x, out, 1, 1), second);
        });
    }

    /// Between all pixels; x is kept and what was found is added.
    private Value attention(GraphBuilder g, Value x) {
        return g.scope("attention", () -> {
            Shape shape = g.spec(x).shape();
            int n = shape.dim(0);
            int c = shape.dim(1);
            int pixels = shape.dim(2) * shape.dim(3);
            Value rows = g.permute(g.reshape(norm(g, x), n, c, pixels), 0, 2, 1);
            Value all = g.reshape(linear(g, "qkv", rows, 3 * c), n, pixels, 3, heads, c / heads);
            Value split = g.permute(all, 2, 0, 3, 1, 4);
            Value found = g.attention(g.index(split, 0, 0), g.index(split, 0, 1), g.index(split, 0, 2), false);
            Value joined = g.reshape(g.permute(found, 0, 2, 1, 3), n, pixels, c);
            Value back = linear(g, "projection", joined, c);
            return g.add(x, g.reshape(g.permute(back, 0, 2, 1), shape));
        });
    }

    private static Value norm(GraphBuilder g, Value x) {
        int c = g.spec(x).shape().dim(1);
        int groups = c % GROUP == 0 ? c / GROUP : 1;
        return g.groupNorm(x, groups, g.parameter("gain", f32(c)), g.parameter("shift", f32(c)), EPS);
    }

    private static Value conv(GraphBuilder g, String name, Value x, int out, int kernel, int stride) {
        int in = g.spec(x).shape().dim(1);
        return g.scope(name, () -> {
            Value z = g.conv2d(x, g.parameter("weight", f32(out, in, kernel, kernel)), ConvSpec.of(stride, kernel / 2));
            return g.add(z, g.reshape(g.parameter("bias", f32(out)), out, 1, 1));
        });
    }

    private static Value linear(GraphBuilder g, String name, Value x, int out) {
        int in = g.spec(x).shape().dim(-1);
        return g.scope(name, () -> g.linear(x, g.parameter("weight", f32(out, in)), g.parameter("bias", f32(out))));
    }

    /// Blocks and attention begin as doing nothing and the estimate as 0, as Ho et al. do it.
    @Override
    public Initializer initializer(String parameter, TensorSpec spec) {
        if (parameter.endsWith("second/weight")
                || parameter.equals("attention/projection/weight")
                || parameter.equals("last/weight")) {
            return new Initializer.Fill(0);
        }
        return parameter.endsWith("classes") ? new Initializer.Normal(1) : Initializer.standard(parameter, spec);
    }
}
