package dagrad.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dagrad.graph.Composite;
import dagrad.graph.Graph;
import dagrad.graph.Op;
import dagrad.graph.ScatterAdd;
import dagrad.graph.Value;
import dagrad.schedule.Scheduler;
import dagrad.tensor.DType;
import dagrad.tensor.HostTensor;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Faults planted in a good plan, each of which the checker must name.
class PlanCheckerTest {
    private static final Capabilities DEVICE = Capabilities.PRIMITIVES;
    private final Plan good = Scheduler.plan(
            Graph.build(g -> {
                Value x = g.input("x", TensorSpec.f32(4, 6));
                Value w = g.parameter("w", TensorSpec.f32(6, 5));
                Value s = g.state("s", TensorSpec.f32(4, 5));
                Value table = g.constant(TensorSpec.f32(1, 5), 1, 2, 3, 4, 5);
                Value h = g.scope("product", () -> g.matmul(x, w));
                Value norm = g.scope("norm", () -> g.sumKeepDims(g.square(h), 1));
                Value y = g.scope("scaled", () -> g.div(h, norm));
                Value below = g.pad(g.slice(y, 0, 1, 4), 0, 0, 1, 0);
                Value moved = g.scope("moved", () -> g.sub(y, below));
                g.output("joined", g.scope("joined", () -> g.concat(0, moved, table)));
                g.output("rows", g.scope("rows", () -> g.gather(g.transpose(h), g.indices(3, 0))));
                g.update(s, g.scope("kept", () -> g.add(g.mul(s, 0.5), y)));
                g.update(w, g.scope("step", () -> g.matmul(g.transpose(x), s)));
            }),
            DEVICE);
    private final PlanEdit edit = new PlanEdit(good);

    private Slot written(String label) {
        return edit.slotOf(label);
    }

    private Slot input(String name) {
        return good.inputs().get(name);
    }

    private static void assertProblem(Plan plan, String sentence) {
        assertThat(PlanChecker.problems(plan, DEVICE))
                .anySatisfy(problem -> assertThat(problem).contains(sentence));
        assertThatThrownBy(() -> PlanChecker.check(plan, DEVICE))
                .isInstanceOf(PlanException.class)
                .hasMessageStartingWith("the plan must not be run: ");
    }

    @Test
    void aGoodPlanPasses() {
        assertThat(PlanChecker.problems(good, DEVICE)).isEmpty();
        assertThat(PlanChecker.check(good, DEVICE)).isSameAs(good);
    }

    // ---- buffers --------------------------------------------------------------------------------------------------

    @Test
    void twoLiveBuffersAtOneAddress() {
        long address = good.buffers().get(edit.bufferOf("product")).offset();
        assertProblem(edit.buffer(edit.bufferOf("norm"), PlanEdit.at(address)), "share bytes from " + address);
    }

    @Test
    void aBufferOnAStateThatItNeverMeets() {
        int state = input("s").buffer();
        Plan narrowed = edit.buffer(state, PlanEdit.living(-1, -1));
        int rows = edit.bufferOf("gather rows");
        Plan plan = new PlanEdit(narrowed).buffer(rows, PlanEdit.at(input("s").offset()));
        assertProblem(plan, "buffer " + state + " (STATE) outlives a run but shares bytes with buffer " + rows);
    }

    @Test
    void anArenaTooSmall() {
        assertProblem(edit.arena(good.arenaBytes() - Plan.ALIGNMENT), "of an arena of " + (good.arenaBytes() - 256));
    }

    @Test
    void aBufferBesideTheGrid() {
        assertProblem(edit.buffer(edit.bufferOf("norm"), PlanEdit.at(4096 + 4)), "begins at byte 4100");
    }

    @Test
    void aBufferThatDiesTooEarly() {
        int id = edit.bufferOf("norm");
        assertProblem(edit.buffer(id, PlanEdit.living(1, 2)), "in buffer " + id + ", which lives from launch 1 to 2");
    }

    @Test
    void anOutputThatDiesBeforeItIsRead() {
        int id = good.outputs().get("rows").buffer();
        int last = good.launches().size() - 1;
        assertProblem(
                edit.buffer(id, PlanEdit.living(3, last)),
                "output \"rows\" lies in buffer " + id + ", whose life ends");
    }

    @Test
    void blocksThatOverlapInPartOrInType() {
        Capabilities blocks = new Blocks();
        Buffer product = good.buffers().get(edit.bufferOf("product"));
        Buffer rows = good.buffers().get(edit.bufferOf("gather rows"));
        Plan apart = edit.buffer(product.id(), b -> new Buffer(b.id(), b.category(), b.dtype(), 4096, 512, 0, 1));
        Plan within = new PlanEdit(apart).buffer(rows.id(), PlanEdit.at(4096 + 256));
        assertThat(PlanChecker.problems(within, blocks))
                .contains("buffer " + rows.id() + " begins within the block of buffer " + product.id());
        Plan mixed =
                new PlanEdit(apart).buffer(rows.id(), b -> new Buffer(b.id(), b.category(), DType.I32, 4096, 32, 3, 9));
        assertThat(PlanChecker.problems(mixed, blocks))
                .anyMatch(p -> p.endsWith("share a block, but hold f32 and i32")
                        || p.endsWith("share a block, but hold i32 and f32"));
    }

