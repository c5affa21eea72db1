package dagrad.schedule;

import dagrad.graph.Fold;
import dagrad.graph.GraphBuilder;
import dagrad.graph.Pad;
import dagrad.graph.Reduce;
import dagrad.graph.Slice;
import dagrad.graph.Unfold;
import dagrad.graph.Value;
import dagrad.graph.Window;
import dagrad.tensor.DType;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;

/// The operations of a [random graph][RandomGraphs], each on values chosen among those made so far.
final class RandomSteps {
    private static final int LARGEST = 400;

    private final GraphBuilder g;
    private final List<Value> made;

    RandomSteps(GraphBuilder g, List<Value> made) {
        this.g = g;
        this.made = made;
    }

    // ---- choice ---------------------------------------------------------------------------------------------------

    Value last() {
        return made.getLast();
    }

    Value anything(Random r) {
        return made.get(r.nextInt(made.size()));
    }

    /// A floating value, the later ones more often.
    Value floating(Random r) {
        List<Value> all =
                made.stream().filter(v -> g.spec(v).dtype().isFloating()).toList();
        return all.get(later(r, all.size()));
    }

    private static int later(Random r, int size) {
        int one = r.nextInt(size);
        int other = r.nextInt(size);
        return Math.max(one, other);
    }

    /// Something of that spec, if there is something of that size.
    Optional<Value> ofSpec(TensorSpec spec, Random r) {
        List<Value> all = made.stream()
                .filter(v -> g.spec(v).dtype() == spec.dtype()
                        && g.spec(v).shape().size() == spec.shape().size())
                .toList();
        return all.isEmpty() ? Optional.empty() : Optional.of(g.reshape(all.get(r.nextInt(all.size())), spec.shape()));
    }

    private Shape shape(Value x) {
        return g.spec(x).shape();
    }

    private void add(Value value) {
        if (shape(value).size() <= LARGEST) {
            made.add(value);
        }
    }

    private int axis(Value x, Random r) {
        return r.nextInt(Math.max(1, shape(x).rank()));
    }

    // ---- steps ----------------------------------------------------------------------------------------------------

    /// One operation of any kind.
    void any(int code) {
        Random r = new Random(code);
        Value x = floating(r);
        switch (r.nextInt(16)) {
            case 0, 1, 2 -> view(r);
            case 3, 4 -> add(unary(x, r));
            case 5, 6, 7 -> add(binary(x, r));
            case 8, 9 -> add(reduce(x, r));
            case 10 -> add(product(x, r));
            case 11 -> add(join(x, r));
            case 12 -> add(rows(x, r));
            case 13 -> add(composite(x, r));
            case 14 -> add(window(x, r));
            default -> add(typed(x, r));
        }
    }

    void view(Random r) {
        Value x = r.nextInt(8) == 0 ? anything(r) : floating(r);
        add(
                switch (r.nextInt(6)) {
                    case 0 -> g.reshape(x, factors(shape(x), r));
                    case 1 -> g.permute(x, order(shape(x).rank(), r));
                    case 2 -> stretched(x, r);
                    case 3 -> slice(x, r);
                    case 4 -> pad(x, r);
                    default -> windows(x, r);
                });
    }

    private static List<Integer> order(int rank, Random r) {
        List<Integer> order = new ArrayList<>(IntStream.range(0, rank).boxed().toList());
        Collections.shuffle(order, r);
        return order;
    }

    /// Another shape of the same size.
    private static Shape factors(Shape shape, Random r) {
        if (shape.size() == 0) {
            return r.nextBoolean() ? Shape.of(0) : Shape.of(2, 0);
        }
        List<Integer> dims = new ArrayList<>();
        int rest = (int) shape.size();
        while (rest > 1 && dims.size() < 4) {
            int n = rest;
            List<Integer> divisors =
                    IntStream.rangeClosed(2, n).filter(d -> n % d == 0).boxed().toList();
            int d = divisors.get(r.nextInt(divisors.size()));
            dims.add(d);
            rest /= d;
        }
        dims.add(r.nextInt(dims.size() + 1), rest);
        if (r.nextInt(3) == 0) {
            dims.add(r.nextInt(dims.size() + 1), 1);
        }
        return new Shape(dims);
    }

