package dagrad.cpu;

import dagrad.graph.Graph;
import dagrad.graph.GraphBuilder;
import dagrad.graph.Pointwise;
import dagrad.graph.ScalarFn;
import dagrad.graph.Value;
import dagrad.tensor.DType;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/// Draws elementwise graphs over operands that are read through views of all kinds.
final class RandomBodies {
    /// Those whose values stay of moderate size and have no jumps: a jump would turn a rounding into an error.
    private static final List<ScalarFn> SMOOTH = List.of(
            ScalarFn.NEG,
            ScalarFn.ABS,
            ScalarFn.TANH,
            ScalarFn.SIGMOID,
            ScalarFn.ERF,
            ScalarFn.SIN,
            ScalarFn.COS,
            ScalarFn.RELU,
            ScalarFn.STOP_GRADIENT,
            ScalarFn.ADD,
            ScalarFn.SUB,
            ScalarFn.MUL,
            ScalarFn.MAX,
            ScalarFn.MIN);

    private static final int[] EXTENTS = {1, 2, 3, 7, 31, 32, 33};

    private final SplittableRandom random;
    private final GraphBuilder g;
    private final Shape domain;
    private final List<Value> values = new ArrayList<>();
    private int inputs;

    private RandomBodies(SplittableRandom random, GraphBuilder g, Shape domain) {
        this.random = random;
        this.g = g;
        this.domain = domain;
    }

    /// A graph with two elementwise results and a reduction of each kind.
    static Graph draw(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        return Graph.build(g -> {
            Shape domain = Shape.of(IntStream.range(0, random.nextInt(1, 5))
                    .map(_ -> EXTENTS[random.nextInt(EXTENTS.length)])
                    .toArray());
            new RandomBodies(random, g, domain).build();
        });
    }

    private void build() {
        for (int i = 0; i < random.nextInt(1, 4); i++) {
            values.add(operand());
        }
        for (int i = 0; i < random.nextInt(1, 12); i++) {
            values.add(function());
        }
        g.output("last", g.mul(values.getLast(), 1.25));
        g.output("other", g.add(any(), any()));
        g.output("sum", g.sumKeepDims(g.mul(function(), 1.25), axes()));
        g.output("max", g.maxKeepDims(g.mul(function(), 1.25), axes()));
        g.output("min", g.minKeepDims(g.mul(function(), 1.25), axes()));
    }

    private int[] axes() {
        int[] some = IntStream.range(0, domain.rank())
                .filter(_ -> random.nextBoolean())
                .toArray();
        return some.length == 0 ? new int[] {random.nextInt(domain.rank())} : some;
    }

    private Value any() {
        return values.get(random.nextInt(values.size()));
    }

    private Value function() {
        if (random.nextInt(8) == 0) {
            Value condition = random.nextBoolean() ? g.gt(any(), any()) : g.lt(any(), g.like(any(), 0.25));
            return g.select(condition, any(), any());
        }
        if (random.nextInt(12) == 0) {
            return g.clip(any(), -0.5, 0.75);
        }
        ScalarFn fn = SMOOTH.get(random.nextInt(SMOOTH.size()));
        Value a = any();
        Value b = random.nextInt(4) == 0 ? g.like(a, random.nextInt(-8, 9) / 4.0) : any();
        return fn.arity() == 1 ? g.apply(new Pointwise(fn), a) : g.apply(new Pointwise(fn), a, b);
    }

    // ---- operands -------------------------------------------------------------------------------------------------

    private Value input(Shape shape) {
        return g.input("x" + inputs++, TensorSpec.f32(shape.toArray()));
    }

    /// A view of the domain's shape.
    private Value operand() {
        return switch (random.nextInt(8)) {
            case 0 -> input(domain);
            case 1 -> g.broadcast(input(Shape.SCALAR), domain);
            case 2 -> broadcast();
            case 3 -> permuted();
            case 4 -> sliced();
            case 5 -> padded();
            case 6 -> g.mul(g.cast(g.iota(domain, random.nextInt(domain.rank())), DType.F32), 0.125);
            default -> g.cast(g.input("x" + inputs++, new TensorSpec(DType.I32, domain)), DType.F32);
        };
    }

    private Value broadcast() {
        Shape narrow = domain;
        for (int i = 0; i < domain.rank(); i++) {
            narrow = random.nextBoolean() ? narrow.with(i, 1) : narrow;
        }
        return g.broadcast(input(narrow), domain);
    }

    private Value permuted() {
        List<Integer> order =
                new ArrayList<>(IntStream.range(0, domain.rank()).boxed().toList());
        for (int i = order.size() - 1; i > 0; i--) {
            Collections.swap(order, i, random.nextInt(i + 1));
        }
        int[] dims = new int[domain.rank()];
        for (int i = 0; i < dims.length; i++) {
            dims[order.get(i)] = domain.dim(i);
        }
        return g.permute(input(Shape.of(dims)), order);
    }

    private Value sliced() {
        int axis = random.nextInt(domain.rank());
        int before = random.nextInt(3);
        int extent = domain.dim(axis);
        Value wide = input(domain.with(axis, before + extent + random.nextInt(3)));
        return g.slice(wide, axis, before, before + extent);
    }

    private Value padded() {
        int axis = random.nextInt(domain.rank());
        int low = random.nextInt(domain.dim(axis));
        int high = random.nextInt(domain.dim(axis) - low);
        Value core = input(domain.with(axis, domain.dim(axis) - low - high));
        return g.pad(core, axis, low, high, random.nextBoolean() ? 0 : 1.5);
    }
}
