package dagrad.train;

/// How often something is done during a training.
public sealed interface Cadence {
    /// After every so many steps.
    record Steps(long count) implements Cadence {
        /// @throws IllegalArgumentException if there are none
        public Steps {
            if (count < 1) {
                throw new IllegalArgumentException("checkpoints are saved after every 1 or more steps, not " + count);
            }
        }
    }

    /// After the first step that ends so long after the last time.
    record Seconds(double count) implements Cadence {
        /// @throws IllegalArgumentException if it is no time
        public Seconds {
            if (!(count > 0)) {
                throw new IllegalArgumentException("checkpoints are saved after more than 0 seconds, not " + count);
            }
        }
    }
}