    private static final class Blocks implements Capabilities {
        @Override
        public boolean claims(Composite op, List<TensorSpec> in) {
            return false;
        }

        @Override
        public boolean strided(Op op, int operand) {
            return false;
        }

        @Override
        public boolean blocks() {
            return true;
        }
    }

    // ---- operands -------------------------------------------------------------------------------------------------

    @Test
    void anOperandBesideItsBuffer() {
        assertProblem(
                edit.read(edit.launch("norm"), 0, PlanEdit.moved(512)),
                "takes the bytes " + (written("product").offset() + 512) + " to ");
    }

    @Test
    void aPartAtTheWrongPlace() {
        Plan plan = edit.write(edit.launch("moved"), 0, PlanEdit.moved(20));
        assertProblem(
                plan, "output \"joined\" is to be at " + good.outputs().get("joined") + " after the run, but byte ");
    }

    @Test
    void anotherTypeThanTheBuffers() {
        Plan plan = edit.buffer(
                edit.bufferOf("norm"),
                b -> new Buffer(b.id(), b.category(), DType.I32, b.offset(), b.bytes(), b.from(), b.to()));
        assertProblem(plan, "lies in a buffer of i32");
    }

    @Test
    void aMaskOneTooWide() {
        List<Layout.Range> wider = List.of(new Layout.Range(0, 4), new Layout.Range(0, 5));
        Plan plan = edit.read(
                edit.launch("moved"),
                1,
                PlanEdit.layout(x -> new Layout(x.shape(), x.strides(), x.offset(), wider, x.fill())));
        assertProblem(plan, "reaches the elements 5 to 24 of a slot of 20");
    }

    @Test
    void aMaskBeyondItsAxis() {
        List<Layout.Range> beyond = List.of(new Layout.Range(0, 3), new Layout.Range(0, 6));
        Plan plan = edit.read(
                edit.launch("moved"),
                1,
                PlanEdit.layout(x -> new Layout(x.shape(), x.strides(), x.offset(), beyond, x.fill())));
        assertProblem(plan, "is valid from 0 to 6 on an axis of extent 5");
    }

    @Test
    void aMarginThatIsWritten() {
        Plan plan = edit.write(
                edit.launch("moved"),
                0,
                PlanEdit.layout(x -> x.slice(List.of(0, 0), List.of(3, 5))
                        .pad(List.of(1, 0), List.of(0, 0), 0)
                        .orElseThrow()));
        assertProblem(plan, "has a margin, which cannot be written");
    }

    @Test
    void aShapeThatIsNotTheDomains() {
        Plan plan = edit.read(
                edit.launch("moved"),
                0,
                PlanEdit.layout(x -> x.reshape(Shape.of(5, 4)).orElseThrow()));
        assertProblem(plan, "does not have the domain's shape [4,5]");
        assertProblem(plan, "its body's input in0 is f32[4,5], the operand f32[5,4]");
    }

    @Test
    void aMatrixThatBlasCannotRead() {
        Plan plan = edit.read(
                edit.launch("step"), 0, PlanEdit.layout(x -> new Layout(x.shape(), List.of(2L, 3L), 0, x.valid(), 0)));
        assertProblem(plan, "is no matrix that BLAS can read");
    }

    @Test
    void aKernelThatWantsRows() {
        Plan plan = edit.read(
                edit.launch("gather rows"),
                0,
                PlanEdit.layout(x -> new Layout(x.shape(), List.of(1L, 5L), 0, x.valid(), 0)));
        assertProblem(plan, "of gather is not dense");
    }

    @Test
    void anElementWrittenTwice() {
        Plan plan = edit.write(
                edit.launch("moved"), 0, PlanEdit.layout(x -> new Layout(x.shape(), List.of(0L, 1L), 0, x.valid(), 0)));
        assertProblem(plan, "writes an element twice");
    }

    // ---- within a launch ------------------------------------------------------------------------------------------

    @Test
    void twoResultsInOnePlace() {
        Plan plan = edit.write(
                edit.launch("kept"),
                1,
                o -> good.launches().get(edit.launch("kept")).writes().getFirst());
        assertProblem(plan, "writes 0 and 1 overlap");
    }

