package dagrad.schedule;

import dagrad.graph.Graph;
import dagrad.graph.Node;
import dagrad.graph.Reduce;
import dagrad.tensor.Shape;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.IntStream;

/// Where a reduction or a domain can be seen as rows.
final class RowSplit {
    private RowSplit() {}

    /// How many rows a reduction sees that sums up each row; empty if it does not.
    static OptionalLong ofRows(Graph graph, Node reduction) {
        return product(graph, reduction, false);
    }

    /// How many rows a reduction sees that sums up each column; empty if it does not.
    static OptionalLong ofColumns(Graph graph, Node reduction) {
        return product(graph, reduction, true);
    }

    /// The number of rows if the reduced axes are the first, or the last, of those that are wider than 1, and not all.
    private static OptionalLong product(Graph graph, Node reduction, boolean reducesFirst) {
        Shape shape = graph.spec(reduction.inputs().getFirst()).shape();
        List<Integer> axes = ((Reduce) reduction.op()).axes();
        List<Integer> wide = IntStream.range(0, shape.rank())
                .filter(i -> shape.dim(i) != 1)
                .boxed()
                .toList();
        List<Integer> first =
                wide.stream().takeWhile(i -> axes.contains(i) == reducesFirst).toList();
        boolean restIsOther = wide.stream().skip(first.size()).allMatch(i -> axes.contains(i) != reducesFirst);
        return restIsOther && !first.isEmpty() && first.size() < wide.size()
                ? OptionalLong.of(first.stream().mapToLong(shape::dim).reduce(1, (a, b) -> a * b))
                : OptionalLong.empty();
    }

    /// The axis of a domain at which so many rows begin; empty if there is none, or rows or columns are fewer than 2.
    static OptionalInt at(Shape domain, long rows) {
        boolean fits = rows > 1 && domain.size() > rows && domain.size() % rows == 0;
        return fits
                ? IntStream.range(1, domain.rank())
                        .filter(axis -> domain.sub(0, axis).size() == rows)
                        .findFirst()
                : OptionalInt.empty();
    }
}
