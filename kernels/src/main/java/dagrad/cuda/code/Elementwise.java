package dagrad.cuda.code;

import dagrad.graph.Graph;
import dagrad.graph.Input;
import dagrad.graph.Iota;
import dagrad.graph.Node;
import dagrad.plan.Layout;
import dagrad.plan.Operand;
import dagrad.tensor.DType;
import dagrad.tensor.Shape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/// Elementwise code and the memory it works on: the operands are the reads, then the writes, then the iotas. An iota is
/// like an operand whose offset is its value.
record Elementwise(Graph body, List<Port> reads, List<Port> writes, List<Node> iotas, Space space) {
    static Elementwise of(Shape domain, Graph body, List<Port> reads, List<Port> writes) {
        List<Node> iotas =
                body.nodes().stream().filter(n -> n.op() instanceof Iota).toList();
        List<Layout> layouts = new ArrayList<>();
        reads.forEach(read -> layouts.add(read.layout()));
        writes.forEach(write -> layouts.add(write.layout()));
        iotas.forEach(iota -> layouts.add(counting(domain, ((Iota) iota.op()).axis())));
        return new Elementwise(body, reads, writes, iotas, Space.of(domain, layouts));
    }

    static List<Port> ports(List<Operand> operands) {
        return operands.stream().map(Port::of).toList();
    }

    private static Layout counting(Shape domain, int axis) {
        List<Long> strides = new ArrayList<>(Collections.nCopies(domain.rank(), 0L));
        strides.set(axis, 1L);
        Layout dense = Layout.dense(domain);
        return new Layout(domain, strides, 0, dense.valid(), 0);
    }

    Elementwise over(Space other) {
        return new Elementwise(body, reads, writes, iotas, other);
    }

    /// The number among the operands of a write.
    int write(int i) {
        return reads.size() + i;
    }

    /// The number among the operands of an iota.
    int iota(Node node) {
        return reads.size() + writes.size() + iotas.indexOf(node);
    }

    /// Which read an input stands for: 3 for `in3`.
    static int number(Input input) {
        return Integer.parseInt(input.label().substring(2));
    }

    /// The write that a read is computed in place of.
    Optional<Integer> inPlace(int read) {
        return IntStream.range(0, writes.size())
                .filter(j -> writes.get(j).equals(reads.get(read)))
                .boxed()
                .findFirst();
    }

    /// The parameter that a read's address comes by.
    String pointer(int read) {
        return inPlace(read).map(j -> "out" + j).orElse("in" + read);
    }

    /// Whether a read is the same element everywhere.
    boolean isScalar(int read) {
        return reads.get(read).layout().isScalar();
    }

    /// Reads of an own address: the others are computed in place, or are nothing but fill.
    private List<Integer> ownReads() {
        return IntStream.range(0, reads.size())
                .filter(i -> inPlace(i).isEmpty() && !reads.get(i).isEmpty())
                .boxed()
                .toList();
    }

    List<String> parameters() {
        return parametersWith(writes);
    }

    /// The same with other results.
    List<String> parametersWith(List<Port> results) {
        List<String> parameters = new ArrayList<>();
        ownReads()
                .forEach(i ->
                        parameters.add("const " + ScalarCode.stored(reads.get(i).dtype()) + " *__restrict__ in" + i));
        for (int j = 0; j < results.size(); j++) {
            parameters.add(ScalarCode.stored(results.get(j).dtype()) + " *__restrict__ out" + j);
        }
        return parameters;
    }

    List<Argument> arguments() {
        return argumentsWith(writes);
    }

    List<Argument> argumentsWith(List<Port> results) {
        List<Argument> arguments = new ArrayList<>();
        ownReads().forEach(i -> arguments.add(reads.get(i).address()));
        results.forEach(result -> arguments.add(result.address()));
        return arguments;
    }

    // ---- several elements at once ---------------------------------------------------------------------------------

    /// How many adjacent elements of the innermost axis a thread can do at a time, so that the smallest type fills 16
    /// bytes; 1 where alignment or strides do not allow it. The axis may leave a rest only if it is the only one.
    ///
    /// @param operands how many of the reads and writes, from the first, must go along
    int width(int operands) {
        Optional<Axis> inner = space.inner();
        int widest = (int) LongStream.range(0, operands)
                .filter(i -> inner.isPresent() && inner.get().stride((int) i) == 1)
                .map(i -> 16 / port((int) i).dtype().bytes())
                .max()
                .orElse(1);
        for (int width = widest; width > 1; width /= 2) {
            if (allows(width, operands)) {
                return width;
            }
        }
        return 1;
    }

    /// The same, without a rest.
    int exactWidth(int operands) {
        int width = width(operands);
        while (width > 1 && space.axes().getLast().extent() % width != 0) {
            width /= 2;
        }
        return width;
    }

    private boolean allows(int width, int operands) {
        Axis inner = space.inner().orElseThrow();
        long rest = space.axes().size() == 1 ? inner.extent() % width : 0;
        Axis whole = rest == 0 ? inner : shortened(inner, rest);
        return whole.extent() > 0
                && whole.divides(width, operands)
                && IntStream.range(0, operands).allMatch(i -> isAligned(i, width));
    }

    /// The axis without its last indices; as it is if some operand has a margin, so that it counts as not divisible.
    static Axis shortened(Axis axis, long rest) {
        boolean whole = IntStream.range(0, axis.steps().size()).allMatch(axis::isWhole);
        long extent = axis.extent() - rest;
        return !whole
                ? axis
                : new Axis(
                        extent,
                        axis.steps().stream()
                                .map(s -> new Axis.Step(s.stride(), 0, extent))
                                .toList());
    }

    private boolean isAligned(int operand, int width) {
        Port port = port(operand);
        int bytes = Math.min(16, width * port.dtype().bytes());
        List<Axis> axes = space.axes();
        return axes.getLast().stride(operand) == 0
                || port.isEmpty()
                || port.isAligned(bytes)
                        && axes.subList(0, axes.size() - 1).stream()
                                .allMatch(a -> a.stride(operand) * port.dtype().bytes() % bytes == 0);
    }

    Port port(int operand) {
        return operand < reads.size() ? reads.get(operand) : writes.get(operand - reads.size());
    }

    DType type(int operand) {
        return port(operand).dtype();
    }
}
