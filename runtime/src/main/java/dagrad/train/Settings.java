package dagrad.train;

import java.util.OptionalLong;

/// How long and how closely watched a training is: `Settings.of(128, 10_000).evaluatedEvery(500).stoppedAfter(5)`.
///
/// @param batch examples in a batch
/// @param steps how often the parameters change, at most
/// @param evaluateEvery after every so many steps, and after the last, the validation data is evaluated; 0 for the last
///     alone
/// @param patience after so many evaluations in a row without a smaller loss, training stops and the parameters of the
///     best evaluation are put back; 0 to go on in any case and to keep the last parameters
/// @param seed of the initial parameters and of all random numbers of the graph
/// @param memory bytes that a step may take on the device: what does not fit is computed again; without, a step that does
///     not fit into the device's memory is refused
public record Settings(int batch, long steps, long evaluateEvery, int patience, long seed, OptionalLong memory) {
    /// @throws IllegalArgumentException if a number is out of range
    public Settings {
        require(batch >= 1, "a batch has at least 1 example, not " + batch);
        require(steps >= 1, "there must be at least 1 step, not " + steps);
        require(evaluateEvery >= 0, "evaluations come after every 1 or more steps, not " + evaluateEvery);
        require(memory.orElse(1) >= 1, "a step takes at least 1 byte, not " + memory.orElse(1));
        require(patience >= 0, "patience must last at least 0 evaluations, not " + patience);
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }

    /// Evaluated at the end only, seed 0.
    public static Settings of(int batch, long steps) {
        return new Settings(batch, steps, 0, 0, 0, OptionalLong.empty());
    }

    public Settings evaluatedEvery(long number) {
        return new Settings(batch, steps, number, patience, seed, memory);
    }

    public Settings stoppedAfter(int evaluations) {
        return new Settings(batch, steps, evaluateEvery, evaluations, seed, memory);
    }

    public Settings seeded(long number) {
        return new Settings(batch, steps, evaluateEvery, patience, number, memory);
    }

    public Settings within(long bytes) {
        return new Settings(batch, steps, evaluateEvery, patience, seed, OptionalLong.of(bytes));
    }

    /// The same number of steps with other batches.
    public Settings batched(int examples) {
        return new Settings(examples, steps, evaluateEvery, patience, seed, memory);
    }

    boolean evaluatesAfter(long step) {
        return step == steps || evaluateEvery > 0 && step % evaluateEvery == 0;
    }
}
