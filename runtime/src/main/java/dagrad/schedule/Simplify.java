package dagrad.schedule;

import dagrad.graph.Broadcast;
import dagrad.graph.Cast;
import dagrad.graph.Constant;
import dagrad.graph.Graph;
import dagrad.graph.GraphBuilder;
import dagrad.graph.Iota;
import dagrad.graph.MatMul;
import dagrad.graph.Node;
import dagrad.graph.Op;
import dagrad.graph.Pad;
import dagrad.graph.Permute;
import dagrad.graph.Pointwise;
import dagrad.graph.Reduce;
import dagrad.graph.Reshape;
import dagrad.graph.ScalarFn;
import dagrad.graph.Slice;
import dagrad.graph.Value;
import dagrad.tensor.DType;
import dagrad.tensor.TensorSpec;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/// Arithmetic that needs no tensor: folds what is known, merges views of views, drops what changes nothing. Only
/// rules that keep every bit, for NaN and infinities too; -0 + 0 is the one exception (x + 0 is taken as x).
final class Simplify {
    private final GraphBuilder g;
    private final boolean soleUse;

    private Simplify(GraphBuilder g, boolean soleUse) {
        this.g = g;
        this.soleUse = soleUse;
    }

    static Graph apply(Graph graph) {
        Map<Value, Integer> uses = new HashMap<>();
        graph.nodes().forEach(n -> n.inputs().forEach(in -> uses.merge(in, 1, Integer::sum)));
        graph.outputs().values().forEach(v -> uses.merge(v, 1, Integer::sum));
        graph.updates().values().forEach(v -> uses.merge(v, 1, Integer::sum));
        return Rewrite.apply(graph, (g, node, operands) -> {
            boolean soleUse =
                    node.inputs().size() == 1 && uses.get(node.inputs().getFirst()) == 1;
            Optional<Value> simpler = node.outputs().size() == 1
                    ? new Simplify(g, soleUse)
                            .simpler(node.op(), operands, node.outputs().getFirst())
                    : Optional.empty();
            return simpler.map(List::of).orElseGet(() -> Rewrite.copy(g, node, operands));
        });
    }

    private Optional<Value> simpler(Op op, List<Value> in, TensorSpec out) {
        return switch (op) {
            case Pointwise(ScalarFn fn) -> pointwise(fn, in, out);
            case Cast _ when g.spec(in.getFirst()).equals(out) -> Optional.of(in.getFirst());
            case Cast(var type) -> cast(in.getFirst(), type, out);
            case Reshape _, Permute _, Broadcast _, Slice _
            when g.node(in.getFirst()).op() instanceof Constant c && c.isFill() ->
                Optional.of(g.apply(new Constant(out, c.values())));
            case Reshape _, Broadcast _, Slice _ when g.spec(in.getFirst()).equals(out) -> Optional.of(in.getFirst());
            case Reshape _, Permute _, Broadcast _
            when g.node(in.getFirst()).op() instanceof Iota iota
                    && countsStill(op, iota, out).isPresent() ->
                Optional.of(g.iota(out.shape(), countsStill(op, iota, out).getAsInt()));
            case Reshape(var shape) -> operand(in.getFirst(), Reshape.class).map(x -> g.reshape(x, shape));
            case Permute(var order) -> permute(in.getFirst(), order);
            case Broadcast(var shape) -> operand(in.getFirst(), Broadcast.class).map(x -> g.broadcast(x, shape));
            case Pad(var low, var high, var _)
            when sum(low) + sum(high) == 0 -> in.stream().findFirst();
            case Reduce(var _, var axes)
            when axes.stream().allMatch(a -> g.spec(in.getFirst()).shape().dim(a) == 1) ->
                in.stream().findFirst();
            default -> Optional.empty();
        };
    }

    /// Of what is known; and there and back again, if there is wider than here.
    private Optional<Value> cast(Value x, DType type, TensorSpec out) {
        if (fill(x).isPresent()) {
            return Optional.of(g.constant(out, type.round(fill(x).getAsDouble())));
        }
        return operand(x, Cast.class)
                .filter(inner -> g.spec(inner).equals(out) && g.spec(x).dtype() == type.wide());
    }

    private static int sum(List<Integer> values) {
        return values.stream().mapToInt(Integer::intValue).sum();
    }

    /// The operand of the node that a value is of, if that node's operation is of the given kind.
    private Optional<Value> operand(Value value, Class<? extends Op> kind) {
        Node node = g.node(value);
        return kind.isInstance(node.op()) ? Optional.of(node.inputs().getFirst()) : Optional.empty();
    }

