package dagrad.gradient;

import dagrad.graph.Composite;
import dagrad.graph.Gradient;
import dagrad.graph.Graph;
import dagrad.graph.GraphBuilder;
import dagrad.graph.GraphException;
import dagrad.graph.Node;
import dagrad.graph.Rule;
import dagrad.graph.Value;
import dagrad.tensor.Shape;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/// Backpropagation, lecture (13), from graph to graph: nodes are visited in reverse topological order, each turns the
/// gradients of its results (δ) into those of its operands (γ), and a value used several times sums what it receives
/// (weight sharing).
public final class Gradients {
    private final GraphBuilder g;
    private final BitSet onPath = new BitSet();
    private final Map<Value, Value> received = new HashMap<>();

    private Gradients(GraphBuilder g) {
        this.g = g;
    }

    /// Adds the gradients of a scalar to the graph.
    ///
    /// @param loss a floating scalar
    /// @param wrt the values to differentiate by; any values, not parameters alone
    /// @return a value of the same spec for each of them, zeros for those that the loss does not depend on
    /// @throws GraphException if the loss is no scalar, or an operation on the way refuses its derivative
    public static Map<Value, Value> of(GraphBuilder g, Value loss, Collection<Value> wrt) {
        if (!g.spec(loss).shape().equals(Shape.SCALAR) || !g.spec(loss).dtype().isFloating()) {
            throw new GraphException("only a floating scalar has a gradient; the loss is " + g.describe(loss)
                    + " — take its mean or sum");
        }
        return of(g, Map.of(loss, g.onesLike(loss)), wrt);
    }

    /// The same from gradients given for several values of any shape (a vector-Jacobian product).
    ///
    /// @param seeds for each value the gradient that arrives at it, of its spec
    public static Map<Value, Value> of(GraphBuilder g, Map<Value, Value> seeds, Collection<Value> wrt) {
        Gradients walk = new Gradients(g);
        int last = seeds.keySet().stream().mapToInt(Value::node).max().orElse(-1);
        walk.markPath(wrt, last);
        seeds.forEach(walk::receive);
        for (int id = last; id >= 0; id--) {
            if (walk.onPath.get(id)) {
                Node node = g.node(new Value(id, 0));
                g.at(node.origin(), () -> walk.visit(node));
            }
        }
        Map<Value, Value> result = new LinkedHashMap<>();
        for (Value x : wrt) {
            Value gradient = walk.received.get(x);
            result.put(
                    x,
                    gradient == null
                            ? g.zerosLike(x)
                            : g.at(g.node(gradient).origin(), () -> Unrounded.of(g, gradient)));
        }
        return result;
    }

    /// Marks the nodes through which a result can depend on what is differentiated by.
    private void markPath(Collection<Value> wrt, int last) {
        wrt.forEach(x -> onPath.set(x.node()));
        for (int id = 0; id <= last; id++) {
            if (g.node(new Value(id, 0)).inputs().stream().anyMatch(in -> onPath.get(in.node()))) {
                onPath.set(id);
            }
        }
    }

    private void receive(Value target, Value gradient) {
        if (g.spec(target).dtype().isFloating()) {
            received.merge(target, gradient, g::add);
        }
    }

    /// Emits what one node's rule says, on behalf of the node: a gradient is of the line whose gradient it is.
    ///
    /// @return whether a gradient arrives at the node
    private boolean visit(Node node) {
        boolean reached = node.inputs().stream().anyMatch(in -> onPath.get(in.node()));
        List<Value> gradients = new ArrayList<>();
        for (int i = 0; i < node.outputs().size(); i++) {
            gradients.add(received.get(node.out(i)));
        }
        if (!reached || gradients.stream().allMatch(d -> d == null)) {
            return false;
        }
        List<Gradient.Part> parts =
                node.op().gradient(new NodeRule(g, node, received)).parts();
        if (parts.size() != node.inputs().size()) {
            throw new IllegalStateException(node.op().name() + ": its gradient rule answers for " + parts.size()
                    + " operands of " + node.inputs().size());
        }
        for (int i = 0; i < parts.size(); i++) {
            Value operand = node.inputs().get(i);
            if (onPath.get(operand.node())) {
                switch (parts.get(i)) {
                    case Gradient.Part.Flows(Value value) -> receive(operand, checked(node, i, value));
                    case Gradient.Part.Zero() -> {}
                    case Gradient.Part.Refused(String reason) ->
                        throw new GraphException(node.op().name() + " has no derivative: " + reason + " — "
                                + g.describe(node.out(0)) + "; use stopGradient on its operand if none should flow");
                }
            }
        }
        return true;
    }

    private Value checked(Node node, int operand, Value gradient) {
        if (!g.spec(gradient).equals(g.spec(node.inputs().get(operand)))) {
            throw new IllegalStateException(node.op().name() + ": the gradient of operand " + operand + " is "
                    + g.spec(gradient) + ", the operand " + g.spec(node.inputs().get(operand)));
        }
        return gradient;
    }

    /// One node's rule, over the graph that is being extended.
    private record NodeRule(GraphBuilder g, Node node, Map<Value, Value> received) implements Rule {
        @Override
        public int operands() {
            return node.inputs().size();
        }

        @Override
        public Value in(int i) {
            return node.inputs().get(i);
        }

        @Override
        public Value out(int i) {
            return node.out(i);
        }

        @Override
        public Value grad(int i) {
            Value gradient = received.get(node.out(i));
            return gradient == null ? g.zerosLike(node.out(i)) : gradient;
        }

        @Override
        public boolean hasGrad(int i) {
            return received.containsKey(node.out(i));
        }

        /// Differentiates the expansion in a graph of its own, where the operands are leaves and apart even if they
        /// are one
        /// value here, and puts the result into this graph.
        @Override
        public Gradient throughExpansion(Composite op) {
            Map<Value, Value> given = new HashMap<>();
            Graph derivative = Graph.build(node.origin(), d -> {
                List<Value> operands = new ArrayList<>();
                for (int i = 0; i < operands(); i++) {
                    operands.add(d.input("in" + i, g.spec(in(i))));
                    given.put(operands.get(i), in(i));
                }
                List<Value> results = op.expand(d, operands);
                Map<Value, Value> seeds = new LinkedHashMap<>();
                for (int i = 0; i < results.size(); i++) {
                    if (hasGrad(i)) {
                        Value seed = d.input("grad" + i, g.spec(out(i)));
                        given.put(seed, grad(i));
                        seeds.merge(results.get(i), seed, d::add);
                    }
                }
                Map<Value, Value> gradients = Gradients.of(d, seeds, operands);
                for (int i = 0; i < operands.size(); i++) {
                    d.output("d" + i, gradients.get(operands.get(i)));
                }
            });
            Function<Value, Value> here = g.inline(derivative, given);
            return Gradient.of(derivative.outputs().values().stream().map(here).toList());
        }
    }
}
