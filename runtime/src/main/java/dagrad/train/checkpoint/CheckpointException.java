package dagrad.train.checkpoint;

/// A checkpoint that cannot be used for what it is wanted for; the message names it, what is wrong and what to do.
public final class CheckpointException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public CheckpointException(String message) {
        super(message);
    }
}
