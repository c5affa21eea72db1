package dagrad.nvcc;

import dagrad.cuda.code.Call;
import dagrad.cuda.code.Calls;
import dagrad.cuda.code.CudaCapabilities;
import dagrad.cuda.code.Lowering;
import dagrad.cuda.code.Source;
import dagrad.graph.Graph;
import dagrad.models.bench.Extent;
import dagrad.models.bench.Gpt2;
import dagrad.models.bench.Workload;
import dagrad.ops.OpSamples;
import dagrad.plan.Card;
import dagrad.precision.Precision;
import dagrad.random.RandomGraphs;
import dagrad.reference.ModelCheck;
import dagrad.schedule.Scheduler;
import dagrad.tensor.DType;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Generated kernels, by name. Equal ones have one name.
final class Corpus {
    /// Any card: the texts do not depend on it, only the grids.
    private static final Card CARD = new Card("any", 90, 132, 80L << 30, 3e12, 60e12, 400e12, 800e12);

    private static final int RANDOM_GRAPHS = 30;

    private Corpus() {}

    /// Those of training steps, which are to be fast.
    static Map<String, String> steps() {
        return kernels(Stream.of(Precision.F32, Precision.BF16).flatMap(Corpus::steps));
    }

    private static Stream<Graph> steps(Precision precision) {
        Gpt2 small = new Gpt2(2, 128, 2, 100, 64);
        return Stream.concat(
                        Stream.concat(Workload.NAMES.stream(), Workload.FOR_GPUS.stream())
                                .map(name -> Workload.of(name, precision, Extent.SMALL)),
                        Stream.of(Workload.gpt2(small, 2, precision)))
                .map(Workload::graph);
    }

    /// Those of the matrix's operations and of random graphs, with gradients: more than two thousand.
    static Map<String, String> operations() {
        return kernels(Stream.concat(Stream.of(DType.F32, DType.BF16).flatMap(OpSamples::graphs), random()));
    }

    private static Stream<Graph> random() {
        return IntStream.range(0, RANDOM_GRAPHS)
                .mapToObj(seed -> RandomGraphs.smooth(new Random(seed)))
                .map(program -> ModelCheck.withGradients(program.graph(DType.F32)));
    }

    private static Map<String, String> kernels(Stream<Graph> graphs) {
        Map<String, String> texts = new TreeMap<>();
        graphs.forEach(graph -> texts.putAll(kernels(graph)));
        return texts;
    }

    /// Those of a graph's plan.
    static Map<String, String> kernels(Graph graph) {
        Map<String, String> texts = new TreeMap<>();
        for (Calls calls : new Lowering(CARD).of(Scheduler.plan(graph, CudaCapabilities.INSTANCE))) {
            for (Call call : calls.calls()) {
                if (call instanceof Call.Kernel(Source.Generated(String text), String name, var _, var _)) {
                    texts.put(name, text);
                }
            }
        }
        return texts;
    }
}
