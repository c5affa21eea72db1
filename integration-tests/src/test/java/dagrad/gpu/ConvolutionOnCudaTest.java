package dagrad.gpu;

import static dagrad.gpu.OnCuda.random;
import static dagrad.gpu.OnCuda.spec;

import dagrad.backend.Backend;
import dagrad.backend.Backends;
import dagrad.backend.DeviceOptions;
import dagrad.graph.Conv2dWeightGrad;
import dagrad.graph.ConvSpec;
import dagrad.graph.ConvTranspose2d;
import dagrad.graph.Graph;
import dagrad.graph.Value;
import dagrad.graph.Window;
import dagrad.tensor.DType;
import dagrad.tensor.HostTensor;
import dagrad.tensor.Shape;
import java.util.Map;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Convolution and its two adjoints against their expansions.
class ConvolutionOnCudaTest {
    @RegisterExtension
    static final OnCuda CUDA = new OnCuda();

    @ParameterizedTest
    @CsvSource({
        // type, n, c, h, w, o, kh, kw, stride, pad, dilation, groups
        "F32, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 1",
        "F32, 2, 3, 7, 9, 4, 3, 3, 1, 0, 1, 1",
        "F32, 3, 2, 8, 5, 5, 3, 2, 1, 1, 1, 1",
        "F32, 2, 3, 11, 13, 4, 3, 3, 2, 1, 1, 1",
        "F32, 1, 2, 12, 10, 3, 3, 3, 3, 2, 1, 1",
        "F32, 2, 2, 9, 9, 2, 3, 3, 1, 2, 2, 1",
        "F32, 2, 2, 10, 11, 2, 2, 3, 2, 3, 3, 1",
        "F32, 2, 6, 5, 5, 4, 3, 3, 1, 1, 1, 2",
        "F32, 7, 6, 5, 5, 4, 3, 3, 1, 1, 1, 2",
        "F32, 2, 12, 5, 5, 12, 3, 3, 1, 1, 1, 4",
        "F32, 2, 5, 6, 6, 5, 3, 3, 1, 1, 1, 5",
        "F32, 2, 4, 6, 7, 12, 3, 3, 2, 1, 1, 4",
        "F32, 3, 20, 4, 5, 7, 1, 1, 1, 0, 1, 1",
        "F32, 2, 8, 4, 5, 6, 1, 1, 1, 0, 1, 2",
        "F32, 2, 4, 9, 9, 6, 1, 1, 2, 0, 1, 2",
        // The margin is wider than the kernel: windows lie wholly outside.
        "F32, 1, 1, 2, 2, 2, 2, 2, 1, 4, 1, 1",
        // Rows and columns that no window reaches.
        "F32, 2, 1, 8, 8, 2, 2, 2, 5, 0, 1, 1",
        "BF16, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 1",
        "BF16, 3, 6, 8, 8, 4, 3, 3, 1, 1, 1, 2",
        "BF16, 2, 3, 11, 13, 4, 3, 3, 2, 1, 1, 1",
        "BF16, 2, 5, 6, 6, 5, 3, 3, 1, 1, 1, 5",
        "BF16, 2, 8, 4, 5, 6, 1, 1, 1, 0, 1, 1",
    })
    void agreesWithItsExpansion(
            DType type,
            int n,
            int c,
            int h,
            int w,
            int o,
            int kh,
            int kw,
            int stride,
            int pad,
            int dilation,
            int groups) {
        ConvSpec conv = new ConvSpec(stride, stride, pad, pad, dilation, dilation, groups);
        check(type, conv, new int[] {n, c, h, w}, o, kh, kw);
    }

    @ParameterizedTest
    @CsvSource({"1, 2, 0, 1, 2, 1", "2, 1, 1, 0, 1, 3"})
    void heightsAndWidthsDiffer(int sh, int sw, int ph, int pw, int dh, int dw) {
        check(DType.F32, new ConvSpec(sh, sw, ph, pw, dh, dw, 1), new int[] {2, 2, 9, 12}, 3, 2, 3);
    }

    /// Columns of more than 32 MiB: some images at a time; some pixels, or channels, of an image at a time. Sums are of
    /// up to 100000 terms.
    @ParameterizedTest
    @CsvSource({"5, 8, 160", "1, 20, 240"})
    void severalChunks(int n, int c, int size) {
        ConvSpec conv = ConvSpec.of(1, 1);
        Map<String, HostTensor> inputs = inputs(DType.F32, conv, new int[] {n, c, size, size}, 2, 3, 3);
        Graph graph = graph(inputs, conv);
        CUDA.check(graph, inputs, cpu(graph, inputs), 1e-5);
    }

    private static void check(DType type, ConvSpec conv, int[] x, int o, int kh, int kw) {
        Map<String, HostTensor> inputs = inputs(type, conv, x, o, kh, kw);
        // Results of bf16 are rounded once: one may fall to the other side.
        CUDA.check(graph(inputs, conv), inputs, type == DType.F32 ? 2e-6 : 0x1p-8);
    }

    private static Map<String, HostTensor> inputs(DType type, ConvSpec conv, int[] x, int o, int kh, int kw) {
        Window window = conv.window(kh, kw);
        int oh = window.positionsH(x[2] + 2 * conv.padH());
        int ow = window.positionsW(x[3] + 2 * conv.padW());
        return Map.of(
                "x", random(spec(type, x), 1),
                "w", random(spec(type, o, x[1] / conv.groups(), kh, kw), 2),
                "dy", random(spec(type, x[0], o, oh, ow), 3));
    }

    private static Graph graph(Map<String, HostTensor> inputs, ConvSpec conv) {
        Shape x = inputs.get("x").shape();
        Shape w = inputs.get("w").shape();
        return Graph.build(g -> {
            Value images = g.input("x", inputs.get("x").spec());
            Value weights = g.input("w", inputs.get("w").spec());
            Value gradient = g.input("dy", inputs.get("dy").spec());
            g.output("y", g.conv2d(images, weights, conv));
            g.output("dx", g.apply(new ConvTranspose2d(conv, x.dim(2), x.dim(3)), gradient, weights));
            g.output("dw", g.apply(new Conv2dWeightGrad(conv, w.dim(2), w.dim(3)), images, gradient));
        });
    }

    private static Map<String, HostTensor> cpu(Graph graph, Map<String, HostTensor> inputs) {
        try (Backend backend = Backends.open("cpu", new DeviceOptions(2), line -> {})) {
            return OnCuda.run(backend, graph, inputs);
        }
    }
}
