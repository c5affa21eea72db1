package dagrad.cpu;

import dagrad.graph.Cast;
import dagrad.graph.Constant;
import dagrad.graph.Graph;
import dagrad.graph.Input;
import dagrad.graph.Iota;
import dagrad.graph.Node;
import dagrad.graph.Op;
import dagrad.graph.Pointwise;
import dagrad.graph.ScalarFn;
import dagrad.graph.Value;
import dagrad.plan.Operand;
import dagrad.tensor.DType;
import dagrad.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// An elementwise body, evaluated node by node for one element after the other, in doubles that are rounded to each
/// node's type and in longs: slow, for the element types that generated code does not know. Loops count, as iterators
/// would be allocated.
final class InterpretedBody {
    /// Computes one node's value for the current element.
    @FunctionalInterface
    private interface Rule {
        void apply();
    }

    private final List<Rule> rules = new ArrayList<>();
    private final List<OperandWalk> reads = new ArrayList<>();
    private final double[] reals;
    private final long[] integers;
    private final int[] index;
    private final Shape domain;

    /// @param operands what `in0`, … read
    InterpretedBody(Graph body, Shape domain, List<Operand> operands, Memory memory) {
        this.reals = new double[body.nodes().size()];
        this.integers = new long[body.nodes().size()];
        this.index = new int[domain.rank()];
        this.domain = domain;
        for (Node node : body.nodes()) {
            rule(node, body, operands, memory);
        }
    }

    private void rule(Node node, Graph body, List<Operand> operands, Memory memory) {
        int to = node.id();
        DType dtype = body.spec(node.out(0)).dtype();
        switch (node.op()) {
            case Input input -> {
                OperandWalk elements = new OperandWalk(operands.get(number(input)), memory);
                reads.add(elements);
                rules.add(
                        dtype.isFloating()
                                ? () -> reals[to] = elements.real()
                                : () -> integers[to] = elements.integer());
            }
            case Constant c -> {
                reals[to] = dtype.round(c.fill());
                integers[to] = c.values().getLong(0);
            }
            case Iota(var _, int axis) -> rules.add(() -> integers[to] = index[axis]);
            case Cast _ -> rules.add(cast(to, dtype, node.inputs().getFirst(), body));
            case Pointwise(ScalarFn fn) -> rules.add(pointwise(fn, to, dtype, node.inputs()));
            case Op _ -> {} // a reduction, which the step does itself
        }
    }

    /// Which operand an input stands for: 3 for `in3`.
    static int number(Input input) {
        return Integer.parseInt(input.label().substring(2));
    }

    private Rule cast(int to, DType dtype, Value operand, Graph body) {
        int a = operand.node();
        DType from = body.spec(operand).dtype();
        if (from.isFloating()) {
            return dtype.isFloating()
                    ? () -> reals[to] = dtype.round(reals[a])
                    : () -> integers[to] = dtype == DType.I32 ? (int) reals[a] : (long) reals[a];
        }
        return switch (dtype) {
            case F64, F32, BF16 -> () -> reals[to] = dtype.round((double) integers[a]);
            case I64 -> () -> integers[to] = integers[a];
            case I32 -> () -> integers[to] = Math.clamp(integers[a], Integer.MIN_VALUE, Integer.MAX_VALUE);
        };
    }

    private Rule pointwise(ScalarFn fn, int to, DType dtype, List<Value> operands) {
        int a = operands.get(0).node();
        int b = operands.get(operands.size() > 1 ? 1 : 0).node();
        int c = operands.get(operands.size() > 2 ? 2 : 0).node();
        return switch (dtype) {
            case F64, F32, BF16 -> () -> reals[to] = dtype.round(fn.apply(reals[a], reals[b], reals[c]));
            case I64 -> () -> integers[to] = IntegerFn.apply(fn, integers[a], integers[b], integers[c]);
            case I32 -> () -> integers[to] = (int) IntegerFn.apply(fn, integers[a], integers[b], integers[c]);
        };
    }

    /// Goes to the domain's first element. Call [#advance] after each element, [#evaluate] for its values.
    void rewind() {
        Arrays.fill(index, 0);
        for (int i = 0; i < reads.size(); i++) {
            reads.get(i).rewind();
        }
    }

    void evaluate() {
        for (int i = 0; i < rules.size(); i++) {
            rules.get(i).apply();
        }
    }

    void advance() {
        for (int i = 0; i < reads.size(); i++) {
            reads.get(i).advance();
        }
        for (int axis = index.length - 1; axis >= 0; axis--) {
            if (++index[axis] < domain.dim(axis)) {
                return;
            }
            index[axis] = 0;
        }
    }

    /// The current element of a floating value.
    double real(Value value) {
        return reals[value.node()];
    }

    /// The current element of an integer value.
    long integer(Value value) {
        return integers[value.node()];
    }
}
