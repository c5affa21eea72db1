package dagrad.reference;

import dagrad.backend.Executable;
import dagrad.plan.Buffer;
import dagrad.plan.Launch;
import dagrad.plan.Layout;
import dagrad.plan.Operand;
import dagrad.plan.Plan;
import dagrad.plan.Slot;
import dagrad.tensor.HostTensor;
import dagrad.tensor.TensorSpec;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.function.IntConsumer;

/// Runs a plan as a device would, as plainly as possible: each launch by its body, on the bytes of one arena of the
/// planned size, through the operands' layouts. What a buffer holds before its life begins and after it ends is
/// poisoned, so that a plan that reads too early, too late or in the wrong place gives NaN, or -1 for an integer.
///
/// Every result is rounded to its type, node by node: a plan that changes nothing but the order of nodes and the
/// places of values gives bit for bit what [GraphInterpreter#rounded] gives for its graph.
public final class PlanInterpreter implements Executable {
    /// All bits set: NaN for every float, -1 for every integer.
    private static final byte POISON = (byte) 0xFF;

    private final Plan plan;
    private final MemorySegment arena;

    /// Inputs and states are zero at first, constants are written, all else is poison.
    public PlanInterpreter(Plan plan) {
        this.plan = plan;
        this.arena = MemorySegment.ofArray(new byte[Math.toIntExact(plan.arenaBytes())]);
        plan.buffers().stream().filter(b -> !b.pinned()).forEach(this::poison);
        plan.constants().forEach((slot, tensor) -> segment(slot).copyFrom(tensor.data()));
    }

    private void poison(Buffer buffer) {
        arena.asSlice(buffer.offset(), buffer.bytes()).fill(POISON);
    }

    @Override
    public Plan plan() {
        return plan;
    }

    @Override
    public void write(String name, HostTensor data) {
        Slot slot = plan.slot(name);
        if (!slot.spec().equals(data.spec())) {
            throw new EvaluationException("\"" + name + "\" is " + slot.spec() + ", not " + data.spec());
        }
        segment(slot).copyFrom(data.data());
    }

    @Override
    public void read(String name, HostTensor into) {
        into.data().copyFrom(segment(plan.slot(name)));
    }

    @Override
    public void run() {
        run(launch -> {});
    }

    /// Runs the plan and tells after each launch its number, when what it wrote can be [looked at][#look].
    @Override
    public void run(IntConsumer launched) {
        plan.buffers().stream().filter(b -> !b.pinned()).forEach(this::poison);
        for (int i = 0; i < plan.launches().size(); i++) {
            int now = i;
            plan.buffers().stream().filter(b -> b.from() == now && !b.pinned()).forEach(this::poison);
            run(plan.launches().get(i));
            launched.accept(i);
            plan.buffers().stream().filter(b -> b.to() == now && !b.pinned()).forEach(this::poison);
        }
    }

    private void run(Launch launch) {
        Map<String, HostTensor> inputs = new HashMap<>();
        for (int i = 0; i < launch.reads().size(); i++) {
            inputs.put("in" + i, look(launch.reads().get(i)));
        }
        Map<String, HostTensor> results;
        try {
            results = GraphInterpreter.rounded().evaluate(launch.body(), inputs).outputs();
        } catch (EvaluationException e) {
            throw new EvaluationException(e.getMessage() + " — in the launch \"" + launch.label() + "\"", e);
        }
        for (int i = 0; i < launch.writes().size(); i++) {
            put(results.get("out" + i), launch.writes().get(i));
        }
    }

    @Override
    public void close() {}

    // ---- operands -------------------------------------------------------------------------------------------------

    private MemorySegment segment(Slot slot) {
        return arena.asSlice(slot.offset(), slot.spec().bytes());
    }

    /// What an operand sees now, as a dense tensor.
    public HostTensor look(Operand operand) {
        TensorSpec spec = new TensorSpec(operand.dtype(), operand.shape());
        HostTensor result = HostTensor.zeros(spec);
        MemorySegment slot = segment(operand.slot());
        int bytes = operand.dtype().bytes();
        if (operand.layout().isDense()) {
            MemorySegment.copy(slot, operand.layout().offset() * bytes, result.data(), 0, spec.bytes());
            return result;
        }
        long[] elements = elements(operand.layout());
        for (int i = 0; i < elements.length; i++) {
            if (elements[i] < 0) {
                result.set(i, operand.layout().fill());
            } else {
                MemorySegment.copy(slot, elements[i] * bytes, result.data(), (long) i * bytes, bytes);
            }
        }
        return result;
    }

    private void put(HostTensor tensor, Operand operand) {
        MemorySegment slot = segment(operand.slot());
        int bytes = operand.dtype().bytes();
        long[] elements = elements(operand.layout());
        for (int i = 0; i < elements.length; i++) {
            MemorySegment.copy(tensor.data(), (long) i * bytes, slot, elements[i] * bytes, bytes);
        }
    }

    /// The slot's element for each index of a layout in row-major order; -1 for those that read the fill.
    private static long[] elements(Layout layout) {
        int[] index = new int[layout.shape().rank()];
        long[] result = new long[Math.toIntExact(layout.shape().size())];
        for (int i = 0; i < result.length; i++) {
            result[i] = layout.element(index);
            for (int axis = index.length - 1;
                    axis >= 0 && ++index[axis] == layout.shape().dim(axis);
                    axis--) {
                index[axis] = 0;
            }
        }
        return result;
    }
}
