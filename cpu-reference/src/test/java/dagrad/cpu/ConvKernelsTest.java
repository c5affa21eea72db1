package dagrad.cpu;

import static dagrad.cpu.KernelCheck.random;
import static dagrad.tensor.TensorSpec.f32;

import dagrad.graph.Conv2dWeightGrad;
import dagrad.graph.ConvSpec;
import dagrad.graph.ConvTranspose2d;
import dagrad.graph.Graph;
import dagrad.graph.Value;
import dagrad.graph.Window;
import dagrad.tensor.HostTensor;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Convolution and its two adjoints against their expansions.
class ConvKernelsTest {
    @ParameterizedTest
    @CsvSource({
        // n, c, h, w, o, kh, kw, stride, pad, dilation, groups
        "1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 1",
        "2, 3, 7, 9, 4, 3, 3, 1, 0, 1, 1",
        "3, 2, 8, 5, 5, 3, 2, 1, 1, 1, 1",
        "2, 3, 11, 13, 4, 3, 3, 2, 1, 1, 1",
        "1, 2, 12, 10, 3, 3, 3, 3, 2, 1, 1",
        "2, 2, 9, 9, 2, 3, 3, 1, 2, 2, 1",
        "2, 2, 10, 11, 2, 2, 3, 2, 3, 3, 1",
        "17, 6, 5, 5, 4, 3, 3, 1, 1, 1, 2",
        "9, 5, 6, 6, 5, 3, 3, 1, 1, 1, 5",
        "2, 4, 6, 7, 12, 3, 3, 2, 1, 1, 4",
        "3, 20, 4, 5, 7, 1, 1, 1, 0, 1, 1",
        "2, 4, 9, 9, 6, 1, 1, 2, 0, 1, 2",
        // The margin is wider than the kernel: windows lie wholly outside.
        "1, 1, 2, 2, 2, 2, 2, 1, 4, 1, 1",
        // Rows and columns that no window reaches.
        "2, 1, 8, 8, 2, 2, 2, 5, 0, 1, 1",
        // Several blocks of rows, and pieces of channels.
        "1, 40, 60, 62, 3, 3, 3, 1, 1, 1, 1",
    })
    void agreesWithItsExpansion(
            int n, int c, int h, int w, int o, int kh, int kw, int stride, int pad, int dilation, int groups) {
        ConvSpec conv = new ConvSpec(stride, stride, pad, pad, dilation, dilation, groups);
        check(conv, new int[] {n, c, h, w}, o, kh, kw);
    }

    @ParameterizedTest
    @CsvSource({"1, 2, 0, 1, 2, 1", "2, 1, 1, 0, 1, 3"})
    void heightsAndWidthsDiffer(int sh, int sw, int ph, int pw, int dh, int dw) {
        check(new ConvSpec(sh, sw, ph, pw, dh, dw, 1), new int[] {2, 2, 9, 12}, 3, 2, 3);
    }

    /// Weights of more than the elements that shares of the images may have together: their channels are shared.
    @ParameterizedTest
    @CsvSource({"600, 400"})
    void manyWeights(int c, int o) {
        check(ConvSpec.of(1, 1), new int[] {2, c, 2, 2}, o, 3, 3);
    }

    private static void check(ConvSpec conv, int[] x, int o, int kh, int kw) {
        Window window = conv.window(kh, kw);
        int oh = window.positionsH(x[2] + 2 * conv.padH());
        int ow = window.positionsW(x[3] + 2 * conv.padW());
        Map<String, HostTensor> inputs = Map.of(
                "x", random(f32(x), 1),
                "w", random(f32(o, x[1] / conv.groups(), kh, kw), 2),
                "dy", random(f32(x[0], o, oh, ow), 3));
        Graph graph = Graph.build(g -> {
            Value images = g.input("x", inputs.get("x").spec());
            Value weights = g.input("w", inputs.get("w").spec());
            Value gradient = g.input("dy", inputs.get("dy").spec());
            g.output("y", g.conv2d(images, weights, conv));
            g.output("dx", g.apply(new ConvTranspose2d(conv, x[2], x[3]), gradient, weights));
            g.output("dw", g.apply(new Conv2dWeightGrad(conv, kh, kw), images, gradient));
        });
        KernelCheck.check(graph, inputs, 2e-6);
    }
}
