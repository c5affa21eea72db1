package dagrad.schedule;

import dagrad.graph.Graph;
import dagrad.graph.Input;
import dagrad.graph.Node;
import dagrad.graph.Pointwise;
import dagrad.graph.Reshape;
import dagrad.graph.ScalarFn;
import dagrad.graph.Value;
import dagrad.plan.Layout;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;

/// Decides which elementwise values had better be stored, of those that need not be: the ones that several units want,
/// if repeating them costs more.
final class Sharing {
    /// Longer code is cut: a JIT compiler gives up on long methods, a GPU runs out of registers.
    static final int LONGEST = 64;
    /// Code up to this length is repeated rather than stored, where functions are dear.
    private static final int REPEATED = 16;

    private final Graph graph;
    private final Set<Value> shared;

    private Sharing(Graph graph, Set<Value> stored) {
        this.graph = graph;
        this.shared = new LinkedHashSet<>(stored);
    }

    /// @param stored what is stored anyway
    /// @param repeatsFunctions as in [dagrad.plan.Capabilities]
    /// @return those and more
    static Set<Value> of(Graph graph, Set<Value> stored, boolean repeatsFunctions) {
        Sharing sharing = new Sharing(graph, stored);
        if (repeatsFunctions) {
            sharing.storeWhatIsReadSooner();
        } else {
            sharing.storeWhatIsDear();
        }
        return sharing.shared;
    }

    private static boolean isCode(Node node) {
        return Expression.isElementwise(node) || node.op() instanceof Reshape;
    }

    /// Going backwards, finds for each elementwise value the stored values and reductions that are computed from it.
    ///
    /// @param found is told at once, and may store the value before those are looked at that it is computed from
    private Map<Value, Set<Value>> wantedBy(BiConsumer<Node, Set<Value>> found) {
        Map<Value, List<Node>> consumers = new HashMap<>();
        for (Node node : graph.nodes()) {
            node.inputs()
                    .forEach(in -> consumers
                            .computeIfAbsent(in, _ -> new ArrayList<>())
                            .add(node));
        }
        Map<Value, Set<Value>> wantedBy = new HashMap<>();
        for (Node node : graph.nodes().reversed()) {
            if (isCode(node)) {
                Set<Value> by = new HashSet<>();
                for (Node consumer : consumers.getOrDefault(node.out(0), List.of())) {
                    Value out = consumer.out(0);
                    by.addAll(shared.contains(out) || !isCode(consumer) ? Set.of(out) : wantedBy.get(out));
                }
                wantedBy.put(node.out(0), by);
                found.accept(node, by);
            }
        }
        return wantedBy;
    }

    // ---- where functions are dear ---------------------------------------------------------------------------------

    /// Going backwards, stores what several want if it is an expensive function or long; going forwards, cuts what is
    /// too long.
    private void storeWhatIsDear() {
        Map<Value, Integer> length = lengths();
        wantedBy((node, by) -> {
            boolean dear = isExpensive(node) || length.get(node.out(0)) > REPEATED;
            if (Expression.isElementwise(node) && by.size() > 1 && dear) {
                shared.add(node.out(0));
            }
        });
        lengths().forEach((value, n) -> {
            if (n > LONGEST / 2) {
                shared.add(value);
            }
        });
    }

    /// Number of pointwise nodes from stored values to each value, those used twice counted twice; casts cost next to
    /// nothing. A value longer than half of the limit counts as stored for what follows.
    private Map<Value, Integer> lengths() {
        Map<Value, Integer> length = new HashMap<>();
        for (Node node : graph.nodes()) {
            if (isCode(node)) {
                int sum = node.op() instanceof Pointwise ? 1 : 0;
                for (Value in : node.inputs()) {
                    int before = length.getOrDefault(in, 0);
                    sum += shared.contains(in) || before > LONGEST / 2 ? 0 : before;
                }
                length.put(node.out(0), sum);
            }
        }
        return length;
    }

    private static boolean isExpensive(Node node) {
        return node.op() instanceof Pointwise(ScalarFn fn) && fn.isTranscendental();
    }

    // ---- where reading is dearer than any function ----------------------------------------------------------------

    /// Going forwards, stores what is computed from k tensors of its size and wanted by u units if k + u reads and
    /// writes are fewer than k u reads, and what is too long.
    private void storeWhatIsReadSooner() {
        Map<Value, Set<Value>> wantedBy = wantedBy((_, _) -> {});
        Map<Value, Set<Value>> tensors = new HashMap<>();
        Map<Value, BitSet> code = new HashMap<>();
        for (Node node : graph.nodes()) {
            if (isCode(node)) {
                Value value = node.out(0);
                Set<Value> from = new HashSet<>();
                BitSet nodes = new BitSet();
                for (Value in : node.inputs()) {
                    boolean isCode = code.containsKey(in) && !shared.contains(in);
                    from.addAll(isCode ? tensors.get(in) : ifAsLarge(in));
                    nodes.or(isCode ? code.get(in) : new BitSet());
                }
                nodes.set(node.id(), Expression.isElementwise(node));
                tensors.put(value, from);
                code.put(value, nodes);
                boolean pays = (from.size() - 1) * (wantedBy.get(value).size() - 1) > 1;
                if (Expression.isElementwise(node) && (pays || nodes.cardinality() > LONGEST / 2)) {
                    shared.add(value);
                }
            }
        }
    }

    /// The tensor that a value is a view of, unless the value repeats fewer elements, or they are known or counted.
    private Set<Value> ifAsLarge(Value value) {
        Value at = value;
        while (Layout.isView(graph.node(at).op()) && !shared.contains(at)) {
            at = graph.node(at).inputs().getFirst();
            if (graph.spec(at).shape().size() < graph.spec(value).shape().size()) {
                return Set.of();
            }
        }
        return graph.node(at).inputs().isEmpty() && !(graph.node(at).op() instanceof Input) ? Set.of() : Set.of(at);
    }
}
