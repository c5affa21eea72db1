package dagrad.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dagrad.gradient.Gradients;
import dagrad.graph.Graph;
import dagrad.graph.GraphBuilder;
import dagrad.graph.Value;
import dagrad.plan.Launch;
import dagrad.plan.Plan;
import dagrad.schedule.Planned.Device;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/// Graphs that a scheduler is easily wrong about, and what becomes of some in particular.
class SchedulerTest {
    private static final TensorSpec MATRIX = TensorSpec.f32(2, 3);

    /// Asserts that the plan is right for every device.
    ///
    /// @return the plan for primitives alone
    private static Plan agrees(Consumer<GraphBuilder> body) {
        Graph graph = Graph.build(body);
        for (Device device : Device.values()) {
            Planned.agrees(graph, device, RandomGraphs.numbersFor(graph, 3));
        }
        return Scheduler.plan(graph, Device.PRIMITIVES);
    }

    private static List<String> kinds(Plan plan) {
        return plan.launches().stream().map(Launch::kind).toList();
    }

    // ---- outputs --------------------------------------------------------------------------------------------------

    @Test
    void anOutputThatIsNotDenseIsCopied() {
        Plan plan = agrees(g -> {
            Value x = g.input("x", MATRIX);
            g.output("transposed", g.transpose(x));
            g.output("columns", g.slice(g.matmul(x, g.transpose(x)), 1, 0, 1));
        });
        assertThat(kinds(plan)).containsExactlyInAnyOrder("fused", "gemm", "fused");
    }

    @Test
    void anOutputOfSideBySideElementsIsNot() {
        Plan plan = agrees(g -> g.output("row", g.reshape(g.slice(g.input("x", MATRIX), 0, 1, 2), 3)));
        assertThat(plan.launches()).isEmpty();
        assertThat(plan.outputs().get("row").offset())
                .isEqualTo(plan.inputs().get("x").offset() + 12);
    }

    @Test
    void outputsThatAreInputsConstantsOrEachOther() {
        agrees(g -> {
            Value x = g.input("x", MATRIX);
            Value y = g.exp(x);
            g.output("input", x);
            g.output("constant", g.constant(TensorSpec.f32(2), 1, 2));
            g.output("fill", g.constant(3));
            g.output("first", y);
            g.output("second", y);
        });
    }

    @Test
    void anOutputIsTheOldValueOfWhatIsUpdated() {
        agrees(g -> {
            Value s = g.state("s", MATRIX);
            g.output("old", s);
            g.output("part", g.slice(s, 0, 0, 1));
            g.update(s, g.add(s, 1));
        });
    }

    @Test
    void emptyTensorsAndScalars() {
        agrees(g -> {
            Value x = g.input("x", MATRIX);
            Value nothing = g.slice(x, 0, 2, 2);
            g.output("nothing", g.exp(nothing));
            g.output("view", nothing);
            g.output("sum", g.sum(nothing));
            g.output("joined", g.concat(0, nothing, g.tanh(x)));
            g.output("scalar", g.neg(g.sum(x)));
            g.output("padded", g.pad(nothing, 0, 1, 1, 7));
        });
    }

    // ---- concatenations -------------------------------------------------------------------------------------------

    @Test
    void oneValueAsTwoParts() {
        agrees(g -> {
            Value y = g.exp(g.input("x", MATRIX));
            g.output("twice", g.concat(0, y, y));
            g.output("turned", g.concat(0, g.reshape(y, 6), g.reshape(g.transpose(y), 6)));
        });
    }

    @Test
    void onePartOfTwoConcatenations() {
        agrees(g -> {
            Value x = g.input("x", MATRIX);
            Value y = g.exp(x);
            g.output("first", g.concat(0, y, g.tanh(x)));
            g.output("second", g.concat(0, g.sin(x), y));
            g.output("itself", y);
        });
    }

