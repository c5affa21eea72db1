package dagrad.train.checkpoint;

import dagrad.data.Batches;
import dagrad.tensor.HostTensor;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// All that a training remembers between two steps.
///
/// @param identity of the training
/// @param device its name; another kind of device goes on from here, too, but not to the same bits
/// @param step number of steps done
/// @param position of the batch that comes next
/// @param parameters by name
/// @param states all other inputs of the step that outlive it, by label: the optimizer's, running averages, counters
///     and seeds of random numbers
/// @param best the evaluations so far
/// @param notes numbers that listeners want back
public record State(
        Identity identity,
        String device,
        long step,
        Batches.Position position,
        Map<String, HostTensor> parameters,
        Map<String, HostTensor> states,
        Best best,
        Map<String, Double> notes) {
    public State {
        parameters = Collections.unmodifiableMap(new LinkedHashMap<>(parameters));
        states = Collections.unmodifiableMap(new LinkedHashMap<>(states));
        notes = Collections.unmodifiableMap(new LinkedHashMap<>(notes));
    }

    /// The evaluation with the smallest loss.
    ///
    /// @param evaluation its scalars by name; empty if there was none yet
    /// @param step number of steps done then, or 0
    /// @param misses how many evaluations came after it
    /// @param parameters as they were then, by name; empty if nobody needs them
    public record Best(Map<String, Double> evaluation, long step, int misses, Map<String, HostTensor> parameters) {
        public static final Best NONE = new Best(Map.of(), 0, 0, Map.of());

        public Best {
            evaluation = Collections.unmodifiableMap(new LinkedHashMap<>(evaluation));
            parameters = Collections.unmodifiableMap(new LinkedHashMap<>(parameters));
        }
    }

    /// What differs first in another state of the same training, down to the bits, as a sentence's end; devices and
    /// notes aside. Empty if nothing does.
    public Optional<String> difference(State other) {
        if (step != other.step) {
            return Optional.of("one is after step " + step + ", the other after step " + other.step);
        }
        if (!position.equals(other.position)) {
            return Optional.of("one goes on at " + position + ", the other at " + other.position);
        }
        return difference("parameter", parameters, other.parameters)
                .or(() -> difference("state", states, other.states))
                .or(() -> best.evaluation.equals(other.best.evaluation)
                                && best.step == other.best.step
                                && best.misses == other.best.misses
                        ? Optional.empty()
                        : Optional.of("the best evaluations are " + best.evaluation + " after step " + best.step
                                + " and " + other.best.evaluation + " after step " + other.best.step))
                .or(() -> difference("best parameter", best.parameters, other.best.parameters));
    }

    private static Optional<String> difference(
            String what, Map<String, HostTensor> here, Map<String, HostTensor> there) {
        if (!here.keySet().equals(there.keySet())) {
            return Optional.of("one has the " + what + "s " + here.keySet() + ", the other " + there.keySet());
        }
        for (Map.Entry<String, HostTensor> entry : here.entrySet()) {
            HostTensor a = entry.getValue();
            HostTensor b = there.get(entry.getKey());
            long at = a.data().mismatch(b.data());
            if (at >= 0) {
                long element = at / a.spec().dtype().bytes();
                return Optional.of("the " + what + " \"" + entry.getKey() + "\" " + a.spec()
                        + " differs first in element " + element + ": " + a.get(element) + " and " + b.get(element));
            }
        }
        return Optional.empty();
    }
}
