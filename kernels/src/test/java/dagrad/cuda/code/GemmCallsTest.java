package dagrad.cuda.code;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dagrad.graph.Graph;
import dagrad.graph.GraphBuilder;
import dagrad.graph.Slice;
import dagrad.graph.Value;
import dagrad.plan.Capabilities;
import dagrad.plan.Launch;
import dagrad.plan.Operand;
import dagrad.plan.Plan;
import dagrad.schedule.Scheduler;
import dagrad.tensor.DType;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The calls of products, carried out on an array by what [Call] says of them, against the launch's own layouts.
class GemmCallsTest {
    private static List<Launch.Gemm> gemms(Consumer<GraphBuilder> body) {
        Plan plan = Scheduler.plan(Graph.build(body), Capabilities.PRIMITIVES);
        List<Launch.Gemm> gemms = plan.launches().stream()
                .filter(Launch.Gemm.class::isInstance)
                .map(Launch.Gemm.class::cast)
                .toList();
        assertThat(gemms).isNotEmpty();
        return gemms;
    }

    private static void check(Consumer<GraphBuilder> body) {
        gemms(body).forEach(gemm -> check(gemm, GemmCalls.of(gemm)));
    }

    /// Small whole numbers, so that sums are exact in any order.
    private static double[] memory(Launch.Gemm gemm) {
        long bytes =
                gemm.operands().stream().mapToLong(o -> o.slot().end()).max().orElseThrow();
        double[] memory = new double[Math.toIntExact(bytes / gemm.out().dtype().bytes())];
        Arrays.setAll(memory, i -> i * 7 % 11 - 5);
        return memory;
    }

    private static void check(Launch.Gemm gemm, Calls calls) {
        double[] before = memory(gemm);
        double[] after = before.clone();
        for (Call call : calls.calls()) {
            switch (call) {
                case Call.Gemm product -> run(product, after);
                case Call.Clear(Argument address, long bytes) -> {
                    int at = element(address, gemm.out().dtype());
                    Arrays.fill(
                            after, at, at + (int) (bytes / gemm.out().dtype().bytes()), 0);
                }
                case Call.Kernel kernel -> throw new AssertionError("no kernel is needed: " + kernel);
            }
        }
        Shape shape = gemm.out().shape();
        for (int i = 0; i < shape.size(); i++) {
            int[] index = index(shape, i);
            double sum = 0;
            for (int p = 0; p < gemm.k(); p++) {
                int[] left = index.clone();
                left[left.length - 1] = p;
                int[] right = index.clone();
                right[right.length - 2] = p;
                sum += at(before, gemm.a(), left) * at(before, gemm.b(), right);
            }
            assertThat(at(after, gemm.out(), index))
                    .as("element %d of %s", i, gemm)
                    .isEqualTo(sum);
        }
    }

    private static double at(double[] memory, Operand operand, int[] index) {
        long start = operand.slot().offset() / operand.dtype().bytes();
        return memory[(int) (start + operand.layout().element(index))];
    }

    private static int[] index(Shape shape, int number) {
        int[] index = new int[shape.rank()];
        int rest = number;
        for (int axis = shape.rank() - 1; axis >= 0; axis--) {
            index[axis] = rest % shape.dim(axis);
            rest /= shape.dim(axis);
        }
        return index;
    }

    private static int element(Argument address, DType type) {
        return switch (address) {
            case Argument.Arena(long offset) -> (int) (offset / type.bytes());
            case Argument other -> throw new AssertionError(other + " is not in the arena");
        };
    }

    private static void run(Call.Gemm call, double[] memory) {
        assertThat(call.a().leading()).isGreaterThanOrEqualTo(call.a().transposed() ? call.m() : call.k());
        assertThat(call.b().leading()).isGreaterThanOrEqualTo(call.b().transposed() ? call.k() : call.n());
        assertThat(call.c().leading()).isGreaterThanOrEqualTo(call.n());
        double[] before = memory.clone();
        for (int batch = 0; batch < call.batch(); batch++) {
            for (int i = 0; i < call.m(); i++) {
                for (int j = 0; j < call.n(); j++) {
                    double sum = 0;
                    for (int p = 0; p < call.k(); p++) {
                        sum += before[place(call.a(), call.type(), batch, i, p)]
                                * before[place(call.b(), call.type(), batch, p, j)];
                    }
                    memory[place(call.c(), call.cType(), batch, i, j)] = call.alpha() * sum;
                }
            }
        }
    }

