package dagrad.plan;

import dagrad.graph.Concat;
import dagrad.graph.Graph;
import dagrad.graph.Node;
import dagrad.graph.Value;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/// What lies in each byte of the arena while the launches of a plan are played: which value, in which slot, written
/// by which launch.
final class Contents {
    /// A stretch of bytes up to `end` that one launch (-1: before the first) wrote as part of one slot.
    private record Stretch(long end, Slot slot, int launch) {}

    private final Graph graph;
    private final TreeMap<Long, Stretch> stretches = new TreeMap<>();

    Contents(Graph graph) {
        this.graph = graph;
    }

    /// A whole slot is written.
    void write(Slot slot, int launch) {
        write(slot, slot.offset(), slot.end(), launch);
    }

    /// Those elements of a slot are written that a layout without margins reaches.
    void write(Operand operand, int launch) {
        int bytes = operand.dtype().bytes();
        for (long[] run : Footprint.of(operand.layout()).runs()) {
            long start = operand.slot().offset();
            write(operand.slot(), start + run[0] * bytes, start + run[1] * bytes, launch);
        }
    }

    private void write(Slot slot, long from, long to, int launch) {
        if (from >= to) {
            return;
        }
        splitAt(from);
        splitAt(to);
        stretches.subMap(from, to).clear();
        Map.Entry<Long, Stretch> before = stretches.lowerEntry(from);
        Stretch written = new Stretch(to, slot, launch);
        boolean continues = before != null && before.getValue().equals(new Stretch(from, slot, launch));
        stretches.put(continues ? before.getKey() : from, written);
    }

    private void splitAt(long at) {
        Map.Entry<Long, Stretch> before = stretches.lowerEntry(at);
        if (before != null && before.getValue().end() > at) {
            Stretch whole = before.getValue();
            stretches.put(before.getKey(), new Stretch(at, whole.slot(), whole.launch()));
            stretches.put(at, whole);
        }
    }

    /// Why a slot does not hold its value now; empty if it does.
    ///
    /// It holds it if the value was written there and nothing over it since; also if it is a view of side-by-side
    /// elements of what is there, or a concatenation whose parts are there side by side.
    Optional<String> missing(Slot slot) {
        OptionalLong foreign = firstForeign(slot.offset(), slot.end(), slot);
        if (foreign.isEmpty() || isViewThere(slot) || arePartsThere(slot)) {
            return Optional.empty();
        }
        long at = foreign.getAsLong();
        Map.Entry<Long, Stretch> here = stretches.floorEntry(at);
        if (here == null || here.getValue().end() <= at) {
            return Optional.of("byte " + at + " is not written before");
        }
        int launch = here.getValue().launch();
        return Optional.of("byte " + at + " holds " + here.getValue().slot()
                + (launch < 0 ? " from the start on" : ", written by launch " + launch));
    }

    /// The first of some bytes that was not written as part of that slot.
    private OptionalLong firstForeign(long from, long to, Slot slot) {
        long at = from;
        while (at < to) {
            Map.Entry<Long, Stretch> here = stretches.floorEntry(at);
            if (here == null
                    || here.getValue().end() <= at
                    || !here.getValue().slot().equals(slot)) {
                return OptionalLong.of(at);
            }
            at = here.getValue().end();
        }
        return OptionalLong.empty();
    }

    /// Whether something that the value is a view of is where it must be for the view to lie in the slot.
    private boolean isViewThere(Slot slot) {
        Value base = slot.value();
        while (Layout.isView(graph.node(base).op())) {
            base = graph.node(base).inputs().getFirst();
            Optional<Layout> layout = viewOf(slot.value(), base).filter(Layout::isDense);
            if (layout.isPresent()) {
                long offset = layout.get().offset() * slot.spec().dtype().bytes();
                if (missing(new Slot(slot.buffer(), slot.offset() - offset, graph.spec(base), base))
                        .isEmpty()) {
                    return true;
                }
            }
        }
        return false;
    }

    /// How a value is read in another that it is a view of.
    private Optional<Layout> viewOf(Value value, Value base) {
        if (value.equals(base)) {
            return Optional.of(Layout.dense(graph.spec(base).shape()));
        }
        Node node = graph.node(value);
        return viewOf(node.inputs().getFirst(), base).flatMap(x -> x.through(node.op()));
    }

    /// Whether all parts of a concatenation are there: as their own values, or copied there as pieces of the whole.
    private boolean arePartsThere(Slot slot) {
        Node node = graph.node(slot.value());
        if (!(node.op() instanceof Concat(int axis))
                || slot.spec().shape().sub(0, axis).size() != 1) {
            return false;
        }
        long offset = slot.offset();
        for (Value part : node.inputs()) {
            Slot place = new Slot(slot.buffer(), offset, graph.spec(part), part);
            if (firstForeign(offset, place.end(), slot).isPresent()
                    && missing(place).isPresent()) {
                return false;
            }
            offset = place.end();
        }
        return true;
    }
}
