package dagrad.reference.report;

import dagrad.graph.Graph;
import dagrad.graph.Input;
import dagrad.reference.Direction;
import dagrad.reference.ModelCheck;
import dagrad.reference.NodeCheck;
import dagrad.reference.WrongRule;
import dagrad.tensor.TensorSpec;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// All that `dagrad check` found out about a model.
///
/// @param model its name
/// @param device for people
/// @param precision as command lines call it
/// @param seed of directions, samples and random inputs
/// @param comparisons slopes, and the device's loss and gradients
/// @param parameters the device's gradients, worst first
/// @param rule where the reverse pass goes wrong, if slopes disagree
/// @param nodes the values that the device stores, in topological order
/// @param directions along which the loss was looked at; may be empty
public record CheckReport(
        String model,
        String device,
        String precision,
        long seed,
        ModelCheck.Report comparisons,
        List<Parameter> parameters,
        Optional<WrongRule> rule,
        List<NodeCheck.Row> nodes,
        List<Direction> directions) {
    /// The gradient of one parameter.
    ///
    /// @param row the norms of the reference's gradient and of the device's, and of their difference
    public record Parameter(String name, TensorSpec spec, ModelCheck.Row row) {
        /// The error as a part of the gradient's norm.
        public double relativeError() {
            return row.error() == 0 ? 0 : row.error() / Math.abs(row.expected());
        }

        /// The error as a part of what is allowed.
        public double ratio() {
            return row.error() == 0 ? 0 : row.error() / row.allowed();
        }
    }

    public CheckReport {
        parameters = List.copyOf(parameters);
        nodes = List.copyOf(nodes);
        directions = List.copyOf(directions);
    }

    /// @param loss the graph that was checked
    public static CheckReport of(
            String model,
            String device,
            String precision,
            long seed,
            Graph loss,
            ModelCheck.Report comparisons,
            Optional<WrongRule> rule,
            List<NodeCheck.Row> nodes,
            List<Direction> directions) {
        var inputs = loss.inputs(Input.Kind.PARAMETER);
        List<Parameter> parameters = comparisons.device().stream()
                .filter(row -> inputs.containsKey(row.what()))
                .map(row -> new Parameter(row.what(), loss.spec(inputs.get(row.what())), row))
                .sorted(Comparator.comparingDouble(Parameter::ratio).reversed())
                .toList();
        return new CheckReport(model, device, precision, seed, comparisons, parameters, rule, nodes, directions);
    }

    /// Whether everything does: the mathematics, the results, and every value on the way.
    public boolean agrees() {
        return comparisons.agrees() && firstWrong().isEmpty();
    }

    /// The first node whose value leaves its bound.
    public Optional<NodeCheck.Row> firstWrong() {
        return nodes.stream().filter(row -> !row.agrees()).findFirst();
    }

    /// Tables for people.
    public String toText() {
        String found = agrees()
                ? "all agree\n"
                : firstWrong().isEmpty() && !comparisons.device().stream().allMatch(ModelCheck.Row::agrees)
                        ? "they DISAGREE, though every value is right by itself when all of them are looked at\n"
                        : "they DISAGREE\n";
        return model + " on " + device + "\n" + comparisons.tables()
                + rule.map(WrongRule::toText).orElse("") + NodeCheck.toText(nodes) + found;
    }
}