    @Test
    void concatenationsOfConcatenationsAreComputedInPlace() {
        Plan plan = agrees(g -> {
            Value x = g.input("x", MATRIX);
            Value y = g.matmul(x, g.transpose(x));
            Value inner = g.concat(0, g.reshape(g.exp(x), 6), g.reshape(y, 4));
            g.output("outer", g.concat(0, g.reshape(g.sum(x, 0), 3), inner, inner));
        });
        assertThat(plan.launches().stream().filter(l -> l.label().startsWith("concat")))
                .hasSize(1);
    }

    /// An operand that nobody reads afterwards has as many bytes as the concatenation, and is not overwritten by a
    /// part.
    @Test
    void aPartWhoseOperandIsAsLargeAsTheWhole() {
        agrees(g -> {
            Value y = g.exp(g.input("x", TensorSpec.f32(4, 2)));
            Value product = g.matmul(y, g.input("w", TensorSpec.f32(2, 1)));
            g.output("products", g.concat(0, product, g.neg(product)));
        });
        agrees(g -> {
            Value y = g.matmul(g.input("x", TensorSpec.f32(4, 3)), g.input("w", TensorSpec.f32(3, 2)));
            Value rows = g.logSumExp(y, 1);
            g.output("sums", g.concat(0, g.tanh(rows), rows));
        });
    }

    @Test
    void partsBesideEachOtherAreCopied() {
        agrees(g -> {
            Value x = g.input("x", MATRIX);
            g.output("wide", g.concat(1, g.exp(x), x, g.constant(MATRIX, 2)));
        });
    }

    @Test
    void aPartIsNotWrittenOverWhatItIsMadeOfThoughTheWholeWouldFit() {
        agrees(g -> {
            Value y = g.exp(g.input("x", MATRIX));
            Value part = g.matmul(g.input("row", TensorSpec.f32(1, 2)), y);
            g.output("joined", g.concat(0, g.reshape(part, 3), g.input("rest", TensorSpec.f32(3))));
        });
    }

    // ---- updates --------------------------------------------------------------------------------------------------

    @Test
    void statesChangePlaces() {
        agrees(g -> {
            Value s = g.state("s", MATRIX);
            Value t = g.state("t", MATRIX);
            g.update(s, t);
            g.update(t, s);
        });
    }

    @Test
    void statesMoveUpInARow() {
        agrees(g -> {
            Value a = g.state("a", MATRIX);
            Value b = g.state("b", MATRIX);
            Value c = g.state("c", MATRIX);
            g.update(a, b);
            g.update(b, g.mul(c, 2));
            g.update(c, g.add(a, b));
        });
    }

    @Test
    void statesThatTurnInEachOther() {
        agrees(g -> {
            TensorSpec square = TensorSpec.f32(3, 3);
            Value s = g.state("s", square);
            Value t = g.state("t", square);
            g.update(s, g.add(g.transpose(s), t));
            g.update(t, g.mul(s, g.broadcast(g.sumKeepDims(t, 0), Shape.of(3, 3))));
        });
    }

    @Test
    void aStateThatKeepsItsValueIsNotTouched() {
        Plan plan = agrees(g -> {
            Value s = g.state("s", MATRIX);
            g.update(s, s);
            g.output("y", g.exp(s));
        });
        assertThat(kinds(plan)).containsExactly("fused");
    }

    @Test
    void twoStatesThatTakeOneValue() {
        agrees(g -> {
            Value y = g.exp(g.input("x", MATRIX));
            g.update(g.state("s", MATRIX), y);
            g.update(g.state("t", MATRIX), y);
            g.output("y", y);
        });
    }

    @Test
    void anUpdateByWhatNoStridesDescribe() {
        agrees(g -> {
            Value s = g.state("s", TensorSpec.f32(6));
            g.update(s, g.reshape(g.transpose(g.input("x", MATRIX)), 6));
            Value t = g.state("t", TensorSpec.f32(3, 2));
            g.update(t, g.reshape(g.permute(g.reshape(g.softmax(g.input("x", MATRIX), 1), 1, 2, 3), 2, 1, 0), 3, 2));
        });
    }

