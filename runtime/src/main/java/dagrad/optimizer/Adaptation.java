package dagrad.optimizer;

import dagrad.graph.Graph;
import dagrad.graph.GraphBuilder;
import dagrad.graph.Input;
import dagrad.graph.MatMul;
import dagrad.graph.Node;
import dagrad.graph.Op;
import dagrad.graph.Permute;
import dagrad.graph.Value;
import dagrad.tensor.TensorSpec;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// A graph while adapters take their places in it, as [Lora] says.
final class Adaptation {
    /// What stands for a targeted matrix.
    private record Adapted(Value frozen, Value a, Value b) {}

    private final Lora lora;
    private final GraphBuilder g;
    /// For values of the other graph those here.
    private final Map<Value, Value> here = new HashMap<>();
    private final Map<Value, Adapted> matrices = new HashMap<>();
    /// Of which matrix a value of the other graph is the transpose.
    private final Map<Value, Value> transposes = new HashMap<>();

    Adaptation(Lora lora, GraphBuilder g) {
        this.lora = lora;
        this.g = g;
    }

    void emit(Graph graph) {
        for (Node node : graph.nodes()) {
            switch (node.op()) {
                case Input input -> here.put(node.out(0), declare(input, node.out(0)));
                case Permute _
                when matrices.containsKey(node.inputs().getFirst()) ->
                    transposes.put(node.out(0), node.inputs().getFirst()); // a matrix has but one other order
                case MatMul _
                when transposes.containsKey(node.inputs().get(1)) ->
                    here.put(node.out(0), g.at(node.origin(), () -> product(node)));
                case Op _ -> copy(node);
            }
        }
        graph.outputs().forEach((name, value) -> g.output(name, here(value)));
        graph.updates().forEach((state, value) -> g.update(here(state), here(value)));
    }

    private Value declare(Input input, Value there) {
        if (input.kind() != Input.Kind.PARAMETER) {
            return g.declare(input);
        }
        TensorSpec spec = input.spec();
        Value frozen = g.declare(new Input(input.label(), Input.Kind.STATE, spec));
        if (lora.isTargeted(input.label(), spec)) {
            int out = spec.shape().dim(0);
            int in = spec.shape().dim(1);
            Value a = parameter(input.label() + Lora.A, lora.rank(), in);
            Value b = parameter(input.label() + Lora.B, out, lora.rank());
            matrices.put(there, new Adapted(frozen, a, b));
        }
        return frozen;
    }

    private Value parameter(String label, int rows, int columns) {
        return g.declare(new Input(label, Input.Kind.PARAMETER, TensorSpec.f32(rows, columns)));
    }

    private double scale() {
        return lora.alpha() / lora.rank();
    }

    /// x Wᵀ + (x Aᵀ) (α/r) Bᵀ, from the right, so that nothing is made of W's size.
    private Value product(Node node) {
        Value x = here(node.inputs().get(0));
        Adapted w = matrices.get(transposes.get(node.inputs().get(1)));
        Value narrow = g.mul(g.matmul(x, g.transpose(w.a)), scale());
        return g.add(g.matmul(x, g.transpose(w.frozen)), g.matmul(narrow, g.transpose(w.b)));
    }

    private void copy(Node node) {
        List<Value> results =
                g.emit(node.op(), node.inputs().stream().map(this::here).toList(), node::origin);
        for (int i = 0; i < results.size(); i++) {
            here.put(node.out(i), results.get(i));
        }
    }

    /// An adapted matrix is its sum for all who are no such product, as the table that tokens are looked up in.
    private Value here(Value there) {
        if (transposes.containsKey(there)) {
            return g.transpose(here(transposes.get(there)));
        }
        Adapted w = matrices.get(there);
        return w == null ? here.get(there) : g.add(w.frozen, g.mul(g.matmul(w.b, w.a), scale()));
    }
}
