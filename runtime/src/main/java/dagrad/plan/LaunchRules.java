package dagrad.plan;

import dagrad.graph.Cast;
import dagrad.graph.Constant;
import dagrad.graph.Graph;
import dagrad.graph.Input;
import dagrad.graph.Iota;
import dagrad.graph.MatMul;
import dagrad.graph.Node;
import dagrad.graph.Op;
import dagrad.graph.Pointwise;
import dagrad.graph.Value;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/// What must hold of a launch whatever runs before and after it; tells what does not.
final class LaunchRules {
    private final Plan plan;
    private final Capabilities device;
    private final Launch launch;
    private final List<String> problems = new ArrayList<>();

    private LaunchRules(Plan plan, Capabilities device, Launch launch) {
        this.plan = plan;
        this.device = device;
        this.launch = launch;
    }

    static List<String> problems(Plan plan, Capabilities device, Launch launch) {
        LaunchRules rules = new LaunchRules(plan, device, launch);
        rules.checkOperands();
        rules.checkBody();
        switch (launch) {
            case Launch.Gemm gemm -> rules.checkGemm(gemm);
            case Launch.Fused fused -> rules.checkFused(fused);
            case Launch.Updates updates -> rules.checkUpdates(updates);
            case Launch.FusedReduce reduce -> rules.checkReduce(reduce);
            case Launch.Rows rows -> rules.problems.addAll(RowRules.problems(rows, device));
            case Launch.Kernel kernel -> rules.checkKernel(kernel);
        }
        if (rules.problems.isEmpty()) {
            rules.checkWrites();
        }
        return rules.problems;
    }

    private void require(boolean condition, String problem, Object... arguments) {
        if (!condition) {
            problems.add(problem.formatted(arguments));
        }
    }

    // ---- operands -------------------------------------------------------------------------------------------------

    private void checkOperands() {
        for (int i = 0; i < launch.reads().size(); i++) {
            checkOperand("read " + i, launch.reads().get(i));
        }
        for (int i = 0; i < launch.writes().size(); i++) {
            checkOperand("write " + i, launch.writes().get(i));
            require(
                    !launch.writes().get(i).layout().masked(),
                    "write %d %s has a margin, which cannot be written",
                    i,
                    launch.writes().get(i));
        }
    }

    private void checkOperand(String which, Operand operand) {
        Layout layout = operand.layout();
        int rank = layout.shape().rank();
        if (layout.strides().size() != rank || layout.valid().size() != rank) {
            problems.add("%s %s has %d strides and %d ranges for the axes of %s"
                    .formatted(
                            which,
                            operand,
                            layout.strides().size(),
                            layout.valid().size(),
                            layout.shape()));
            return;
        }
        for (int axis = 0; axis < rank; axis++) {
            Layout.Range range = layout.valid().get(axis);
            require(
                    0 <= range.from()
                            && range.from() <= range.to()
                            && range.to() <= layout.shape().dim(axis),
                    "%s %s is valid from %d to %d on an axis of extent %d",
                    which,
                    operand,
                    range.from(),
                    range.to(),
                    layout.shape().dim(axis));
        }
        layout.extent()
                .ifPresent(extent -> require(
                        extent[0] >= 0
                                && extent[1] < operand.slot().spec().shape().size(),
                        "%s %s reaches the elements %d to %d of a slot of %d",
                        which,
                        operand,
                        extent[0],
                        extent[1],
                        operand.slot().spec().shape().size()));
        problemOf(plan, operand.slot()).forEach(problem -> problems.add(which + " " + problem));
    }

    /// What is wrong with a place: whether it lies in its buffer and is of its value's type and shape.
    static List<String> problemOf(Plan plan, Slot slot) {
        if (slot.buffer() < 0 || slot.buffer() >= plan.buffers().size()) {
            return List.of("%s lies in buffer %d of %d"
                    .formatted(slot, slot.buffer(), plan.buffers().size()));
        }
        Buffer buffer = plan.buffers().get(slot.buffer());
        List<String> problems = new ArrayList<>();
        if (slot.offset() < buffer.offset() || slot.end() > buffer.offset() + buffer.bytes()) {
            problems.add("%s takes the bytes %d to %d, its buffer %d those from %d to %d"
                    .formatted(
                            slot,
                            slot.offset(),
                            slot.end(),
                            buffer.id(),
                            buffer.offset(),
                            buffer.offset() + buffer.bytes()));
        }
        if (slot.spec().dtype() != buffer.dtype()) {
            problems.add(
                    "%s lies in a buffer of %s".formatted(slot, buffer.dtype().text()));
        }
        boolean isValue = slot.value().node() >= 0
                && slot.value().node() < plan.graph().nodes().size()
                && slot.value().output() >= 0
                && slot.value().output()
                        < plan.graph().node(slot.value()).outputs().size();
        if (!isValue || !plan.graph().spec(slot.value()).equals(slot.spec())) {
            problems.add("%s holds a value that is %s in the graph"
                    .formatted(slot, isValue ? plan.graph().spec(slot.value()) : "none"));
        }
        return problems;
    }

