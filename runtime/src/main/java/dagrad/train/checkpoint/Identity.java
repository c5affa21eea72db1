package dagrad.train.checkpoint;

import dagrad.graph.Graph;
import dagrad.tensor.TensorSpec;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Which training a state belongs to: two with equal identities compute the same from the same state and batches.
///
/// @param parameters with their specs, by name
/// @param states with their specs, by label
/// @param graph the text of the step, a line for each node, output and update, without source lines: moved code is the
///     same training
public record Identity(Map<String, TensorSpec> parameters, Map<String, TensorSpec> states, List<String> graph) {
    /// How long a line of a graph may be in a message.
    private static final int SHOWN = 160;

    public Identity {
        parameters = Collections.unmodifiableMap(new LinkedHashMap<>(parameters));
        states = Collections.unmodifiableMap(new LinkedHashMap<>(states));
        graph = List.copyOf(graph);
    }

    /// @param step the graph of a step
    public static Identity of(Map<String, TensorSpec> parameters, Map<String, TensorSpec> states, Graph step) {
        return new Identity(
                parameters,
                states,
                step.toString().lines().map(Identity::withoutOrigin).toList());
    }

    private static String withoutOrigin(String line) {
        int comment = line.lastIndexOf("  # ");
        return comment < 0 ? line : line.substring(0, comment);
    }

    /// What differs first in another training, as the end of a sentence: a parameter, a state, or a line of the step.
    /// Empty if nothing does.
    public Optional<String> difference(Identity other) {
        return difference("parameter", parameters, other.parameters)
                .or(() -> difference("state", states, other.states))
                .or(() -> difference(graph, other.graph));
    }

    private static Optional<String> difference(
            String what, Map<String, TensorSpec> here, Map<String, TensorSpec> there) {
        for (Map.Entry<String, TensorSpec> entry : here.entrySet()) {
            TensorSpec other = there.get(entry.getKey());
            if (!entry.getValue().equals(other)) {
                return Optional.of("the " + what + " \"" + entry.getKey() + "\" is " + entry.getValue() + " here and "
                        + (other == null ? "missing" : other) + " there");
            }
        }
        return there.entrySet().stream()
                .filter(entry -> !here.containsKey(entry.getKey()))
                .findFirst()
                .map(entry -> "the " + what + " \"" + entry.getKey() + "\" " + entry.getValue()
                        + " is there, and there is none here");
    }

    private static Optional<String> difference(List<String> here, List<String> there) {
        for (int i = 0; i < Math.max(here.size(), there.size()); i++) {
            String a = i < here.size() ? here.get(i).strip() : "at its end";
            String b = i < there.size() ? there.get(i).strip() : "at its end";
            if (!a.equals(b)) {
                return Optional.of("line " + (i + 1) + " of the step's graph is \"" + cut(a) + "\" here and \"" + cut(b)
                        + "\" there");
            }
        }
        return Optional.empty();
    }

    private static String cut(String line) {
        return line.length() <= SHOWN ? line : line.substring(0, SHOWN) + "…";
    }
}
