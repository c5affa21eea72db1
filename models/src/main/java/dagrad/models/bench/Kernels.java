package dagrad.models.bench;

import dagrad.graph.Graph;
import dagrad.graph.Input;
import dagrad.graph.Value;
import dagrad.optimizer.Optimizer.AdamW;
import dagrad.optimizer.Optimizer.Operands;
import dagrad.tensor.HostTensor;
import dagrad.tensor.TensorSpec;
import java.util.List;
import java.util.Map;

/// The workloads that are single operations at the limits of the machine: memory and multiplication.
final class Kernels {
    private static final int ADAMW_TENSORS = 100;
    private static final int ADAMW_SIZE = 500_000;
    private static final int COPY = 50_000_000;
    private static final int GEMM = 1024;

    private Kernels() {}

    /// AdamW alone, over 100 tensors of 500,000 that lie in one flat buffer, as they do in every training step; counted
    /// with 28 bytes a parameter (read θ, g, m, v; write θ, m, v).
    static Workload adamw() {
        int size = ADAMW_TENSORS * ADAMW_SIZE;
        float[] parameters = new float[size];
        float[] gradients = new float[size];
        float bound = (float) (1 / Math.sqrt(2500));
        for (int i = 0; i < ADAMW_TENSORS; i++) {
            SeededNumbers.uniform(1000 + i, bound, parameters, i * ADAMW_SIZE, ADAMW_SIZE);
            SeededNumbers.uniform(5000 + i, 1, gradients, i * ADAMW_SIZE, ADAMW_SIZE);
        }
        Map<String, HostTensor> inputs =
                Map.of("theta", HostTensor.of(parameters, size), "gradient", HostTensor.of(gradients, size));
        return new Workload("adamw", adamwStep(size), inputs, size * 28e-9, "GB/s", "watched", 0);
    }

    /// The same over another number of parameters, all zero.
    static Workload adamw(int size) {
        return new Workload("adamw f32", adamwStep(size), Map.of(), size * 28e-9, "GB/s", "", 0);
    }

    private static Graph adamwStep(int size) {
        TensorSpec spec = TensorSpec.f32(size);
        return Graph.build(g -> {
            Value theta = g.parameter("theta", spec);
            Value step = g.declare(new Input("step", Input.Kind.STATE, TensorSpec.i32()));
            List<Value> states = List.of(g.state("m", spec), g.state("v", spec));
            AdamW adamw = new AdamW();
            List<Value> changed = adamw.emit(
                    g,
                    new Operands(theta, g.input("gradient", spec), states),
                    g.constant(1e-3),
                    step,
                    adamw.weightDecay());
            g.update(theta, changed.get(0));
            g.update(states.get(0), changed.get(1));
            g.update(states.get(1), changed.get(2));
            g.update(step, g.add(step, 1));
            g.output("watched", g.index(changed.get(0), 0, 0));
        });
    }

    /// One tensor copied to another, counted with 8 bytes a float.
    static Workload copy() {
        TensorSpec spec = TensorSpec.f32(COPY);
        Graph graph = Graph.build(g -> g.update(g.state("to", spec), g.input("from", spec)));
        return new Workload("copy", graph, Map.of(), COPY * 8e-9, "GB/s", "", 0);
    }

    /// A product of two square matrices.
    static Workload gemm() {
        TensorSpec spec = TensorSpec.f32(GEMM, GEMM);
        Graph graph = Graph.build(g -> g.output("product", g.matmul(g.input("a", spec), g.input("b", spec))));
        int size = GEMM * GEMM;
        Map<String, HostTensor> inputs = Map.of(
                "a", HostTensor.of(SeededNumbers.uniform(1, size, 1), GEMM, GEMM),
                "b", HostTensor.of(SeededNumbers.uniform(2, size, 1), GEMM, GEMM));
        return new Workload("gemm", graph, inputs, 2e-9 * GEMM * GEMM * GEMM, "GFLOP/s", "", 0);
    }
}
