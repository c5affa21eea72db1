package dagrad.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dagrad.tensor.DType;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

/// Operations refuse operands that do not fit, whatever they are given: files written by others rely on it.
class OperandsTest {
    private static final ConvSpec CONV = ConvSpec.of(1, 1);
    private static final Window WINDOW = new Window(2, 2, 1, 1, 1, 1);
    private static final int HUGE = Integer.MAX_VALUE;

    private static final List<Op> OPS = ops();

    private static List<Op> ops() {
        List<Op> ops = new ArrayList<>(List.of(
                new Cast(DType.BF16),
                new MatMul(),
                new Reduce(Reduce.Kind.SUM, List.of(0)),
                new Reduce(Reduce.Kind.MAX, List.of(1)),
                new ArgMax(1),
                new Reshape(Shape.of(2, 2)),
                new Permute(List.of(1, 0)),
                new Broadcast(Shape.of(2, 3)),
                new Slice(List.of(0, 0), List.of(1, 2)),
                new Pad(List.of(0, 1), List.of(1, 0), 0),
                new Pad(List.of(HUGE, 1), List.of(HUGE, 0), 0),
                new Concat(1),
                new Gather(),
                new ScatterAdd(2),
                new Iota(Shape.of(2, 2), 1),
                new Philox(0, Shape.of(3)),
                new Unfold(WINDOW),
                new Unfold(new Window(HUGE, HUGE, 1, 1, HUGE, HUGE)),
                new Fold(WINDOW, 3, 3),
                new Fold(WINDOW, HUGE, HUGE),
                new Softmax(),
                new SoftmaxGrad(),
                new LogSoftmax(),
                new CrossEntropy(-1),
                new CrossEntropyGrad(-1),
                new Normalize(1e-5),
                new NormalizeGrad(1e-5),
                new Attention(1, true, false),
                new Attention(1, false, true),
                new AttentionGrad(1, true, false),
                new AttentionGrad(1, false, true),
                new Conv2d(CONV),
                new Conv2d(new ConvSpec(1, 1, HUGE, HUGE, HUGE, HUGE, 1)),
                new ConvTranspose2d(CONV, 2, 2),
                new ConvTranspose2d(CONV, HUGE, HUGE),
                new Conv2dWeightGrad(CONV, 2, 2),
                new MaxPool2d(WINDOW, 1, 1),
                new MaxPool2d(WINDOW, HUGE, 0),
                new MaxPool2dGrad(WINDOW, 1, 1, 2, 2),
                new EdgeSum(2, false),
                new EdgeSum(3, true),
                new EdgeProduct(),
                new AdamWStep(0.9, 0.999, 1e-8, 0.01)));
        Arrays.stream(ScalarFn.values()).map(Pointwise::new).forEach(ops::add);
        return ops;
    }

    @Provide
    static Arbitrary<Op> op() {
        return Arbitraries.of(OPS);
    }

    /// Up to seven operands: often all alike, so that many fit; sometimes none or with nothing in common.
    @Provide
    static Arbitrary<List<TensorSpec>> operands() {
        Arbitrary<TensorSpec> spec = spec();
        return Arbitraries.oneOf(
                spec.list().ofMinSize(0).ofMaxSize(7),
                spec.flatMap(one -> Arbitraries.integers().between(1, 7).map(n -> Collections.nCopies(n, one))));
    }

    @Provide
    static Arbitrary<TensorSpec> spec() {
        Arbitrary<Shape> shape = Arbitraries.of(0, 1, 2, 2, 2, 3)
                .list()
                .ofMinSize(0)
                .ofMaxSize(6)
                .map(Shape::new);
        return shape.flatMap(s -> Arbitraries.of(DType.F32, DType.F32, DType.F32, DType.BF16, DType.I32, DType.I64)
                .map(t -> new TensorSpec(t, s)));
    }

    /// Composites with operands that fit.
    private record Fitting(Op op, List<TensorSpec> operands) {
        /// @param dims of f32 operands; [#LABELS] and [#PLACES] are i32
        static Fitting of(Op op, int[]... dims) {
            return new Fitting(
                    op,
                    Arrays.stream(dims)
                            .map(d -> Arrays.equals(d, LABELS)
                                    ? TensorSpec.i32(2)
                                    : Arrays.equals(d, PLACES) ? TensorSpec.i32(1, 3, 3, 3) : TensorSpec.f32(d))
                            .toList());
        }
    }

    private static final int[] LABELS = {-1};
    private static final int[] PLACES = {-2};

    private static int[] d(int... dims) {
        return dims;
    }