    private Value stretched(Value x, Random r) {
        Shape shape = shape(x);
        for (int i = 0; i < shape.rank(); i++) {
            if (shape.dim(i) == 1 && r.nextBoolean()) {
                shape = shape.with(i, r.nextInt(4));
            }
        }
        return g.broadcast(x, r.nextBoolean() ? Shape.of(1 + r.nextInt(3)).concat(shape) : shape);
    }

    private Value slice(Value x, Random r) {
        List<Integer> from = new ArrayList<>();
        List<Integer> to = new ArrayList<>();
        for (int n : shape(x).dims()) {
            int a = r.nextInt(n + 1);
            int b = r.nextInt(n + 1);
            boolean whole = r.nextBoolean();
            boolean empty = a == b && r.nextInt(8) != 0;
            from.add(whole || empty ? 0 : Math.min(a, b));
            to.add(whole || empty ? n : Math.max(a, b));
        }
        return g.apply(new Slice(from, to), x);
    }

    private Value pad(Value x, Random r) {
        List<Integer> low = new ArrayList<>();
        List<Integer> high = new ArrayList<>();
        for (int i = 0; i < shape(x).rank(); i++) {
            low.add(r.nextBoolean() ? 0 : r.nextInt(3));
            high.add(r.nextBoolean() ? 0 : r.nextInt(3));
        }
        return g.apply(new Pad(low, high, r.nextInt(3) == 0 ? 1 : 0), x);
    }

    private Value windows(Value x, Random r) {
        if (shape(x).rank() != 4 || shape(x).dim(2) < 2 || shape(x).dim(3) < 2) {
            return x;
        }
        return g.apply(new Unfold(new Window(2, 1 + r.nextInt(2), 1 + r.nextInt(2), 1 + r.nextInt(2), 1, 1)), x);
    }

    private Value unary(Value x, Random r) {
        return switch (r.nextInt(12)) {
            case 0 -> g.tanh(x);
            case 1 -> g.neg(x);
            case 2 -> g.relu(x);
            case 3 -> g.sigmoid(x);
            case 4 -> g.sin(x);
            case 5 -> g.abs(x);
            case 6 -> g.exp(g.min(x, 1));
            case 7 -> g.add(x, 1);
            case 8 -> g.mul(x, r.nextInt(3));
            case 9 -> g.gelu(x);
            case 10 -> g.sub(g.constant(g.spec(x), r.nextInt(2)), x);
            default -> g.softplus(x);
        };
    }

    private Value binary(Value x, Random r) {
        List<Value> partners = made.stream()
                .filter(y -> g.spec(y).dtype() == g.spec(x).dtype())
                .filter(y -> broadcasts(shape(x), shape(y)) || shape(y).size() == shape(x).size())
                .toList();
        Value other = partners.get(r.nextInt(partners.size()));
        Value y = broadcasts(shape(x), shape(other)) ? other : g.reshape(other, shape(x));
        return switch (r.nextInt(8)) {
            case 0, 1 -> g.add(x, y);
            case 2 -> g.sub(x, y);
            case 3, 4 -> g.mul(x, g.tanh(y));
            case 5 -> g.max(x, y);
            case 6 -> g.select(g.lt(x, y), y, x);
            default -> g.div(x, g.add(g.abs(y), 1));
        };
    }

    private static boolean broadcasts(Shape a, Shape b) {
        return IntStream.rangeClosed(1, Math.min(a.rank(), b.rank()))
                .allMatch(i -> a.dim(-i) == b.dim(-i) || a.dim(-i) == 1 || b.dim(-i) == 1);
    }

    Value reduce(Value x, Random r) {
        List<Integer> axes = IntStream.range(0, shape(x).rank())
                .filter(i -> r.nextBoolean())
                .boxed()
                .toList();
        boolean empty = axes.stream().anyMatch(a -> shape(x).dim(a) == 0);
        Reduce.Kind kind =
                empty ? Reduce.Kind.SUM : List.of(Reduce.Kind.values()).get(r.nextInt(4) % 3);
        Value reduced = axes.isEmpty() ? x : g.apply(new Reduce(kind, axes), x);
        return r.nextBoolean() ? g.tanh(reduced) : reduced;
    }

