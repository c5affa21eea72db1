package dagrad.jmh;

import dagrad.backend.Backend;
import dagrad.backend.Backends;
import dagrad.backend.DeviceOptions;
import dagrad.backend.Executable;
import dagrad.graph.ConvSpec;
import dagrad.graph.Graph;
import dagrad.graph.GraphBuilder;
import dagrad.graph.Value;
import dagrad.reference.SampleInputs;
import dagrad.schedule.Scheduler;
import dagrad.tensor.TensorSpec;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/// How long single operations take on the CPU, each as a plan of its own at the size it has in a small transformer or
/// convolutional network.
///
/// `./mvnw -q -Dquick -pl integration-tests -am test-compile` and then
/// `java -cp … dagrad.jmh.OperationBenchmark [OPERATION…]`; `scripts/jmh` does both.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 1,
        jvmArgsAppend = {
            "--enable-native-access=ALL-UNNAMED",
            "-Xmx3g",
            "-XX:+UseSerialGC",
            "-XX:+UseCMoveUnconditionally",
            "-XX:+UseVectorCmov"
        })
public class OperationBenchmark {
    private static final int ROWS = 2048;
    private static final int WIDTH = 1024;

    /// What is measured.
    public enum Operation {
        ADD,
        EXP,
        TANH,
        GELU,
        BIAS_GELU,
        SUM_ROWS,
        SUM_COLUMNS,
        SOFTMAX,
        NORMALIZE,
        CROSS_ENTROPY,
        ATTENTION,
        MATMUL,
        CONV2D,
        MAX_POOL,
        TRANSPOSE,
        GATHER,
        SCATTER_ADD
    }

    @Param
    public Operation operation;

    @Param({"1", "2"})
    public int threads;

    private Backend backend;
    private Executable executable;

    @Setup(Level.Trial)
    public void load() {
        backend = Backends.open("cpu", new DeviceOptions(threads), _ -> {});
        Graph graph = Graph.build(g -> g.output("y", build(g, operation)));
        executable = backend.load(Scheduler.plan(graph, backend.capabilities()));
        SampleInputs.of(graph, 1).forEach(executable::write);
    }

    @TearDown(Level.Trial)
    public void close() {
        executable.close();
        backend.close();
    }

    @Benchmark
    public void run() {
        executable.run();
    }

    private static Value build(GraphBuilder g, Operation operation) {
        TensorSpec matrix = TensorSpec.f32(ROWS, WIDTH);
        return switch (operation) {
            case ADD -> g.add(g.input("a", matrix), g.input("b", matrix));
            case EXP -> g.exp(g.input("a", matrix));
            case TANH -> g.tanh(g.input("a", matrix));
            case GELU -> g.geluTanh(g.input("a", matrix));
            case BIAS_GELU -> g.geluTanh(g.add(g.input("a", matrix), g.input("bias", TensorSpec.f32(WIDTH))));
            case SUM_ROWS -> g.sum(g.input("a", matrix), 1);
            case SUM_COLUMNS -> g.sum(g.input("a", matrix), 0);
            case SOFTMAX -> g.softmax(g.input("a", matrix), -1);
            case NORMALIZE ->
                g.layerNorm(
                        g.input("a", matrix),
                        g.input("gain", TensorSpec.f32(WIDTH)),
                        g.input("bias", TensorSpec.f32(WIDTH)),
                        1e-5);
            case CROSS_ENTROPY -> g.crossEntropy(g.input("a", matrix), g.input("target", TensorSpec.i32(ROWS)));
            case ATTENTION -> {
                TensorSpec heads = TensorSpec.f32(8, 8, 256, 32);
                yield g.attention(g.input("q", heads), g.input("k", heads), g.input("v", heads), true);
            }
            case MATMUL -> g.matmul(g.input("a", matrix), g.input("b", TensorSpec.f32(WIDTH, 256)));
            case CONV2D ->
                g.conv2d(
                        g.input("x", TensorSpec.f32(64, 32, 26, 26)),
                        g.input("w", TensorSpec.f32(64, 32, 3, 3)),
                        ConvSpec.of(1, 0));
            case MAX_POOL -> g.maxPool2d(g.input("x", TensorSpec.f32(64, 64, 24, 24)), 2, 2, 0);
            case TRANSPOSE -> g.mul(g.transpose(g.input("a", matrix)), 2);
            case GATHER -> g.gather(g.input("table", matrix), g.input("i", TensorSpec.i32(ROWS)));
            case SCATTER_ADD -> g.scatterAdd(g.input("i", TensorSpec.i32(ROWS)), g.input("a", matrix), ROWS);
        };
    }

    /// @param arguments names of operations; none for all
    public static void main(String[] arguments) throws RunnerException {
        OptionsBuilder options = new OptionsBuilder();
        options.include(OperationBenchmark.class.getName());
        if (arguments.length > 0) {
            options.param("operation", arguments);
        }
        new Runner(options.build()).run();
    }
}