    /// The new value lies where the old one did, though it is computed before the last reader of another.
    @Test
    void anElementwiseUpdateCostsNoCopy() {
        Plan plan = agrees(g -> {
            Value w = g.parameter("w", MATRIX);
            Value m = g.state("m", MATRIX);
            Value moved = g.add(g.mul(m, 0.9), g.input("gradient", MATRIX));
            g.update(m, moved);
            g.update(w, g.sub(w, g.mul(moved, 0.1)));
            g.output("norm", g.sum(g.square(w)));
        });
        assertThat(kinds(plan)).containsExactlyInAnyOrder("fused", "reduce");
    }

    // ---- rows -----------------------------------------------------------------------------------------------------

    private static Plan onRows(Consumer<GraphBuilder> body) {
        Graph graph = Graph.build(body);
        return Planned.agrees(graph, Device.ROWS, RandomGraphs.numbersFor(graph, 3));
    }

    /// What is added before, the gain and the bias after, and the sum that others want: one launch.
    @Test
    void aNormIsOneLaunchWithWhatIsAroundIt() {
        Plan plan = onRows(g -> {
            Value x = g.add(g.input("x", TensorSpec.f32(2, 3, 8)), g.input("residual", TensorSpec.f32(2, 3, 8)));
            g.output("sum", x);
            g.output("y", g.layerNorm(x, g.input("gain", TensorSpec.f32(8)), g.input("bias", TensorSpec.f32(8)), 1e-5));
        });
        assertThat(kinds(plan)).containsExactly("rows");
    }

    /// Sums over rows within, and over columns beside them: the gradients of gain, bias and x.
    @Test
    void aNormsGradientIsOneLaunch() {
        Plan plan = onRows(g -> {
            Value x = g.input("x", TensorSpec.f32(2, 3, 8));
            Value gain = g.input("gain", TensorSpec.f32(8));
            Value bias = g.input("bias", TensorSpec.f32(8));
            Value y = g.layerNorm(x, gain, bias, 1e-5);
            Value loss = g.sum(g.mul(y, g.input("dy", TensorSpec.f32(2, 3, 8))));
            Gradients.of(g, loss, List.of(x, gain, bias)).forEach((value, gradient) -> g.output("d" + value, gradient));
        });
        assertThat(kinds(plan)).containsExactly("rows");
    }

    /// The sum of the columns is not known before the last row.
    @Test
    void whatFollowsASumOfColumnsIsALaunchOfItsOwn() {
        Plan plan = onRows(g -> {
            Value x = g.input("x", MATRIX);
            g.output("scaled", g.mul(x, g.sumKeepDims(x, 0)));
        });
        assertThat(kinds(plan)).containsExactly("reduce", "fused");
    }

    @Test
    void aRowThatIsTooLongIsReducedByItself() {
        Plan plan = onRows(g -> {
            Value x = g.input("x", TensorSpec.f32(3, 41));
            g.output("scaled", g.mul(x, g.sumKeepDims(x, 1)));
        });
        assertThat(kinds(plan)).containsExactly("reduce", "fused");
    }

    /// Rows of a product that is seen as heads, and their sums over the batch in another order: two kinds of rows.
    @Test
    void rowsOfTwoLengthsAreTwoLaunches() {
        Plan plan = onRows(g -> {
            Value x = g.exp(g.input("x", TensorSpec.f32(2, 3, 4)));
            g.output("exp", x);
            g.output("ofThree", g.sum(x, 0));
            g.output("ofFour", g.sum(x, 0, 1));
        });
        assertThat(kinds(plan)).hasSize(2).contains("rows");
    }

    /// Its columns are as many as its rows, but lie elsewhere.
    @Test
    void aStateOfColumnsBesideSumsOfRows() {
        onRows(g -> {
            Value x = g.input("x", TensorSpec.f32(3, 3));
            Value s = g.state("s", TensorSpec.f32(3));
            Value scaled = g.mul(x, g.broadcast(g.reshape(s, 3, 1), Shape.of(3, 3)));
            g.output("scaled", scaled);
            g.update(s, g.sum(scaled, 0));
        });
    }

