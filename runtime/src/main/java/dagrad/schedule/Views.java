package dagrad.schedule;

import dagrad.graph.Graph;
import dagrad.graph.Node;
import dagrad.graph.Permute;
import dagrad.graph.Value;
import dagrad.plan.Layout;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/// Finds for a value the stored tensor it is a view of, and the layout by which it is read there.
///
/// @param stored the values that have a tensor of their own, although they could be views or expressions
/// @param turned results of kernels that lie in memory as a stored permutation of theirs, and that permutation
record Views(Graph graph, Set<Value> stored, Map<Value, Value> turned) {
    /// A stored tensor and how it is read.
    record Read(Value base, Layout layout) {}

    /// What a value is a view of, through views of views, whether it can be read so or not.
    static Value origin(Graph graph, Value value) {
        Value origin = value;
        while (Layout.isView(graph.node(origin).op())) {
            origin = graph.node(origin).inputs().getFirst();
        }
        return origin;
    }

    /// @throws MustStore if a view on the way cannot be expressed, or the base is an expression that is not stored
    Read resolve(Value value) {
        return stored.contains(value) ? whole(value) : viewOf(value);
    }

    /// The same, but looks through the value itself even if it is stored: what must be copied to store it.
    Read viewOf(Value value) {
        Node node = graph.node(value);
        if (!Layout.isView(node.op())) {
            return whole(value);
        }
        Read inner = resolve(node.inputs().getFirst());
        Layout layout = inner.layout
                .through(node.op())
                .orElseThrow(() -> new MustStore(node.inputs().getFirst()));
        return new Read(inner.base, layout);
    }

    private Read whole(Value value) {
        Value kept = turned.get(value);
        if (kept != null && graph.node(kept).op() instanceof Permute(List<Integer> order)) {
            Layout layout = Layout.dense(graph.spec(kept).shape());
            return new Read(kept, layout.permute(inverse(order)));
        }
        return new Read(value, Layout.dense(graph.spec(value).shape()));
    }

    private static List<Integer> inverse(List<Integer> order) {
        return IntStream.range(0, order.size()).map(order::indexOf).boxed().toList();
    }

    /// The same, but for some values that are not stored.
    Views without(Collection<Value> values) {
        Set<Value> rest = new HashSet<>(stored);
        rest.removeAll(values);
        return new Views(graph, rest, turned);
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