    private static int place(Call.Gemm.Matrix matrix, DType type, int batch, int row, int column) {
        long inside = matrix.transposed() ? column * matrix.leading() + row : row * matrix.leading() + column;
        return (int) (element(matrix.address(), type) + batch * matrix.stride() + inside);
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"F32", "BF16", "F64"})
    void readsAllTranspositions(DType type) {
        int[][] sizes = {{1, 1, 1}, {1, 5, 3}, {4, 1, 3}, {4, 5, 1}, {4, 5, 3}};
        for (int[] size : sizes) {
            check(g -> {
                Value a = g.input("a", new TensorSpec(type, Shape.of(size[0], size[2])));
                Value b = g.input("b", new TensorSpec(type, Shape.of(size[2], size[1])));
                Value c = g.input("c", new TensorSpec(type, Shape.of(size[2], size[0])));
                Value d = g.input("d", new TensorSpec(type, Shape.of(size[1], size[2])));
                g.output("nn", g.matmul(a, b));
                g.output("tn", g.matmul(g.permute(c, 1, 0), b));
                g.output("nt", g.matmul(a, g.permute(d, 1, 0)));
                g.output("tt", g.matmul(g.permute(c, 1, 0), g.permute(d, 1, 0)));
            });
        }
    }

    @Test
    void readsPartsOfMatrices() {
        check(g -> {
            Value a = g.input("a", TensorSpec.f32(6, 9));
            Value b = g.input("b", TensorSpec.f32(8, 7));
            Value left = g.apply(new Slice(List.of(1, 2), List.of(5, 6)), a);
            Value right = g.apply(new Slice(List.of(3, 0), List.of(7, 5)), b);
            g.output("parts", g.matmul(left, right));
        });
    }

    @Test
    void walksBatchesOfAnyStrides() {
        check(g -> {
            Value a = g.input("a", TensorSpec.f32(2, 3, 5, 7));
            Value b = g.input("b", TensorSpec.f32(7, 4));
            Value c = g.input("c", TensorSpec.f32(3, 7, 5));
            Value crossed = g.permute(a, 1, 0, 2, 3);
            g.output("shared", g.matmul(a, b));
            g.output("broadcast", g.matmul(a, c));
            g.output("left", g.matmul(g.permute(b, 1, 0), c));
            g.output("crossed", g.matmul(crossed, g.permute(crossed, 0, 1, 3, 2)));
            g.output("heads", g.matmul(g.permute(a, 0, 2, 1, 3), g.permute(a, 0, 2, 3, 1)));
        });
    }

    @Test
    void leadingAxesThatAreSteppedThroughEvenlyAreOneCall() {
        Launch.Gemm gemm = gemms(g -> g.output(
                        "c",
                        g.matmul(g.input("a", TensorSpec.f32(2, 3, 5, 7)), g.input("b", TensorSpec.f32(2, 3, 7, 4)))))
                .getFirst();
        assertThat(GemmCalls.of(gemm).calls())
                .singleElement()
                .satisfies(call -> assertThat(((Call.Gemm) call).batch()).isEqualTo(6));
    }

    @Test
    void oneRightMatrixForAllIsOneTallProduct() {
        Launch.Gemm gemm = gemms(g -> g.output(
                        "c", g.matmul(g.input("a", TensorSpec.f32(2, 3, 5, 7)), g.input("b", TensorSpec.f32(7, 4)))))
                .getFirst();
        assertThat(GemmCalls.of(gemm).calls()).singleElement().satisfies(call -> {
            assertThat(((Call.Gemm) call).m()).isEqualTo(30);
            assertThat(((Call.Gemm) call).batch()).isEqualTo(1);
        });
    }

    @Test
    void sumsOfNothingAreZeroAndNothingIsMadeOfNothing() {
        check(g -> g.output("zeros", g.matmul(g.input("a", TensorSpec.f32(3, 0)), g.input("b", TensorSpec.f32(0, 4)))));
        assertThat(gemms(g -> g.output(
                        "empty", g.matmul(g.input("c", TensorSpec.f32(0, 3)), g.input("d", TensorSpec.f32(3, 4))))))
                .allSatisfy(gemm -> assertThat(GemmCalls.of(gemm).calls()).isEmpty());
    }

    @Test
    void theReferenceHereNoticesAWrongCall() {
        Launch.Gemm gemm = gemms(g ->
                        g.output("c", g.matmul(g.input("a", TensorSpec.f32(3, 4)), g.input("b", TensorSpec.f32(4, 5)))))
                .getFirst();
        assertThatThrownBy(() -> check(gemm, Calls.of())).isInstanceOf(AssertionError.class);
    }
}
