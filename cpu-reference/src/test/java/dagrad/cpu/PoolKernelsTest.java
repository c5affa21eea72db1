package dagrad.cpu;

import static dagrad.cpu.KernelCheck.random;
import static dagrad.tensor.TensorSpec.f32;

import dagrad.graph.Graph;
import dagrad.graph.MaxPool2d;
import dagrad.graph.MaxPool2dGrad;
import dagrad.graph.Value;
import dagrad.graph.Window;
import dagrad.tensor.HostTensor;
import dagrad.tensor.Shape;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Max pooling and its gradient against their expansions.
class PoolKernelsTest {
    @ParameterizedTest
    @CsvSource({
        // n, c, h, w, kh, kw, sh, sw, dh, dw, ph, pw
        "2, 3, 8, 10, 2, 2, 2, 2, 1, 1, 0, 0",
        "2, 3, 7, 9, 2, 2, 2, 2, 1, 1, 0, 0",
        "1, 2, 7, 9, 2, 2, 2, 2, 1, 1, 1, 1",
        "2, 2, 9, 8, 3, 2, 1, 2, 1, 2, 1, 0",
        "1, 1, 6, 6, 3, 3, 2, 2, 2, 1, 2, 3",
        "1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0",
    })
    void agreesWithItsExpansion(
            int n, int c, int h, int w, int kh, int kw, int sh, int sw, int dh, int dw, int ph, int pw) {
        HostTensor x = random(f32(n, c, h, w), 1);
        for (int i = 0; i < x.size(); i++) {
            // Few values, so that there are ties.
            x.set(i, Math.rint(x.get(i)));
        }
        check(new MaxPool2d(new Window(kh, kw, sh, sw, dh, dw), ph, pw), x);
    }

    /// The first of several largest, with NaN above all and infinities among them.
    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void ties(int pad) {
        float[] values = {1, 2, 1, Float.NaN, Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY};
        int cases = values.length * values.length * values.length * values.length;
        HostTensor x = HostTensor.zeros(f32(cases, 1, 2, 2));
        for (int i = 0; i < cases; i++) {
            int rest = i;
            for (int place = 0; place < 4; place++) {
                x.set(4L * i + place, values[rest % values.length]);
                rest /= values.length;
            }
        }
        check(new MaxPool2d(new Window(2, 2, 2, 2, 1, 1), pad, pad), x);
    }

    private static void check(MaxPool2d pool, HostTensor x) {
        Shape s = x.shape();
        Window window = pool.window();
        HostTensor dy = random(
                f32(
                        s.dim(0),
                        s.dim(1),
                        window.positionsH(s.dim(2) + 2 * pool.padH()),
                        window.positionsW(s.dim(3) + 2 * pool.padW())),
                2);
        Graph graph = Graph.build(g -> {
            List<Value> out = g.applyAll(pool, List.of(g.input("x", x.spec())));
            g.output("y", out.get(0));
            g.output("places", out.get(1));
            g.output(
                    "dx",
                    g.apply(
                            new MaxPool2dGrad(window, pool.padH(), pool.padW(), s.dim(2), s.dim(3)),
                            out.get(1),
                            g.input("dy", dy.spec())));
        });
        KernelCheck.check(graph, Map.of("x", x, "dy", dy), 1e-6);
    }
}
