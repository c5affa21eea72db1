package dagrad.reference;

import dagrad.graph.Composite;
import dagrad.graph.Graph;
import dagrad.graph.GraphBuilder;
import dagrad.graph.Input;
import dagrad.graph.Node;
import dagrad.graph.Op;
import dagrad.graph.Primitive;
import dagrad.graph.Value;
import dagrad.tensor.DType;
import dagrad.tensor.HostTensor;
import dagrad.tensor.TensorSpec;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The oracle: evaluates a graph node by node in float64, primitives by plain loops ([PrimitiveEvaluation]) and
/// composites by their expansion.
///
/// @param precision what becomes of results whose type is not f64
public record GraphInterpreter(Precision precision) {
    /// How results are held.
    public enum Precision {
        /// Every floating value is a double, whatever its type says: for checking mathematics.
        EXACT,
        /// The result of every node is rounded to its type, sums once at their end: for comparing with a device.
        ROUNDED
    }

    public static GraphInterpreter exact() {
        return new GraphInterpreter(Precision.EXACT);
    }

    public static GraphInterpreter rounded() {
        return new GraphInterpreter(Precision.ROUNDED);
    }

    /// What a run gives. Floats are f64 tensors if the interpreter is exact, else of the graph's types.
    ///
    /// @param outputs by name
    /// @param updates the new value of each state and parameter that the graph updates, by label
    public record Result(Map<String, HostTensor> outputs, Map<String, HostTensor> updates) {
        /// The output of that name.
        ///
        /// @throws EvaluationException if there is none
        public HostTensor output(String name) {
            HostTensor tensor = outputs.get(name);
            if (tensor == null) {
                throw new EvaluationException("no output \"" + name + "\"; there are " + outputs.keySet());
            }
            return tensor;
        }
    }

    /// Runs a graph. A node's value is forgotten after its last use.
    ///
    /// @param inputs by label; floating inputs may be given as f64 instead of their type
    /// @throws EvaluationException if an input is missing or does not fit, or an index is out of range
    public Result evaluate(Graph graph, Map<String, HostTensor> inputs) {
        Run run = new Run(inputs);
        Map<Value, Numbers> kept = run.all(graph, Lifetimes.of(graph));
        Map<String, HostTensor> outputs = new LinkedHashMap<>();
        graph.outputs().forEach((name, value) -> outputs.put(name, toHost(kept.get(value))));
        Map<String, HostTensor> updates = new LinkedHashMap<>();
        graph.updates().forEach((state, value) -> {
            if (graph.node(state).op() instanceof Input input) {
                updates.put(input.label(), toHost(kept.get(value)));
            }
        });
        return new Result(outputs, updates);
    }

    /// Runs a graph and keeps the value of every node, for looking at each.
    ///
    /// @throws EvaluationException as [#evaluate] does
    public Map<Value, HostTensor> evaluateAll(Graph graph, Map<String, HostTensor> inputs) {
        Map<Value, HostTensor> result = new LinkedHashMap<>();
        new Run(inputs).all(graph, Lifetimes.forever()).forEach((value, v) -> result.put(value, toHost(v)));
        return result;
    }

    private HostTensor toHost(Numbers numbers) {
        return numbers.toHost(precision == Precision.EXACT);
    }

    private record Expansion(Composite op, List<TensorSpec> operands) {}

    /// One evaluation: the inputs, and the expansions met so far.
    private final class Run {
        private final Map<String, HostTensor> inputs;
        private final Map<Expansion, Graph> expansions = new HashMap<>();

        Run(Map<String, HostTensor> inputs) {
            this.inputs = inputs;
        }

        /// @return the values of all nodes that outlive the run
        Map<Value, Numbers> all(Graph graph, Lifetimes lifetimes) {
            Map<Value, Numbers> values = new LinkedHashMap<>();
            for (Node node : graph.nodes()) {
                List<Numbers> results = evaluate(graph, node, values);
                for (int i = 0; i < results.size(); i++) {
                    values.put(node.out(i), results.get(i));
                }
                lifetimes.endingAt(node).forEach(values::remove);
            }
            return values;
        }

        private List<Numbers> evaluate(Graph graph, Node node, Map<Value, Numbers> values) {
            List<Numbers> operands = node.inputs().stream().map(values::get).toList();
            List<Numbers> results;
            try {
                results = evaluate(node.op(), operands);
            } catch (EvaluationException e) {
                throw new EvaluationException(e.getMessage() + " — in " + graph.line(node), e);
            }
            List<TensorSpec> specs = results.stream().map(Numbers::spec).toList();
            if (!specs.equals(node.outputs())) {
                throw new IllegalStateException(graph.line(node) + " gave " + specs);
            }
            return results;
        }

        private List<Numbers> evaluate(Op op, List<Numbers> operands) {
            return switch (op) {
                case Input input -> List.of(rounded(given(input)));
                case Primitive primitive -> List.of(rounded(PrimitiveEvaluation.of(primitive, operands)));
                case Composite composite -> expanded(composite, operands);
            };
        }

        private Numbers rounded(Numbers numbers) {
            return switch (precision) {
                case EXACT -> numbers;
                case ROUNDED -> numbers.rounded();
            };
        }

        private Numbers given(Input input) {
            String label = input.label();
            TensorSpec spec = input.spec();
            HostTensor given = inputs.get(label);
            if (given == null) {
                throw new EvaluationException(
                        "input \"" + label + "\" " + spec + " is missing; given are " + inputs.keySet());
            }
            boolean typed = given.spec().dtype() == spec.dtype()
                    || given.spec().dtype() == DType.F64 && spec.dtype().isFloating();
            if (!typed || !given.shape().equals(spec.shape())) {
                throw new EvaluationException("input \"" + label + "\" must be " + spec + ", not " + given.spec());
            }
            return Numbers.of(spec, given);
        }

        private List<Numbers> expanded(Composite op, List<Numbers> operands) {
            List<TensorSpec> specs = operands.stream().map(Numbers::spec).toList();
            Graph body = expansions.computeIfAbsent(
                    new Expansion(op, specs), key -> GraphBuilder.expansion(key.op(), key.operands()));
            Iterator<Numbers> given = operands.iterator();
            Map<Value, Numbers> values = new HashMap<>();
            body.inputs().values().forEach(operand -> values.put(operand, given.next()));
            for (Node node : body.nodes()) {
                if (!values.containsKey(node.out(0))) {
                    List<Numbers> results = evaluate(
                            node.op(), node.inputs().stream().map(values::get).toList());
                    for (int i = 0; i < results.size(); i++) {
                        values.put(node.out(i), results.get(i));
                    }
                }
            }
            return body.outputs().values().stream().map(values::get).toList();
        }
    }
}
