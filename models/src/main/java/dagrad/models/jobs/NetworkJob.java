package dagrad.models.jobs;

import dagrad.data.Examples;
import dagrad.data.Parts;
import dagrad.graph.Graph;
import dagrad.graph.GraphBuilder;
import dagrad.graph.Value;
import dagrad.io.FormatException;
import dagrad.models.bench.Extent;
import dagrad.models.data.Table;
import dagrad.models.network.Activation;
import dagrad.models.network.Lowering;
import dagrad.models.network.NetworkFile;
import dagrad.models.network.NetworkJson;
import dagrad.models.network.RandomNetwork;
import dagrad.models.network.ScalarNetwork;
import dagrad.tensor.DType;
import dagrad.tensor.HostTensor;
import dagrad.tensor.Literal;
import dagrad.tensor.TensorSpec;
import dagrad.train.Evaluator;
import dagrad.train.Initializer;
import dagrad.train.Model;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// Trains a general network, the lecture's directed acyclic multigraph, that a file describes ([NetworkJson]). It
/// starts from the file's numbers, and the trained network is written as such a file, too.
///
/// The data are rows of x and, after them, of the target; without data, the file's own example is all there is.
public final class NetworkJob implements Job.Predicting {
    static final String NAME = "network";

    /// The trained network.
    private static final String TRAINED = "network.json";

    /// The objective of a network that has none of its own, or not the one that is wanted.
    private enum Objective {
        /// The network's objective node.
        OWN,
        /// (y − t)², summed over the outputs, and the mean over the batch.
        SQUARED_ERROR,
        /// Of the outputs as logits against one target, the number of a class.
        CROSS_ENTROPY
    }

    private static final int EVALUATION_BATCH = 1024;

    /// With fewer examples none is kept to validate with.
    private static final int FEWEST_TO_SPLIT = 20;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String summary() {
        return "trains a general network: dagrad train network.json, with a table of data or without";
    }

    @Override
    public Hyperparameters standard() {
        return Hyperparameters.of(
                        Hyperparameter.text("network", "", "the network's file"),
                        Hyperparameter.oneOf(
                                "objective", Objective.OWN, "own, squared_error, or cross_entropy of class numbers"))
                .and(Common.declared(1000, 1, 32, 1e-2))
                .standing("weight_decay", 0);
    }

    @Override
    public Graph loss(Extent extent) {
        RandomNetwork random = switch (extent) {
            case STANDARD -> RandomNetwork.ofAMillionEdges(1);
            case SMALL -> new RandomNetwork(3, 2, 6, 4, 20, 2, 0.3, Activation.TANH, 1);
        };
        return Lowering.of(random.network()).loss(extent == Extent.SMALL ? 3 : 32, DType.F32);
    }

    private record Trained(NetworkFile file, Objective objective, int targets) implements Model {
        @Override
        public Graph training(int batch) {
            Lowering lowering = Lowering.of(file.network());
            return switch (objective) {
                case OWN -> lowering.loss(batch, DType.F32);
                case SQUARED_ERROR ->
                    lowering.loss(batch, DType.F32, targets, (g, y, t) -> {
                        var squares = g.square(g.sub(y, t));
                        return g.mul(g.mean(squares), targets);
                    });
                case CROSS_ENTROPY -> lowering.loss(batch, DType.F32, targets, Trained::crossEntropy);
            };
        }

        private static Value crossEntropy(GraphBuilder g, Value y, Value t) {
            return g.crossEntropy(y, g.cast(g.index(t, 1, 0), DType.I32));
        }

        @Override
        public Initializer initializer(String parameter, TensorSpec spec) {
            return new Initializer.Given(file.theta().toTensor(spec));
        }
    }

    @Override
    public void run(Hyperparameters chosen, Workplace at) {
        String path = chosen.text("network");
        if (path.isBlank()) {
            throw new FormatException("which network? Name its file: dagrad train network.json");
        }
        NetworkFile file = NetworkJson.read(Path.of(path));
        Common common = new Common(chosen);
        Objective objective = chosen.oneOf("objective", Objective.class);
        ScalarNetwork network = file.network();
        int targets = switch (objective) {
            case OWN -> network.targets().size();
            case SQUARED_ERROR -> network.outputs().size();
            case CROSS_ENTROPY -> 1;
        };
        Examples all = common.data()
                .map(data -> examples(Table.read(data), network, objective, targets))
                .orElseGet(() -> own(file, targets));
        Parts<Examples> parts = all.split(common.seed(), all.size() < FEWEST_TO_SPLIT ? 0 : common.validation(), 0);
        Examples training = parts.training();
        Hyperparameters fitting = common.batch() > training.size() ? chosen.with("batch", training.size()) : chosen;
        Common fitted = new Common(fitting);
        long steps = fitted.steps(training.size());
        Trained model = new Trained(file, objective, targets);
        try (Training run = Training.begin(this, fitting, at)) {
            run.train(
                    model,
                    fitted.recipe(steps),
                    fitted.settings(steps),
                    training,
                    parts.validation().inOrderIfAny(EVALUATION_BATCH));
            HostTensor theta = run.trainer().parameters().get("theta");
            run.text(
                    TRAINED,
                    NetworkJson.text(new NetworkFile(network, Literal.copyOf(theta), file.inputs(), file.targets())));
        }
    }

