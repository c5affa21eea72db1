package dagrad.cli;

import dagrad.graph.Graph;
import dagrad.io.GraphJson;
import dagrad.models.bench.Extent;
import dagrad.models.bench.Networks;
import dagrad.models.jobs.Jobs;
import dagrad.models.network.Lowering;
import dagrad.models.network.NetworkFile;
import dagrad.models.network.NetworkJson;
import dagrad.optimizer.Optimizer.AdamW;
import dagrad.optimizer.Recipe;
import dagrad.optimizer.Schedule;
import dagrad.optimizer.StepGraph;
import dagrad.precision.Precision;
import dagrad.reference.SampleInputs;
import dagrad.tensor.DType;
import dagrad.tensor.HostTensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// A model that a command line names: one of the shipped ones, a graph file or a network file.
///
/// @param loss a graph with a scalar output `loss` and parameters
/// @param inputs something to feed it with
record NamedModel(String name, Graph loss, Map<String, HostTensor> inputs) {
    /// What [#of] accepts besides files.
    static List<String> names() {
        Set<String> names = new LinkedHashSet<>(Networks.NAMES);
        names.addAll(Jobs.losses().keySet());
        return List.copyOf(names);
    }

    /// What a command's help says of its operand MODEL.
    static String choices() {
        return "Models: " + String.join(", ", names()) + ", or a file with a graph or a network.";
    }

    /// A training step of a model that comes without a recipe: plain AdamW.
    static Graph step(Graph loss, Precision precision) {
        return StepGraph.of(
                        loss,
                        Recipe.of(new AdamW(), new Schedule.Constant(1e-3)).in(precision))
                .graph();
    }

    /// @param small whether a shipped model is wanted in a size that plain loops can evaluate many times
    /// @throws CliException if there is neither a model nor a file of that name
    static NamedModel of(String name, boolean small) {
        if (Networks.NAMES.contains(name)) {
            Networks.Network network = small ? Networks.small(name) : Networks.named(name);
            Map<String, HostTensor> inputs = new LinkedHashMap<>(network.data());
            inputs.putAll(network.parameters());
            return new NamedModel(name, network.loss(), inputs);
        }
        if (Jobs.losses().containsKey(name)) {
            return sampled(name, Jobs.losses().get(name).apply(small ? Extent.SMALL : Extent.STANDARD));
        }
        Path file = Path.of(name);
        if (!Files.isReadable(file)) {
            throw new CliException("there is no model \"" + name + "\" and no file of that name; there are "
                    + String.join(", ", names()) + ", or give a graph or network as JSON");
        }
        return isNetwork(file) ? network(name, NetworkJson.read(file)) : sampled(name, GraphJson.read(file));
    }

    private static NamedModel sampled(String name, Graph loss) {
        return new NamedModel(name, loss, SampleInputs.of(loss, 1));
    }

    /// A network computes in float64: it is small, and its file's numbers are exact.
    private static NamedModel network(String name, NetworkFile file) {
        Graph loss = Lowering.of(file.network()).loss(1, DType.F64);
        Map<String, HostTensor> inputs = SampleInputs.of(loss, 1);
        inputs.computeIfPresent("theta", (_, t) -> file.theta().toTensor(t.spec()));
        inputs.computeIfPresent("inputs", (_, t) -> file.inputs().toTensor(t.spec()));
        inputs.computeIfPresent("targets", (_, t) -> file.targets().toTensor(t.spec()));
        return new NamedModel(name, loss, inputs);
    }

    /// Graph files and network files tell themselves apart by their format field.
    private static boolean isNetwork(Path file) {
        try (var lines = Files.lines(file)) {
            return lines.limit(20).anyMatch(line -> line.contains("dagrad-network"));
        } catch (IOException | UncheckedIOException _) {
            return false;
        }
    }
}
