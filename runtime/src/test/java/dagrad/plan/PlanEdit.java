package dagrad.plan;

import dagrad.tensor.HostTensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/// Makes of a plan one that differs in a place: for planting faults.
record PlanEdit(Plan plan) {
    private Plan with(List<Launch> launches, List<Buffer> buffers) {
        return new Plan(
                plan.graph(), launches, buffers, plan.inputs(), plan.outputs(), plan.constants(), plan.arenaBytes());
    }

    Plan arena(long bytes) {
        return new Plan(
                plan.graph(), plan.launches(), plan.buffers(), plan.inputs(), plan.outputs(), plan.constants(), bytes);
    }

    Plan inputs(UnaryOperator<Map<String, Slot>> change) {
        return new Plan(
                plan.graph(),
                plan.launches(),
                plan.buffers(),
                change.apply(new LinkedHashMap<>(plan.inputs())),
                plan.outputs(),
                plan.constants(),
                plan.arenaBytes());
    }

    Plan outputs(UnaryOperator<Map<String, Slot>> change) {
        return new Plan(
                plan.graph(),
                plan.launches(),
                plan.buffers(),
                plan.inputs(),
                change.apply(new LinkedHashMap<>(plan.outputs())),
                plan.constants(),
                plan.arenaBytes());
    }

    Plan constants(Map<Slot, HostTensor> constants) {
        return new Plan(
                plan.graph(),
                plan.launches(),
                plan.buffers(),
                plan.inputs(),
                plan.outputs(),
                constants,
                plan.arenaBytes());
    }

    Plan buffer(int id, UnaryOperator<Buffer> change) {
        List<Buffer> buffers = new ArrayList<>(plan.buffers());
        buffers.set(id, change.apply(buffers.get(id)));
        return with(plan.launches(), buffers);
    }

    /// A buffer at another address.
    static UnaryOperator<Buffer> at(long offset) {
        return b -> new Buffer(b.id(), b.category(), b.dtype(), offset, b.bytes(), b.from(), b.to());
    }

    /// A buffer with another life.
    static UnaryOperator<Buffer> living(int from, int to) {
        return b -> new Buffer(b.id(), b.category(), b.dtype(), b.offset(), b.bytes(), from, to);
    }

    Plan without(int launch) {
        List<Launch> launches = new ArrayList<>(plan.launches());
        launches.remove(launch);
        return with(launches, plan.buffers());
    }

    Plan swapped(int a, int b) {
        List<Launch> launches = new ArrayList<>(plan.launches());
        Collections.swap(launches, a, b);
        return with(launches, plan.buffers());
    }

    Plan launch(int i, UnaryOperator<Launch> change) {
        List<Launch> launches = new ArrayList<>(plan.launches());
        launches.set(i, change.apply(launches.get(i)));
        return with(launches, plan.buffers());
    }

    Plan read(int launch, int operand, UnaryOperator<Operand> change) {
        return launch(launch, l -> {
            List<Operand> reads = new ArrayList<>(l.reads());
            reads.set(operand, change.apply(reads.get(operand)));
            return with(l, reads, l.writes());
        });
    }

    Plan write(int launch, int operand, UnaryOperator<Operand> change) {
        return launch(launch, l -> {
            List<Operand> writes = new ArrayList<>(l.writes());
            writes.set(operand, change.apply(writes.get(operand)));
            return with(l, l.reads(), writes);
        });
    }

    static UnaryOperator<Operand> moved(long bytes) {
        return o -> new Operand(
                new Slot(
                        o.slot().buffer(),
                        o.slot().offset() + bytes,
                        o.slot().spec(),
                        o.slot().value()),
                o.layout());
    }

    /// At another's place.
    static UnaryOperator<Operand> into(Slot place) {
        return o -> new Operand(
                new Slot(
                        place.buffer(),
                        place.offset(),
                        o.slot().spec(),
                        o.slot().value()),
                o.layout());
    }

    static UnaryOperator<Operand> layout(UnaryOperator<Layout> change) {
        return o -> new Operand(o.slot(), change.apply(o.layout()));
    }

    private static Launch with(Launch launch, List<Operand> reads, List<Operand> writes) {
        return switch (launch) {
            case Launch.Gemm g -> new Launch.Gemm(g.label(), reads.get(0), reads.get(1), writes.getFirst(), g.body());
            case Launch.Fused f -> new Launch.Fused(f.label(), f.domain(), f.body(), reads, writes);
            case Launch.FusedReduce r ->
                new Launch.FusedReduce(r.label(), r.domain(), r.reduce(), r.body(), reads, writes.getFirst());
            case Launch.Rows r -> new Launch.Rows(r.label(), r.domain(), r.split(), r.body(), reads, writes);
            case Launch.Kernel k -> new Launch.Kernel(k.label(), k.op(), reads, writes, k.body());
            case Launch.Updates u -> new Launch.Updates(u.label(), parts(u, reads, writes), u.body());
        };
    }

    private static List<Launch.Fused> parts(Launch.Updates updates, List<Operand> reads, List<Operand> writes) {
        List<Launch.Fused> parts = new ArrayList<>();
        int read = 0;
        int write = 0;
        for (Launch.Fused part : updates.parts()) {
            parts.add(new Launch.Fused(
                    part.label(),
                    part.domain(),
                    part.body(),
                    reads.subList(read, read += part.reads().size()),
                    writes.subList(write, write += part.writes().size())));
        }
        return parts;
    }

    /// The only launch whose label contains a text.
    int launch(String label) {
        int[] found = IntStream.range(0, plan.launches().size())
                .filter(i -> plan.launches().get(i).label().contains(label))
                .toArray();
        if (found.length != 1) {
            throw new IllegalStateException(found.length + " launches are named " + label + " in " + plan);
        }
        return found[0];
    }

    /// What a launch writes first.
    Slot slotOf(String label) {
        return plan.launches().get(launch(label)).writes().getFirst().slot();
    }

    int bufferOf(String label) {
        return slotOf(label).buffer();
    }
}
