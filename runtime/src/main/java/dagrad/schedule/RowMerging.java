package dagrad.schedule;

import dagrad.graph.Graph;
import dagrad.graph.Node;
import dagrad.graph.Reduce;
import dagrad.graph.Value;
import dagrad.tensor.Shape;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/// Joins reductions of rows or columns with one another and with elementwise units over the same elements, so that a
/// tensor is read once for all of them: a norm becomes one launch with the sum before it and the gain after it, and the
/// gradient of a bias comes out beside whatever computes the tensor that is summed.
final class RowMerging {
    /// Nodes of the longest code: a norm's gradient with all around it has about 60.
    private static final int LONGEST = 96;
    /// Operands and results; each takes registers for its address.
    private static final int MOST_OPERANDS = 24;

    private final Graph graph;
    private final Views views;
    private final int longestRow;
    private final UnitGraph units;

    RowMerging(Graph graph, Views views, int longestRow, UnitGraph units) {
        this.graph = graph;
        this.views = views;
        this.longestRow = longestRow;
        this.units = units;
    }

    void merge() {
        for (int i = 0; i < units.size(); i++) {
            if (isCode(units.get(i))) {
                mergeInto(i);
            }
        }
    }

    /// Joins to unit `i` every earlier one that it may be joined with; what failed is tried again after a success.
    private void mergeInto(int i) {
        Deque<Integer> open = new ArrayDeque<>(candidates(i));
        while (!open.isEmpty()) {
            int j = open.pop();
            Optional<Unit> both = mayJoin(units.get(j), units.get(i)) && units.canJoin(j, i)
                    ? join(units.get(j), units.get(i))
                    : Optional.empty();
            if (both.isPresent()) {
                units.join(j, i, both.get());
                open = new ArrayDeque<>(candidates(i));
            }
        }
    }

    /// Earlier units that unit `i` reads from or shares a large operand with.
    private Set<Integer> candidates(int i) {
        Set<Integer> before = new TreeSet<>(units.dependencies(i));
        long size = domain(units.get(i)).size();
        units.get(i).reads().stream()
                .map(Views.Read::base)
                .filter(base -> graph.spec(base).shape().size() == size)
                .forEach(base -> before.addAll(units.readers(base)));
        before.removeIf(j -> j >= i || !isCode(units.get(j)));
        return before;
    }

    private static boolean isCode(Unit unit) {
        return switch (unit) {
            case Unit.Elementwise _, Unit.Reduction _, Unit.Rows _ -> true;
            case Unit.Single _, Unit.Join _, Unit.Merged _ -> false;
        };
    }

    private static Shape domain(Unit unit) {
        return switch (unit) {
            case Unit.Elementwise(Expression code, var _) -> code.domain();
            case Unit.Reduction(Expression code, var _) -> code.domain();
            case Unit.Rows(Expression code, var _, var _) -> code.domain();
            case Unit.Single _, Unit.Join _, Unit.Merged _ -> throw new IllegalArgumentException("no code: " + unit);
        };
    }

    /// How many rows a unit works on, if it is not elementwise: empty if it is no work on rows at all.
    private OptionalLong rows(Unit unit) {
        return switch (unit) {
            case Unit.Rows(Expression code, int split, var _) ->
                OptionalLong.of(code.domain().sub(0, split).size());
            case Unit.Reduction(var _, Node node) -> {
                OptionalLong rows = RowSplit.ofRows(graph, node);
                yield rows.isPresent() ? rows : RowSplit.ofColumns(graph, node);
            }
            case Unit.Elementwise _, Unit.Single _, Unit.Join _, Unit.Merged _ -> OptionalLong.empty();
        };
    }

    /// Whether both see as many rows, or one does and the other any.
    private boolean mayJoin(Unit a, Unit b) {
        OptionalLong ofA = rows(a);
        OptionalLong ofB = rows(b);
        return ofA.isPresent() && (ofA.equals(ofB) || b instanceof Unit.Elementwise)
                || ofB.isPresent() && a instanceof Unit.Elementwise;
    }

    private Optional<Unit> join(Unit a, Unit b) {
        long rows = rows(a).orElseGet(() -> rows(b).orElseThrow());
        List<Value> writes = Merging.bothOf(a.writes(), b.writes());
        return Stream.of(domain(a), domain(b))
                .sorted((x, y) -> Integer.compare(y.rank(), x.rank()))
                .distinct()
                .flatMap(domain -> inOne(domain, rows, writes).stream())
                .findFirst();
    }

    private Optional<Unit> inOne(Shape domain, long rows, List<Value> writes) {
        OptionalInt split = RowSplit.at(domain, rows);
        if (split.isEmpty() || !writes.stream().allMatch(v -> fits(v, domain.size(), rows))) {
            return Optional.empty();
        }
        try {
            Expression code = RowCode.of(graph, views, domain, split.getAsInt(), Set.copyOf(writes), writes);
            boolean reducesRows = writes.stream()
                    .map(graph::node)
                    .anyMatch(n -> n.op() instanceof Reduce
                            && RowSplit.ofRows(graph, n).isPresent());
            return code.size() <= LONGEST
                            && code.reads().size() + writes.size() <= MOST_OPERANDS
                            && (!reducesRows || domain.size() / rows <= longestRow)
                    ? Optional.of(new Unit.Rows(code, split.getAsInt(), writes))
                    : Optional.empty();
        } catch (Views.MustStore _) {
            return Optional.empty();
        }
    }

    /// Whether a value is whole, or one number for each row, or for each column by a reduction.
    private boolean fits(Value value, long whole, long rows) {
        Node node = graph.node(value);
        long size = graph.spec(value).shape().size();
        return switch (node.op()) {
            case Reduce _ ->
                graph.spec(node.inputs().getFirst()).shape().size() == whole
                        && (size == rows && RowSplit.ofRows(graph, node).equals(OptionalLong.of(rows))
                                || RowSplit.ofColumns(graph, node).equals(OptionalLong.of(rows)));
            default -> size == whole || size == rows;
        };
    }
}