    /// In a square there are as many columns as rows: what follows the sums of columns is no code of rows.
    @Test
    void whatFollowsTheColumnsOfASquareIsALaunchOfItsOwn() {
        Plan plan = onRows(g -> g.output("y", g.tanh(g.sum(g.input("x", TensorSpec.f32(3, 3)), 0))));
        assertThat(kinds(plan)).containsExactly("reduce", "fused");
    }

    /// Such as the gradient of something that is added to both.
    @Test
    void rowsAndColumnsOfASquareAddedUp() {
        onRows(g -> {
            Value x = g.input("x", TensorSpec.f32(3, 3));
            g.output("both", g.add(g.sum(x, 0), g.sum(x, 1)));
            g.output("turned", g.mul(x, g.reshape(g.sum(x, 0), 3, 1)));
        });
    }

    /// Threads that share a row read it whenever they like, so the new value must not lie over the old one.
    @Test
    void oneNumberForEachRowIsNotOverwritten() {
        Plan plan = onRows(g -> {
            Value y = g.matmul(g.input("x", TensorSpec.f32(4, 3)), g.input("w", TensorSpec.f32(3, 1)));
            Value row = g.mul(y, 0.25);
            g.output("row", row);
            g.output("columns", g.sum(g.square(g.add(row, g.input("b", TensorSpec.f32(5)))), 0));
        });
        assertThat(kinds(plan)).containsExactly("gemm", "rows");
    }

    // ---- kernels that turn and overwrite --------------------------------------------------------------------------

    /// Heads are put side by side for a product: attention writes them so.
    @Test
    void attentionWritesItsResultAsItIsWanted() {
        Graph graph = Graph.build(g -> {
            Value x = g.parameter("x", TensorSpec.f32(2, 3, 4, 2));
            Value mixed = g.attention(x, x, x, true);
            Value joined = g.reshape(g.permute(mixed, 0, 2, 1, 3), 8, 6);
            Value y = g.matmul(joined, g.input("w", TensorSpec.f32(6, 5)));
            g.output("y", y);
            Gradients.of(g, g.sum(g.square(y)), List.of(x)).forEach((_, dx) -> g.output("dx", dx));
        });
        Plan plan = Planned.agrees(graph, Device.COMPOSITES, RandomGraphs.numbersFor(graph, 3));
        assertThat(kinds(plan)).startsWith("attention", "gemm");
    }

    @Test
    void aResultThatIsWantedAsItIsAndTurnedIsCopied() {
        Graph graph = Graph.build(g -> {
            Value x = g.input("x", TensorSpec.f32(2, 3, 4, 2));
            Value mixed = g.attention(x, x, x, true);
            g.output("mixed", mixed);
            g.output("turned", g.permute(mixed, 0, 2, 1, 3));
        });
        Plan plan = Planned.agrees(graph, Device.COMPOSITES, RandomGraphs.numbersFor(graph, 3));
        assertThat(kinds(plan)).containsExactly("attention", "fused");
    }

    @Test
    void theGradientOfCrossEntropyLiesOverTheLogits() {
        Graph graph = Graph.build(g -> {
            Value w = g.parameter("w", TensorSpec.f32(4, 7));
            Value logits = g.matmul(g.input("x", TensorSpec.f32(5, 4)), w);
            Value loss = g.crossEntropy(logits, g.input("y", TensorSpec.i32(5)));
            Gradients.of(g, loss, List.of(w)).forEach((_, dw) -> g.output("dw", dw));
        });
        Plan plan = Planned.agrees(graph, Device.COMPOSITES, RandomGraphs.numbersFor(graph, 3));
        Launch gradient = plan.launches().stream()
                .filter(l -> l.kind().equals("cross_entropy_grad"))
                .findFirst()
                .orElseThrow();
        assertThat(gradient.writes().getFirst().slot().offset())
                .isEqualTo(gradient.reads().getFirst().slot().offset());
    }
}
