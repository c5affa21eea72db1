package dagrad.graph;

import dagrad.tensor.DType;
import dagrad.tensor.Literal;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/// Builds a [Graph] node by node; [Graph#build] hands one out. Equal operations on equal operands are one node.
///
/// The vocabulary is spread over four interfaces by subject: [Shaping], [Elementwise], [Reductions] and [Neural].
/// They add nothing to the intermediate form: all that is not an [Op] is lowered to operations here.
public final class GraphBuilder implements Neural {
    private record Key(Op op, List<Value> inputs) {}

    private final List<Node> nodes = new ArrayList<>();
    private final Map<Key, Integer> known = new HashMap<>();
    private final Map<String, Value> inputs = new LinkedHashMap<>();
    private final Map<String, Value> outputs = new LinkedHashMap<>();
    private final Map<Value, Value> updates = new LinkedHashMap<>();
    private String scope = "";
    private Optional<Origin> standing = Optional.empty();
    private int randomStreams;

    GraphBuilder() {}

    // ---- what goes in and what comes out --------------------------------------------------------------------------

    /// A tensor given anew for each run.
    ///
    /// @throws GraphException if the name stands for something else already
    public Value input(String name, TensorSpec spec) {
        return declare(new Input(name, Input.Kind.DATA, spec));
    }

    /// A tensor that is trained. Within [#scope]s its name is prefixed by them: `block0/attention/weight`.
    public Value parameter(String name, TensorSpec spec) {
        return declare(new Input(scope.isEmpty() ? name : scope + "/" + name, Input.Kind.PARAMETER, spec));
    }

    /// A tensor that is kept from run to run and changed by [#update] alone; its name is prefixed by the scopes.
    public Value state(String name, TensorSpec spec) {
        return declare(new Input(scope.isEmpty() ? name : scope + "/" + name, Input.Kind.STATE, spec));
    }

    /// An input of any kind; declaring the same again gives the same value.
    @Override
    public Value declare(Input input) {
        Value before = inputs.get(input.label());
        if (before != null && !nodes.get(before.node()).op().equals(input)) {
            throw new GraphException("two inputs are named \"" + input.label() + "\": "
                    + nodes.get(before.node()).op() + " and " + input);
        }
        if (before != null) {
            return before;
        }
        Value value = apply(input);
        inputs.put(input.label(), value);
        return value;
    }

    /// Names a value as a result.
    ///
    /// @throws GraphException if the name is taken
    public Value output(String name, Value value) {
        if (outputs.putIfAbsent(name, value) != null) {
            throw new GraphException("two outputs are named \"" + name + "\"");
        }
        return value;
    }

    /// After a run, the state (or parameter) holds the value.
    @Override
    public void update(Value state, Value value) {
        if (!(nodes.get(state.node()).op() instanceof Input) || !spec(state).equals(spec(value))) {
            throw new GraphException("update of " + describe(state) + " by " + describe(value)
                    + ": it takes an input and a value of the same type and shape");
        }
        if (updates.putIfAbsent(state, value) != null) {
            throw new GraphException("a second update of " + describe(state));
        }
    }

    /// Names the origins of all nodes that the body builds, and prefixes the names of its parameters and states.
    public <T> T scope(String name, Supplier<T> body) {
        String outer = scope;
        scope = outer.isEmpty() ? name : outer + "/" + name;
        try {
            return body.get();
        } finally {
            scope = outer;
        }
    }

    /// Gives all nodes that the body builds the origin of another: gradients and passes work on behalf of a node.
    public <T> T at(Origin origin, Supplier<T> body) {
        Optional<Origin> outer = standing;
        standing = Optional.of(origin);
        try {
            return body.get();
        } finally {
            standing = outer;
        }
    }

    /// A number for a [Philox] draw that no other draw of this graph has.
    @Override
    public int nextRandomStream() {
        return randomStreams++;
    }

    // ---- nodes ----------------------------------------------------------------------------------------------------

    @Override
    public TensorSpec spec(Value value) {
        return nodes.get(value.node()).outputs().get(value.output());
    }

    /// The node that a value is a result of.
    public Node node(Value value) {
        return nodes.get(value.node());
    }

    /// Number of nodes so far.
    public int size() {
        return nodes.size();
    }

    @Override
    public Value apply(Op op, Value... operands) {
        return applyAll(op, List.of(operands)).getFirst();
    }

    /// Applies an operation that has several results.
    ///
    /// @throws GraphException if the operands do not fit
    @Override
    public List<Value> applyAll(Op op, List<Value> operands) {
        return emit(op, operands, () -> standing.orElseGet(() -> Origin.here(scope)));
    }

    /// Applies an operation on behalf of another place: passes rebuild graphs with it.
    ///
    /// @param origin asked only if the node is new
    public List<Value> emit(Op op, List<Value> operands, Supplier<Origin> origin) {
        Key key = new Key(op, List.copyOf(operands));
        Integer before = known.get(key);
        if (before == null) {
            add(op, key.inputs(), origin.get());
            before = nodes.size() - 1;
            known.put(key, before);
        }
        return results(nodes.get(before));
    }