    @Test
    void inPlaceInAnotherOrder() {
        Plan plan = edit.read(
                edit.launch("kept"), 0, PlanEdit.layout(x -> new Layout(x.shape(), List.of(1L, 4L), 0, x.valid(), 0)));
        assertProblem(plan, "overlaps read 0 " + written("product") + "[4,5]+0[1, 4], which is not computed in place");
    }

    @Test
    void aReductionInPlace() {
        Plan plan = edit.write(edit.launch("norm"), 0, PlanEdit.into(written("product")));
        assertProblem(plan, "which is not computed in place");
    }

    @Test
    void aBodyWithAnotherOperation() {
        Graph body = Graph.build(g -> g.output("out0", g.sumKeepDims(g.input("in0", TensorSpec.f32(4, 5)), 1)));
        Launch.Fused copy = (Launch.Fused) good.launches().get(edit.launch("copy rows"));
        Plan plan = edit.launch(
                edit.launch("copy rows"),
                l -> new Launch.Fused(copy.label(), copy.domain(), body, copy.reads(), copy.writes()));
        assertProblem(plan, "its body computes reduce_sum, which is not elementwise");
        assertProblem(plan, "its body's output out0 is f32[4,1], the operand f32[5,4]");
    }

    @Test
    void aKernelWithAnotherBody() {
        Launch.Kernel gather = (Launch.Kernel) good.launches().get(edit.launch("gather rows"));
        Plan plan = edit.launch(
                edit.launch("gather rows"),
                l -> new Launch.Kernel(
                        gather.label(), new ScatterAdd(2), gather.reads(), gather.writes(), gather.body()));
        assertProblem(plan, "its body is not scatter_add on its operands in order");
    }

    // ---- over time ------------------------------------------------------------------------------------------------

    @Test
    void aMissingLaunch() {
        Plan plan = edit.without(edit.launch("product"));
        assertProblem(
                plan,
                "reads " + written("product") + ", but byte "
                        + written("product").offset() + " is not written before");
    }

    @Test
    void launchesInTheWrongOrder() {
        assertProblem(
                edit.swapped(edit.launch("copy rows"), edit.launch("gather rows")),
                "reads " + written("copy rows") + ", but byte "
                        + written("copy rows").offset() + " is not written before");
    }

    @Test
    void anUpdateBeforeTheLastReader() {
        Plan plan = edit.swapped(edit.launch("step"), edit.launch("kept"));
        assertProblem(
                plan,
                "reads " + input("s") + ", but byte " + input("s").offset() + " holds "
                        + good.launches()
                                .get(edit.launch("kept"))
                                .writes()
                                .get(1)
                                .slot() + ", written by launch ");
    }

    @Test
    void anUpdateThatIsForgotten() {
        Plan plan = edit.without(edit.launch("step"));
        assertProblem(
                plan,
                "the update of \"w\" is to be at " + written("step") + " after the run, but byte "
                        + input("w").offset() + " holds " + input("w") + " from the start on");
    }

    @Test
    void aValueOverwrittenBeforeItsLastReader() {
        Plan plan = edit.write(edit.launch("gather rows"), 0, PlanEdit.into(written("product")));
        assertProblem(
                plan,
                "reads " + written("product") + ", but byte "
                        + written("product").offset() + " holds ");
    }

    @Test
    void aWriteToWhatIsNotUpdated() {
        Plan plan = edit.write(edit.launch("norm"), 0, PlanEdit.into(input("x")));
        assertProblem(plan, "input \"x\" is to be at " + input("x") + " after the run, but byte ");
    }

    // ---- names ----------------------------------------------------------------------------------------------------

    @Test
    void anInputWithoutAPlace() {
        assertProblem(
                edit.inputs(m -> {
                    m.remove("x");
                    return m;
                }),
                "input \"x\" has no place");
    }

    @Test
    void anInputInPassingMemory() {
        int x = input("x").buffer();
        Plan plan = edit.buffer(
                x,
                b -> new Buffer(
                        b.id(), Buffer.Category.ACTIVATION, b.dtype(), b.offset(), b.bytes(), b.from(), b.to()));
        assertProblem(plan, "input \"x\" " + input("x") + " lies in a buffer that does not outlive a run");
    }

    @Test
    void outputsExchanged() {
        assertProblem(
                edit.outputs(m -> {
                    m.put("rows", m.get("joined"));
                    return m;
                }),
                "output \"rows\" is " + good.graph().output("rows") + " in the graph, but its place "
                        + good.outputs().get("joined") + " holds another value");
    }

    @Test
    void anotherConstant() {
        Slot slot = good.constants().keySet().iterator().next();
        Map<Slot, HostTensor> other = new LinkedHashMap<>(good.constants());
        other.put(slot, HostTensor.zeros(slot.spec()));
        assertProblem(edit.constants(other), "constant " + slot + " is not what the graph says");
    }

    @Test
    void aForgottenConstant() {
        assertProblem(edit.constants(Map.of()), "i32[2], but byte ");
    }
}