    // ---- writes that meet -----------------------------------------------------------------------------------------

    private void checkWrites() {
        for (int i = 0; i < launch.writes().size(); i++) {
            Operand write = launch.writes().get(i);
            require(Footprint.of(write.layout()).disjoint(), "write %d %s writes an element twice", i, write);
            for (int j = 0; j < i; j++) {
                require(
                        !meet(write, launch.writes().get(j)),
                        "writes %d and %d overlap: %s and %s",
                        j,
                        i,
                        launch.writes().get(j),
                        write);
            }
            for (int j = 0; j < launch.reads().size(); j++) {
                Operand read = launch.reads().get(j);
                boolean inPlace = mayWriteOver(j, i)
                        && read.slot().offset() == write.slot().offset()
                        && read.dtype() == write.dtype()
                        && read.layout().equals(write.layout());
                require(
                        inPlace || !meet(write, read),
                        "write %d %s overlaps read %d %s, which is not computed in place",
                        i,
                        write,
                        j,
                        read);
            }
        }
    }

    /// Whether the launch reads each element of an operand before it writes that element of a result of the same layout,
    /// and not after.
    private boolean mayWriteOver(int read, int write) {
        return switch (launch) {
            case Launch.Fused _ -> true;
            case Launch.Updates updates -> updates.together(read, write);
            case Launch.Rows rows -> rows.writes().get(write).shape().equals(rows.domain());
            case Launch.Kernel kernel -> device.overwrites(kernel.op(), read, write);
            case Launch.Gemm _, Launch.FusedReduce _ -> false;
        };
    }

    /// Whether two operands share bytes. One's runs are compared with the other's hull, then the other way round.
    private static boolean meet(Operand a, Operand b) {
        return touches(a, b) && touches(b, a);
    }

    private static boolean touches(Operand a, Operand b) {
        long size = b.dtype().bytes();
        return b.layout().extent().isPresent()
                && a.layout().extent().isPresent()
                && runs(a).stream()
                        .anyMatch(run -> run[0]
                                        < b.slot().offset()
                                                + (b.layout().extent().get()[1] + 1) * size
                                && run[1]
                                        > b.slot().offset()
                                                + b.layout().extent().get()[0] * size);
    }

    /// In bytes of the arena.
    private static List<long[]> runs(Operand a) {
        long size = a.dtype().bytes();
        long[] extent = a.layout().extent().orElseThrow();
        List<long[]> runs = a.layout().masked()
                ? List.of(new long[] {extent[0], extent[1] + 1})
                : Footprint.of(a.layout()).runs();
        return runs.stream()
                .map(run ->
                        new long[] {a.slot().offset() + run[0] * size, a.slot().offset() + run[1] * size})
                .toList();
    }

    // ---- bodies ---------------------------------------------------------------------------------------------------

    private void checkBody() {
        Graph body = launch.body();
        checkSide("input in", specs(body, body.inputs().keySet().stream().toList(), true), launch.reads());
        checkSide("output out", specs(body, body.outputs().keySet().stream().toList(), false), launch.writes());
        try {
            body.verify();
        } catch (dagrad.graph.GraphException e) {
            problems.add("its body is no graph: " + e.getMessage());
        }
    }