    private static final List<Fitting> FITTING = List.of(
            Fitting.of(new SoftmaxGrad(), d(2, 3), d(2, 3)),
            Fitting.of(new CrossEntropy(0), d(2, 3), LABELS),
            Fitting.of(new CrossEntropyGrad(0), d(2, 3), LABELS, d(2), d(2)),
            Fitting.of(new Normalize(1e-5), d(2, 3)),
            Fitting.of(new NormalizeGrad(1e-5), d(2, 3), d(2, 1), d(2, 3)),
            Fitting.of(new Attention(1, true, false), d(2, 3), d(2, 3), d(2, 1)),
            Fitting.of(new Attention(1, false, true), d(2, 3), d(3, 3), d(3, 1), d(2, 3)),
            Fitting.of(new AttentionGrad(1, true, false), d(2, 3), d(3, 3), d(3, 2), d(2, 2), d(2, 1), d(2, 2)),
            Fitting.of(new AttentionGrad(1, true, true), d(2, 3), d(3, 3), d(3, 2), d(2, 3), d(2, 2), d(2, 1), d(2, 2)),
            Fitting.of(new Conv2d(CONV), d(1, 3, 2, 2), d(2, 3, 3, 3)),
            Fitting.of(new ConvTranspose2d(CONV, 2, 2), d(1, 2, 2, 2), d(2, 3, 3, 3)),
            Fitting.of(new Conv2dWeightGrad(CONV, 3, 3), d(1, 3, 2, 2), d(1, 2, 2, 2)),
            Fitting.of(new MaxPool2d(WINDOW, 1, 1), d(1, 3, 2, 2)),
            Fitting.of(new MaxPool2dGrad(WINDOW, 1, 1, 2, 2), PLACES, d(1, 3, 3, 3)),
            Fitting.of(new EdgeSum(2, false), d(3, 2), d(2), LABELS, LABELS),
            Fitting.of(new EdgeSum(2, true), d(3, 2), d(2), LABELS, LABELS),
            Fitting.of(new EdgeProduct(), d(3, 2), d(1, 2), LABELS, LABELS),
            Fitting.of(new AdamWStep(0.9, 0.999, 1e-8, 0), d(2, 3), d(2, 3), d(2, 3), d(2, 3), d(), d(), d()));

    @Provide
    static Arbitrary<Fitting> fitting() {
        return Arbitraries.of(FITTING);
    }

    @Test
    void whatFitsFits() {
        FITTING.forEach(
                f -> assertThat(accepted(f.op(), f.operands())).as("%s", f).isTrue());
    }

    /// One operand of a call that fits is replaced, or one of its extents is.
    @Property(tries = 4_000)
    void oneOperandOff(
            @ForAll("fitting") Fitting fitting, @ForAll("spec") TensorSpec other, @ForAll int at, @ForAll boolean all) {
        List<TensorSpec> operands = new ArrayList<>(fitting.operands());
        int i = Math.floorMod(at, operands.size());
        Shape shape = operands.get(i).shape();
        if (!all && shape.rank() > 0) {
            int axis = Math.floorMod(at / 8, shape.rank());
            other = operands.get(i).withShape(shape.with(axis, Math.floorMod(at / 64, 5)));
        }
        operands.set(i, other);
        accepted(fitting.op(), operands);
    }

    /// What an operation accepts, its expansion accepts too, and both give the same results; what it does not accept,
    /// it
    /// refuses in words.
    @Property(tries = 4_000)
    void fitOrAreRefused(@ForAll("op") Op op, @ForAll("operands") List<TensorSpec> operands) {
        accepted(op, operands);
    }

    private static boolean accepted(Op op, List<TensorSpec> operands) {
        List<TensorSpec> results;
        try {
            results = op.results(operands);
        } catch (ShapeException e) {
            assertThat(e.getMessage()).matches("[a-z0-9_]+: .+");
            return false;
        }
        if (op instanceof Composite composite) {
            Graph expansion = GraphBuilder.expansion(composite, operands);
            assertThat(expansion.outputs().values().stream().map(expansion::spec))
                    .as("%s of %s", op, operands)
                    .isEqualTo(results);
        }
        return true;
    }

    @Test
    void theNumberOfOperandsIsChecked() {
        TensorSpec x = TensorSpec.f32(2, 2);
        assertThatThrownBy(() -> new MatMul().results(List.of(x))).hasMessage("matmul: takes 2 operands, not 1");
        assertThatThrownBy(() -> new Softmax().results(List.of())).hasMessage("softmax: takes 1 operand, not 0");
        assertThatThrownBy(() -> new Concat(0).results(List.of()))
                .hasMessage("concat: takes one operand or more, not 0");
    }
}