    /// Two orders in sequence are one; a transposed product is the product of the transposes; elementwise functions
    /// are computed in the order in which they are wanted, unless they round what is to be stored; an order that only
    /// moves axes of extent 1 is a reshape.
    private Optional<Value> permute(Value x, List<Integer> order) {
        if (g.node(x).op() instanceof Permute(List<Integer> inner)) {
            List<Integer> both = order.stream().map(inner::get).toList();
            return Optional.of(g.permute(g.node(x).inputs().getFirst(), both));
        }
        if (g.node(x).op() instanceof MatMul && soleUse && swapsLast(order)) {
            List<Value> factors = g.node(x).inputs();
            return Optional.of(g.apply(g.node(x).op(), g.transpose(factors.get(1)), g.transpose(factors.get(0))));
        }
        Node inner = g.node(x);
        boolean isRounding = inner.op() instanceof Cast(DType to) && to.wide() != to;
        if (Expression.isElementwise(inner) && soleUse && !isRounding) {
            List<Value> moved =
                    inner.inputs().stream().map(in -> g.permute(in, order)).toList();
            return Optional.of(g.emit(inner.op(), moved, inner::origin).getFirst());
        }
        List<Integer> wide =
                order.stream().filter(i -> g.spec(x).shape().dim(i) != 1).toList();
        if (wide.equals(wide.stream().sorted().toList())) {
            int[] dims = order.stream().mapToInt(i -> g.spec(x).shape().dim(i)).toArray();
            return Optional.of(g.reshape(x, dims));
        }
        return Optional.empty();
    }

    private static boolean swapsLast(List<Integer> order) {
        int n = order.size();
        for (int i = 0; i < n - 2; i++) {
            if (order.get(i) != i) {
                return false;
            }
        }
        return order.get(n - 2) == n - 1;
    }

    /// The axis along which a re-arranged iota counts, if it still counts along one.
    private OptionalInt countsStill(Op op, Iota iota, TensorSpec out) {
        int extent = iota.shape().dim(iota.axis());
        return switch (op) {
            case Broadcast _ when out.shape().dim(iota.axis()) == extent -> OptionalInt.of(iota.axis());
            case Permute(var order) -> OptionalInt.of(order.indexOf(iota.axis()));
            case Reshape _
            when iota.shape().size() == extent ->
                IntStream.range(0, out.shape().rank())
                        .filter(i -> out.shape().dim(i) == extent)
                        .findFirst();
            default -> OptionalInt.empty();
        };
    }

    /// The value that fills a tensor, if it is known to be one.
    private OptionalDouble fill(Value value) {
        return g.node(value).op() instanceof Constant c && c.isFill()
                ? OptionalDouble.of(c.spec().dtype().round(c.fill()))
                : OptionalDouble.empty();
    }

    private boolean is(Value value, double number) {
        OptionalDouble known = fill(value);
        return known.isPresent() && known.getAsDouble() == number;
    }

    /// The function of known values. Integers are left to the device unless doubles show that nothing wraps around.
    private Optional<Value> folded(ScalarFn fn, List<Value> in, TensorSpec out) {
        double[] x = in.stream().mapToDouble(v -> fill(v).orElseThrow()).toArray();
        double value = fn.apply(x[0], x.length > 1 ? x[1] : 0, x.length > 2 ? x[2] : 0);
        boolean exact = out.dtype().isFloating()
                || fits(value, out.dtype()) && Arrays.stream(x).allMatch(v -> fits(v, out.dtype()));
        return exact ? Optional.of(g.constant(out, out.dtype().round(value))) : Optional.empty();
    }

    private static boolean fits(double integer, DType dtype) {
        return Math.abs(integer) < (dtype == DType.I32 ? 0x1p31 : 0x1p53);
    }

    private Optional<Value> pointwise(ScalarFn fn, List<Value> in, TensorSpec out) {
        if (in.stream().allMatch(x -> fill(x).isPresent())) {
            return folded(fn, in, out);
        }
        Value a = in.getFirst();
        return switch (fn) {
            case STOP_GRADIENT -> Optional.of(a);
            case ADD -> is(in.get(1), 0) ? Optional.of(a) : is(a, 0) ? Optional.of(in.get(1)) : Optional.empty();
            case SUB -> is(in.get(1), 0) ? Optional.of(a) : Optional.empty();
            case MUL -> is(in.get(1), 1) ? Optional.of(a) : is(a, 1) ? Optional.of(in.get(1)) : Optional.empty();
            case DIV, POW -> is(in.get(1), 1) ? Optional.of(a) : Optional.empty();
            case NEG ->
                g.node(a).op().equals(new Pointwise(ScalarFn.NEG))
                        ? Optional.of(g.node(a).inputs().getFirst())
                        : Optional.empty();
            case SELECT -> fill(a).isPresent() ? Optional.of(in.get(is(a, 0) ? 2 : 1)) : Optional.empty();
            default -> Optional.empty();
        };
    }
}
