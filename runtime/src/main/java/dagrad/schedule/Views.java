package dagrad.schedule;

import dagrad.graph.Broadcast;
import dagrad.graph.Graph;
import dagrad.graph.Node;
import dagrad.graph.Op;
import dagrad.graph.Pad;
import dagrad.graph.Permute;
import dagrad.graph.Reshape;
import dagrad.graph.Slice;
import dagrad.graph.Unfold;
import dagrad.graph.Value;
import dagrad.graph.Window;
import dagrad.plan.Layout;
import dagrad.tensor.Shape;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Finds for a value the stored tensor it is a view of, and the layout by which it is read there.
///
/// @param stored the values that have a tensor of their own, although they could be views or expressions
record Views(Graph graph, Set<Value> stored) {
    /// A stored tensor and how it is read.
    record Read(Value base, Layout layout) {}

    static boolean isView(Op op) {
        return switch (op) {
            case Reshape _, Permute _, Broadcast _, Slice _, Pad _, Unfold _ -> true;
            default -> false;
        };
    }

    /// @throws MustStore if a view on the way cannot be expressed, or the base is an expression that is not stored
    Read resolve(Value value) {
        return stored.contains(value) ? whole(value) : viewOf(value);
    }

    /// The same, but looks through the value itself even if it is stored: what must be copied to store it.
    Read viewOf(Value value) {
        Node node = graph.node(value);
        if (!isView(node.op())) {
            return whole(value);
        }
        Read inner = resolve(node.inputs().getFirst());
        Layout layout = apply(node.op(), inner.layout)
                .orElseThrow(() -> new MustStore(node.inputs().getFirst()));
        return new Read(inner.base, layout);
    }

    private Read whole(Value value) {
        return new Read(value, Layout.dense(graph.spec(value).shape()));
    }

    private static Optional<Layout> apply(Op op, Layout x) {
        return switch (op) {
            case Reshape(Shape shape) -> x.reshape(shape);
            case Permute(List<Integer> order) -> Optional.of(x.permute(order));
            case Broadcast(Shape shape) -> Optional.of(x.broadcast(shape));
            case Slice(List<Integer> from, List<Integer> to) -> Optional.of(x.slice(from, to));
            case Pad(List<Integer> low, List<Integer> high, double value) -> x.pad(low, high, value);
            case Unfold(Window w) -> unfold(w, x);
            default -> throw new IllegalArgumentException(op.name() + " is no view");
        };
    }

    /// [n, c, h, w] → [n, c, oh, w, kh] → [n, c, oh, ow, kh, kw] → [n, c, kh, kw, oh, ow]
    private static Optional<Layout> unfold(Window w, Layout x) {
        return x.unfold(2, w.positionsH(x.shape().dim(2)), w.sh(), w.kh(), w.dh())
                .flatMap(rows -> rows.unfold(3, w.positionsW(x.shape().dim(3)), w.sw(), w.kw(), w.dw()))
                .map(all -> all.permute(List.of(0, 1, 4, 5, 2, 3)));
    }

    /// Says that a value has to be stored for the plan to go on.
    static final class MustStore extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final transient Value value;

        MustStore(Value value) {
            super("must be stored: " + value, null, false, false);
            this.value = value;
        }

        Value value() {
            return value;
        }
    }
}
