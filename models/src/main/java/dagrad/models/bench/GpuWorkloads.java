package dagrad.models.bench;

import dagrad.gradient.Gradients;
import dagrad.graph.Graph;
import dagrad.graph.Value;
import dagrad.precision.Precision;
import dagrad.tensor.DType;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// What is measured on a GPU, each with the name under which other libraries' figures stand beside it.
public final class GpuWorkloads {
    /// Elements of a tensor.
    private static final int LARGE = 1 << 26;

    private static final int SMALL = 1 << 14;

    private GpuWorkloads() {}

    /// All, in the order in which they are measured.
    ///
    /// @param small in sizes that the emulator gets through
    public static List<Workload> all(boolean small) {
        List<Workload> all = new ArrayList<>();
        if (!small) {
            all.add(named("mlp f32", Workload.of("mlp", Precision.F32)));
            all.add(named("gpt f32", Workload.of("gpt", Precision.F32)));
            all.add(named("gpt bf16", Workload.of("gpt", Precision.BF16)));
        }
        for (int batch : small ? new int[] {2} : new int[] {8, 16, 32}) {
            all.add(named("gpt2 bf16 batch " + batch, gpt2(small, batch)));
        }
        all.add(Kernels.adamw(small ? SMALL : LARGE));
        all.add(elementwise(small ? SMALL : LARGE));
        all.add(attention(small ? 1 : 16, small ? 2 : 12, small ? 64 : 1024, 64));
        return all;
    }

    private static Workload gpt2(boolean small, int batch) {
        Gpt2 model = small ? new Gpt2(2, 64, 2, 101, 32) : Gpt2.PUBLISHED.withVocabulary(50304);
        return Workload.gpt2(model, batch, Precision.BF16);
    }

    private static Workload named(String name, Workload w) {
        return new Workload(name, w.graph(), w.inputs(), w.items(), w.unit(), w.watched(), w.watchedIndex());
    }

    /// z = gelu(x) y + x for bf16 tensors: 6 bytes an element.
    private static Workload elementwise(int size) {
        TensorSpec spec = new TensorSpec(DType.BF16, Shape.of(size));
        Graph graph = Graph.build(g -> {
            Value x = g.input("x", spec);
            Value wide = g.cast(x, DType.F32);
            Value y = g.cast(g.input("y", spec), DType.F32);
            g.update(g.state("z", spec), g.cast(g.add(g.mul(g.geluTanh(wide), y), wide), DType.BF16));
        });
        return new Workload("elementwise bf16", graph, Map.of(), size * 6e-9, "GB/s", "", 0);
    }

    /// Causal attention of bf16 and its gradients: 2 products forward, 5 backward, half of each.
    private static Workload attention(int batch, int heads, int tokens, int width) {
        TensorSpec spec = new TensorSpec(DType.BF16, Shape.of(batch, heads, tokens, width));
        Graph graph = Graph.build(g -> {
            List<Value> in = List.of(g.parameter("q", spec), g.parameter("k", spec), g.parameter("v", spec));
            Value o = g.attention(in.get(0), in.get(1), in.get(2), true);
            Value loss = g.sum(g.mul(g.cast(o, DType.F32), g.cast(g.input("do", spec), DType.F32)));
            Gradients.of(g, loss, in).forEach((x, dx) -> g.update(g.state("d" + x, spec), dx));
        });
        double flops = 7.0 * batch * heads * tokens * tokens * width;
        return new Workload("attention bf16", graph, Map.of(), flops * 1e-12, "TFLOP/s", "", 0);
    }
}
