package dagrad.models.jobs;

/// How long to train.
public sealed interface Length {
    /// The number of steps.
    ///
    /// @param examples in the training data
    long steps(int examples, int batch);

    /// So many steps.
    record Steps(long count) implements Length {
        @Override
        public long steps(int examples, int batch) {
            return count;
        }
    }

    /// So many times through the training data, of which each time what does not fill a batch is left out.
    record Epochs(double count) implements Length {
        public Epochs {
            if (!(count > 0)) {
                throw new IllegalArgumentException("training takes more than " + count + " epochs");
            }
        }

        @Override
        public long steps(int examples, int batch) {
            long batches = examples / batch;
            return Math.max(1, Math.round(count * batches));
        }
    }
}