    /// Applies an operation in a node of its own, even if an equal one is there: to compute again what is known
    /// already, so that it need not be kept. A graph that is built from this one has one node again for the two.
    public List<Value> again(Op op, List<Value> operands, Origin origin) {
        add(op, List.copyOf(operands), origin);
        return results(nodes.getLast());
    }

    private void add(Op op, List<Value> operands, Origin origin) {
        List<TensorSpec> specs = operands.stream().map(this::spec).toList();
        try {
            nodes.add(new Node(nodes.size(), op, operands, op.results(specs), origin));
        } catch (ShapeException e) {
            StringBuilder message = new StringBuilder(e.getMessage());
            for (int i = 0; i < operands.size(); i++) {
                message.append(i == 0 ? " — " : ", ").append(describe(operands.get(i)));
            }
            throw new GraphException(origin.toString().isEmpty() ? message.toString() : message + "; at " + origin, e);
        }
    }

    private static List<Value> results(Node node) {
        return IntStream.range(0, node.outputs().size()).mapToObj(node::out).toList();
    }

    /// `f32[8,64] "x" from gpt/head (CharGpt.java:41)`, for messages.
    public String describe(Value value) {
        Node node = nodes.get(value.node());
        String what = node.op() instanceof Input(String label, var _, var _)
                ? " \"" + label + "\""
                : " " + node.op().name();
        String origin = node.origin().toString();
        return spec(value) + what + (origin.isEmpty() ? "" : " from " + origin);
    }

    /// Adds another graph's nodes to this one, keeping their origins. Its outputs and updates are not taken over.
    ///
    /// @param replace for an input of the other graph the value to put in its place; by default it is declared here
    /// too
    /// @return for each value of the other graph the value that stands for it here
    public Function<Value, Value> inline(Graph other, Map<Value, Value> replace) {
        Map<Value, Value> mapped = new HashMap<>(replace);
        for (Node node : other.nodes()) {
            if (node.op() instanceof Input input) {
                mapped.computeIfAbsent(node.out(0), _ -> declare(input));
                continue;
            }
            if (node.op() instanceof Philox(int stream, var _)) {
                randomStreams = Math.max(randomStreams, stream + 1);
            }
            List<Value> results =
                    emit(node.op(), node.inputs().stream().map(mapped::get).toList(), node::origin);
            for (int i = 0; i < results.size(); i++) {
                mapped.put(node.out(i), results.get(i));
            }
        }
        return mapped::get;
    }

    /// The results' specs of a composite, from its expansion.
    static List<TensorSpec> inferByExpanding(Composite op, List<TensorSpec> in) {
        GraphBuilder scratch = new GraphBuilder();
        scratch.standing = Optional.of(new Origin("", ""));
        List<Value> operands = IntStream.range(0, in.size())
                .mapToObj(i -> scratch.input("in" + i, in.get(i)))
                .toList();
        try {
            return op.expand(scratch, operands).stream().map(scratch::spec).toList();
        } catch (GraphException e) {
            throw new ShapeException(op.name() + ": "
                    + (e.getCause() instanceof ShapeException cause ? cause.getMessage() : e.getMessage()));
        }
    }

    /// A composite's expansion as a graph with inputs `in0`, … and outputs `out0`, ….
    public static Graph expansion(Composite op, List<TensorSpec> in) {
        return Graph.build(new Origin("", ""), g -> {
            List<Value> operands = IntStream.range(0, in.size())
                    .mapToObj(i -> g.input("in" + i, in.get(i)))
                    .toList();
            List<Value> results = op.expand(g, operands);
            for (int i = 0; i < results.size(); i++) {
                g.output("out" + i, results.get(i));
            }
        });
    }

    Graph finish() {
        return new Graph(nodes, outputs, updates);
    }

    /// The graph of all nodes so far with some of its values as outputs `out0`, …: for looking at work in progress.
    public Graph snapshot(Map<String, Value> namedOutputs) {
        return new Graph(nodes, namedOutputs, Map.of());
    }

    // ---- axes -----------------------------------------------------------------------------------------------------

    /// 0, 1, …, n-1.
    static List<Integer> range(int n) {
        return IntStream.range(0, n).boxed().toList();
    }

    /// A fill of the spec.
    @Override
    public Value constant(TensorSpec spec, double value) {
        return apply(Constant.of(spec, value));
    }

    /// A tensor known now; its values are rounded to the type. One value fills it.
    ///
    /// @throws GraphException if there is neither one value nor one for each element
    public Value constant(TensorSpec spec, double... values) {
        return apply(new Constant(spec, Literal.of(values)));
    }

    /// An i32 vector known now, of any length: indices for a gather.
    public Value indices(int... values) {
        return indices(Shape.of(values.length), values);
    }

    /// The same of any shape, row by row.
    public Value indices(Shape shape, int... values) {
        return apply(new Constant(new TensorSpec(DType.I32, shape), Literal.of(values)));
    }

    /// An f32 scalar.
    public Value constant(double value) {
        return constant(new TensorSpec(DType.F32, Shape.SCALAR), value);
    }
}
