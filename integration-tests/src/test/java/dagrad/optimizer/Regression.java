package dagrad.optimizer;

import static dagrad.tensor.TensorSpec.f32;

import dagrad.graph.Graph;
import dagrad.tensor.HostTensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;

/// The problem of these tests: L(W, b) = mean over i, j of (x_i Wᵀ + b - y_i)_j², small enough to differentiate
/// by hand.
final class Regression {
    static final int IN = 4;
    static final int OUT = 3;

    final int n;
    final double[] x;
    final double[] y;
    final double[] w = new double[OUT * IN];
    final double[] b = new double[OUT];

    Regression(int n, long seed) {
        this.n = n;
        SplittableRandom random = new SplittableRandom(seed);
        x = random.doubles((long) n * IN, -1, 1).map(v -> (float) v).toArray();
        y = random.doubles((long) n * OUT, -2, 2).map(v -> (float) v).toArray();
        Arrays.setAll(w, _ -> (float) random.nextDouble(-1, 1));
        Arrays.setAll(b, _ -> (float) random.nextDouble(-1, 1));
    }

    /// The loss graph for batches of that size.
    static Graph graph(int n) {
        return Graph.build(g -> {
            var prediction = g.linear(
                    g.input("x", f32(n, IN)), g.parameter("weight", f32(OUT, IN)), g.parameter("bias", f32(OUT)));
            g.output("loss", g.meanSquaredError(prediction, g.input("y", f32(n, OUT))));
        });
    }

    Map<String, HostTensor> parameters() {
        Map<String, HostTensor> result = new LinkedHashMap<>();
        result.put("weight", HostTensor.of(f32(OUT, IN), w));
        result.put("bias", HostTensor.of(f32(OUT), b));
        return result;
    }

    /// Examples `from` to `to` (exclusive).
    Map<String, HostTensor> batch(int from, int to) {
        return Map.of(
                "x", HostTensor.of(f32(to - from, IN), Arrays.copyOfRange(x, from * IN, to * IN)),
                "y", HostTensor.of(f32(to - from, OUT), Arrays.copyOfRange(y, from * OUT, to * OUT)));
    }

    Map<String, HostTensor> batch() {
        return batch(0, n);
    }

    private double residual(int i, int j) {
        double z = b[j];
        for (int k = 0; k < IN; k++) {
            z += w[j * IN + k] * x[i * IN + k];
        }
        return z - y[i * OUT + j];
    }

    double loss() {
        double sum = 0;
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < OUT; j++) {
                sum += residual(i, j) * residual(i, j);
            }
        }
        return sum / (n * OUT);
    }

    double[] weightGradient() {
        double[] result = new double[w.length];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < OUT; j++) {
                for (int k = 0; k < IN; k++) {
                    result[j * IN + k] += 2 * residual(i, j) * x[i * IN + k] / (n * OUT);
                }
            }
        }
        return result;
    }

    double[] biasGradient() {
        double[] result = new double[OUT];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < OUT; j++) {
                result[j] += 2 * residual(i, j) / (n * OUT);
            }
        }
        return result;
    }
}