    /// Says a line of CSV for each row: the network's outputs, under their nodes' names.
    ///
    /// @throws dagrad.models.network.NetworkException if the network has no outputs, or if they depend on its targets
    @Override
    public void predict(SavedRun run, Path file, int count, Workplace at) {
        NetworkFile trained = NetworkJson.read(run.file(TRAINED));
        ScalarNetwork network = trained.network();
        Lowering lowering = Lowering.of(network);
        Table table = Table.read(file);
        Examples rows = Examples.ofTensors(Map.of("inputs", table.select(inputs(table, network))));
        Map<String, HostTensor> theta = Map.of(
                "theta",
                trained.theta().toTensor(TensorSpec.f32(network.parameters().size())));
        var precision = new Common(run.chosen()).precision();
        int left = count;
        try (Evaluator evaluator =
                Evaluator.of(at.device(), size -> lowering.prediction(size, DType.F32), precision, theta)) {
            at.say().accept(names(network));
            for (Map<String, HostTensor> batch : rows.inOrder(EVALUATION_BATCH)) {
                HostTensor outputs = evaluator.run(batch).get("outputs");
                int width = network.outputs().size();
                for (int row = 0; row < outputs.shape().dim(0) && left > 0; row++, left--) {
                    int first = row * width;
                    at.say()
                            .accept(IntStream.range(first, first + width)
                                    .mapToObj(i -> String.format(Locale.ROOT, "%.6g", outputs.get(i)))
                                    .collect(Collectors.joining(",")));
                }
            }
        }
    }

    private static String names(ScalarNetwork network) {
        return network.outputs().stream()
                .map(output -> {
                    ScalarNetwork.Node node = network.nodes().get(output.node());
                    return node.components() == 1 ? node.name() : node.name() + "[" + output.component() + "]";
                })
                .collect(Collectors.joining(","));
    }

    /// Columns by the names of the network's inputs, if the table has them; else the first ones.
    private static List<Integer> inputs(Table table, ScalarNetwork network) {
        int inputs = network.inputs().size();
        if (table.columns().containsAll(network.inputs())) {
            return network.inputs().stream().map(table::column).toList();
        }
        if (table.width() < inputs) {
            throw new FormatException(table.source() + ": it has " + table.width() + " columns, and the network has "
                    + inputs + " inputs: "
                    + String.join(", ", network.inputs().subList(0, Math.min(inputs, 20))));
        }
        return IntStream.range(0, inputs).boxed().toList();
    }

    private static Examples own(NetworkFile file, int targets) {
        Map<String, HostTensor> columns = new LinkedHashMap<>();
        int inputs = file.network().inputs().size();
        columns.put("inputs", file.inputs().toTensor(TensorSpec.f32(inputs)).reshape(1, inputs));
        if (targets > 0) {
            if (file.targets().size() != targets) {
                throw new FormatException("the network's file has no example with " + targets
                        + " targets, so data is needed: --data FILE");
            }
            columns.put(
                    "targets", file.targets().toTensor(TensorSpec.f32(targets)).reshape(1, targets));
        }
        return Examples.ofTensors(columns);
    }

    /// Columns by the names of the network's inputs and targets, if the table has them; else in their order, inputs
    /// first.
    private static Examples examples(Table table, ScalarNetwork network, Objective objective, int targets) {
        List<String> names = new ArrayList<>(network.inputs());
        if (objective == Objective.OWN) {
            names.addAll(network.targets());
        }
        int inputs = network.inputs().size();
        List<Integer> places;
        if (table.columns().containsAll(names) && names.size() == inputs + targets) {
            places = names.stream().map(table::column).toList();
        } else if (table.width() == inputs + targets) {
            places = IntStream.range(0, table.width()).boxed().toList();
        } else {
            throw new FormatException(table.source() + ": it has " + table.width() + " columns, and the network has "
                    + inputs + " inputs and " + targets + " targets; the columns must be these, or have their names: "
                    + String.join(", ", names.subList(0, Math.min(names.size(), 20))));
        }
        Map<String, HostTensor> columns = new LinkedHashMap<>();
        columns.put("inputs", table.select(places.subList(0, inputs)));
        if (targets > 0) {
            columns.put("targets", table.select(places.subList(inputs, places.size())));
        }
        return Examples.ofTensors(columns);
    }
}