    /// A product of x or its transpose with something that fits.
    Value product(Value x, Random r) {
        Value a = shape(x).rank() < 2
                ? g.reshape(x, shape(x).size() == 0 ? Shape.of(0, 2) : Shape.of(1, (int) shape(x).size()))
                : x;
        Value left = r.nextBoolean() ? g.transpose(a) : a;
        int k = shape(left).dim(-1);
        Shape batch = shape(left).sub(0, shape(left).rank() - 2);
        List<Value> partners = made.stream()
                .filter(y -> g.spec(y).dtype() == g.spec(x).dtype())
                .filter(y -> shape(y).rank() >= 2 && (shape(y).dim(-2) == k || shape(y).dim(-1) == k))
                .filter(y -> broadcasts(batch, shape(y).sub(0, shape(y).rank() - 2)))
                .toList();
        Value y = partners.isEmpty() ? g.transpose(left) : partners.get(r.nextInt(partners.size()));
        Value right = shape(y).dim(-2) == k ? y : g.transpose(y);
        Value product = g.mul(g.matmul(left, right), 0.25);
        return r.nextBoolean() ? g.transpose(product) : product;
    }

    /// x beside things of its shape but for one axis, itself perhaps.
    Value join(Value x, Random r) {
        if (shape(x).rank() == 0) {
            return g.stack(0, x, g.neg(x), x);
        }
        int axis = axis(x, r);
        List<Value> partners = made.stream()
                .filter(y -> g.spec(y).dtype() == g.spec(x).dtype() && shape(y).rank() == shape(x).rank())
                .filter(y -> shape(y).with(axis, 0).equals(shape(x).with(axis, 0)))
                .toList();
        List<Value> parts = new ArrayList<>(List.of(x));
        int more = 1 + r.nextInt(3);
        for (int i = 0; i < more; i++) {
            Value y = partners.get(r.nextInt(partners.size()));
            parts.add(
                    switch (r.nextInt(4)) {
                        case 0 -> g.tanh(y);
                        case 1 -> g.like(y, 0.5);
                        default -> y;
                    });
        }
        Collections.shuffle(parts, r);
        return g.concat(axis, parts.toArray(Value[]::new));
    }

    private Value rows(Value x, Random r) {
        if (shape(x).rank() == 0 || shape(x).dim(0) == 0) {
            return x;
        }
        int n = shape(x).dim(0);
        if (r.nextBoolean()) {
            Value indices = g.indices(r.nextInt(n), r.nextInt(n), n - 1);
            return g.gather(x, indices);
        }
        Value counted = g.mod(g.iota(Shape.of(n), 0), g.constant(TensorSpec.i32(n), 2));
        return g.scatterAdd(counted, x, 2 + r.nextInt(2));
    }

    private Value composite(Value x, Random r) {
        if (shape(x).rank() == 0 || shape(x).dims().contains(0)) {
            return g.tanh(x);
        }
        int axis = axis(x, r);
        return switch (r.nextInt(5)) {
            case 0 -> g.softmax(x, axis);
            case 1 -> g.logSoftmax(x, axis);
            case 2 -> g.logSumExp(x, axis);
            case 3 -> shape(x).rank() < 2 ? x : g.attention(x, g.tanh(x), x, r.nextBoolean());
            default -> {
                Shape last = Shape.of(shape(x).dim(-1));
                TensorSpec spec = g.spec(x).withShape(last);
                yield g.layerNorm(x, g.constant(spec, 1.5), g.constant(spec, 0.5), 1e-3);
            }
        };
    }

    private Value window(Value x, Random r) {
        Value windows = windows(x, r);
        if (windows.equals(x)) {
            return g.tanh(x);
        }
        Window window = ((Unfold) g.node(windows).op()).window();
        return switch (r.nextInt(3)) {
            case 0 -> windows;
            case 1 -> g.apply(new Fold(window, shape(x).dim(2), shape(x).dim(3)), g.tanh(windows));
            default -> g.maxPool2d(x, 2, 1, r.nextInt(2));
        };
    }

    /// Through other types, and random numbers.
    private Value typed(Value x, Random r) {
        return switch (r.nextInt(5)) {
            case 0 -> g.mul(x, g.cast(g.gt(x, 0), DType.F32));
            case 1 -> {
                made.add(g.add(g.cast(g.mul(x, 2), DType.I32), 1));
                yield x;
            }
            case 2 ->
                shape(x).rank() == 0 || shape(x).dims().contains(0)
                        ? x
                        : g.add(x, g.cast(g.argmaxKeepDims(x, axis(x, r)), DType.F32));
            case 3 -> g.dropout(x, 0.5);
            default -> shape(x).rank() == 0 ? x : g.mul(x, g.cast(g.iota(shape(x), axis(x, r)), DType.F32));
        };
    }
}