    private List<TensorSpec> specs(Graph body, List<String> names, boolean inputs) {
        List<TensorSpec> result = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            String name = (inputs ? "in" : "out") + i;
            Value value = inputs ? body.inputs().get(name) : body.outputs().get(name);
            if (value == null) {
                problems.add("its body has no " + name + " but " + names);
                return result;
            }
            result.add(body.spec(value));
        }
        return result;
    }

    private void checkSide(String what, List<TensorSpec> specs, List<Operand> operands) {
        require(
                specs.size() == operands.size(),
                "its body has %d %ss for %d operands",
                specs.size(),
                what.substring(0, what.indexOf(' ')),
                operands.size());
        for (int i = 0; i < Math.min(specs.size(), operands.size()); i++) {
            TensorSpec given =
                    new TensorSpec(operands.get(i).dtype(), operands.get(i).shape());
            require(specs.get(i).equals(given), "its body's %s%d is %s, the operand %s", what, i, specs.get(i), given);
        }
    }

    private void checkElementwise(Shape domain, List<Node> nodes) {
        for (Node node : nodes) {
            boolean allowed = switch (node.op()) {
                case Input _, Iota _, Pointwise _, Cast _ -> true;
                case Constant constant -> constant.isFill();
                case Op _ -> false;
            };
            require(
                    allowed,
                    "its body computes %s, which is not elementwise",
                    node.op().name());
            require(
                    node.outputs().stream().allMatch(spec -> spec.shape().equals(domain)),
                    "its body has %s of %s over the domain %s",
                    node.op().name(),
                    node.outputs(),
                    domain);
        }
    }

    private void checkFused(Launch.Fused fused) {
        checkElementwise(fused.domain(), fused.body().nodes());
        checkDomain(fused.domain(), fused.operands());
    }

    private void checkUpdates(Launch.Updates updates) {
        require(device.sideBySide(), "the device has no code for several launches side by side");
        require(updates.parts().size() > 1, "it has %d parts", updates.parts().size());
        updates.parts().forEach(this::checkFused);
        for (Operand write : updates.writes()) {
            require(plan.buffers().get(write.slot().buffer()).pinned(), "it writes %s, which is not kept", write);
        }
    }

    private void checkDomain(Shape domain, List<Operand> operands) {
        for (Operand operand : operands) {
            require(operand.shape().equals(domain), "%s does not have the domain's shape %s", operand, domain);
        }
    }

    private void checkReduce(Launch.FusedReduce reduce) {
        Value result = reduce.body().outputs().get("out0");
        if (result == null) {
            return;
        }
        Node last = reduce.body().node(result);
        List<Node> before = reduce.body().nodes().stream()
                .filter(node -> node.id() != last.id())
                .toList();
        require(
                last.op().equals(reduce.reduce()),
                "its body ends in %s and not in the reduction %s",
                last.op(),
                reduce.reduce());
        checkElementwise(reduce.domain(), before);
        checkDomain(reduce.domain(), reduce.reads());
        require(reduce.out().layout().isDense(), "its result %s is not dense", reduce.out());
    }

    private void checkGemm(Launch.Gemm gemm) {
        boolean wide = gemm.body().nodes().stream().anyMatch(node -> node.op().equals(new MatMul(true)));
        checkSingle(new MatMul(wide));
        for (Operand operand : gemm.operands()) {
            require(
                    operand.shape().rank() >= 2
                            && Launch.Gemm.Matrix.of(operand.layout()).isPresent(),
                    "%s is no matrix that BLAS can read",
                    operand);
        }
        require(
                gemm.out().shape().rank() < 2
                        || Launch.Gemm.Matrix.of(gemm.out().layout())
                                .filter(m -> !m.transposed() || gemm.n() == 1)
                                .isPresent(),
                "its result %s has no rows of adjacent elements",
                gemm.out());
    }

    private void checkKernel(Launch.Kernel kernel) {
        checkSingle(kernel.op());
        for (int i = 0; i < kernel.reads().size(); i++) {
            Layout layout = kernel.reads().get(i).layout();
            require(
                    layout.isDense() || rowsApart(layout) && device.strided(kernel.op(), i),
                    "read %d %s of %s is not dense",
                    i,
                    kernel.reads().get(i),
                    kernel.op().name());
        }
        for (int i = 0; i < kernel.writes().size(); i++) {
            Layout layout = kernel.writes().get(i).layout();
            require(
                    layout.isDense() || rowsApart(layout) && device.writesStrided(kernel.op(), i),
                    "its result %s is not dense",
                    kernel.writes().get(i));
        }
    }

    private static boolean rowsApart(Layout layout) {
        return !layout.masked()
                && layout.shape().rank() > 0
                && (layout.stride(-1) == 1 || layout.shape().dim(-1) == 1);
    }

    /// Whether the body is one operation on the inputs in order.
    private void checkSingle(Op op) {
        List<Node> nodes = launch.body().nodes().stream()
                .filter(node -> !(node.op() instanceof Input))
                .toList();
        boolean single = nodes.size() == 1
                && nodes.getFirst().op().equals(op)
                && nodes.getFirst()
                        .inputs()
                        .equals(List.copyOf(launch.body().inputs().values()))
                && IntStream.range(0, launch.writes().size())
                        .allMatch(i -> nodes.getFirst()
                                .out(i)
                                .equals(launch.body().outputs().get("out" + i)));
        require(single, "its body is not %s on its operands in order", op.name());
    }
}
