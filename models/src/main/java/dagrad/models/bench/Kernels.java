package dagrad.models.bench;

import dagrad.gradient.Gradients;
import dagrad.graph.Graph;
import dagrad.graph.GraphBuilder;
import dagrad.graph.Input;
import dagrad.graph.Value;
import dagrad.optimizer.Optimizer.AdamW;
import dagrad.optimizer.Optimizer.Operands;
import dagrad.precision.Precision;
import dagrad.tensor.DType;
import dagrad.tensor.HostTensor;
import dagrad.tensor.TensorSpec;
import java.util.List;
import java.util.Map;

/// The workloads that are single operations at the limits of the machine: memory and multiplication. Each gives one
/// element as `watched`, so that to read it is to wait until all is done.
final class Kernels {
    private static final int ADAMW_TENSORS = 100;
    private static final int ADAMW_SIZE = 500_000;
    private static final int COPY = 50_000_000;
    private static final int GEMM = 1024;
    private static final int MATMUL = 8192;
    private static final int ELEMENTS = 1 << 25;
    private static final String WATCHED = "watched";

    private Kernels() {}

    /// AdamW alone, over 100 tensors of 500,000 that lie in one flat buffer, as they do in every training step; counted
    /// with 28 bytes a parameter (read θ, g, m, v; write θ, m, v).
    static Workload adamw(Extent extent) {
        int each = extent.of(ADAMW_SIZE, 50);
        int size = ADAMW_TENSORS * each;
        TensorSpec spec = TensorSpec.f32(size);
        Graph graph = Graph.build(g -> {
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
            watch(g, changed.get(0));
        });
        float[] parameters = new float[size];
        float[] gradients = new float[size];
        float bound = (float) (1 / Math.sqrt(2500));
        for (int i = 0; i < ADAMW_TENSORS; i++) {
            SeededNumbers.uniform(1000 + i, bound, parameters, i * each, each);
            SeededNumbers.uniform(5000 + i, 1, gradients, i * each, each);
        }
        Map<String, HostTensor> inputs =
                Map.of("theta", HostTensor.of(parameters, size), "gradient", HostTensor.of(gradients, size));
        return new Workload("adamw", graph, inputs, size * 28e-9, "GB/s", WATCHED, 0);
    }

    /// One tensor copied to another, counted with 8 bytes a float.
    static Workload copy(Extent extent) {
        int size = extent.of(COPY, 5000);
        TensorSpec spec = TensorSpec.f32(size);
        Graph graph = Graph.build(g -> {
            Value from = g.input("from", spec);
            g.update(g.state("to", spec), from);
            watch(g, from);
        });
        return new Workload("copy", graph, Map.of(), size * 8e-9, "GB/s", WATCHED, 0);
    }

    /// gelu(a b + c), in its tanh form: what one kernel can do while it reads three floats and writes one.
    static Workload elementwise(Extent extent) {
        int size = extent.of(ELEMENTS, 1 << 12);
        TensorSpec spec = TensorSpec.f32(size);
        Graph graph = Graph.build(g -> {
            Value sum = g.add(g.mul(g.input("a", spec), g.input("b", spec)), g.input("c", spec));
            watch(g, g.output("y", g.geluTanh(sum)));
        });
        Map<String, HostTensor> inputs = Map.of(
                "a", uniform(1, DType.F32, size),
                "b", uniform(2, DType.F32, size),
                "c", uniform(3, DType.F32, size));
        return new Workload("elementwise", graph, inputs, size * 16e-9, "GB/s", WATCHED, 0);
    }

    /// A product of two square matrices.
    static Workload gemm(Extent extent) {
        int n = extent.of(GEMM, 64);
        return new Workload(
                "gemm", product(n, DType.F32), matrices(n, DType.F32), 2e-9 * n * n * n, "GFLOP/s", WATCHED, 0);
    }

    /// The same large enough for a GPU, in the precision's type.
    static Workload matmul(Precision precision, Extent extent) {
        int n = extent.of(MATMUL, 64);
        DType type = type(precision);
        return new Workload("matmul", product(n, type), matrices(n, type), 2e-12 * n * n * n, "TFLOP/s", WATCHED, 0);
    }

    private static Graph product(int n, DType type) {
        TensorSpec spec = TensorSpec.f32(n, n).withDtype(type);
        return Graph.build(g -> watch(g, g.output("product", g.matmul(g.input("a", spec), g.input("b", spec)))));
    }

    private static Map<String, HostTensor> matrices(int n, DType type) {
        return Map.of("a", uniform(1, type, n, n), "b", uniform(2, type, n, n));
    }

    /// Causal attention, 8 rows of 1024 tokens in GPT-2's 12 heads of 64, forward and backward. Counted
    /// are the products that it takes without what the mask leaves out: two forward and five backward, each of
    /// rows · heads · tokens² · 64 operations.
    static Workload attention(Precision precision, Extent extent) {
        int heads = extent.of(12, 2);
        int tokens = extent.of(1024, 32);
        int width = extent.of(64, 16);
        int rows = extent.of(8, 2);
        int[] dims = {rows, heads, tokens, width};
        TensorSpec spec = TensorSpec.f32(dims).withDtype(type(precision));
        Graph graph = Graph.build(g -> {
            List<Value> in = List.of(g.input("q", spec), g.input("k", spec), g.input("v", spec));
            Value out = g.output("out", g.attention(in.get(0), in.get(1), in.get(2), true));
            Map<Value, Value> gradients = Gradients.of(g, Map.of(out, g.input("gradient", spec)), in);
            g.output("dk", gradients.get(in.get(1)));
            g.output("dv", gradients.get(in.get(2)));
            watch(g, g.output("dq", gradients.get(in.get(0))));
        });
        Map<String, HostTensor> inputs = Map.of(
                "q", uniform(1, type(precision), dims),
                "k", uniform(2, type(precision), dims),
                "v", uniform(3, type(precision), dims),
                "gradient", uniform(4, type(precision), dims));
        double operations = 7.0 * rows * heads * tokens * tokens * width;
        return new Workload("attention", graph, inputs, operations * 1e-12, "TFLOP/s", WATCHED, 0);
    }

    private static void watch(GraphBuilder g, Value value) {
        int size = Math.toIntExact(g.spec(value).shape().size());
        g.output(WATCHED, g.index(g.reshape(value, size), 0, 0));
    }

    private static DType type(Precision precision) {
        return switch (precision) {
            case F32, TF32 -> DType.F32;
            case BF16 -> DType.BF16;
        };
    }

    private static HostTensor uniform(long stream, DType type, int... dims) {
        int size = 1;
        for (int dim : dims) {
            size = Math.multiplyExact(size, dim);
        }
        return HostTensor.of(SeededNumbers.uniform(stream, size, 1), dims).cast(type);
    }
}
