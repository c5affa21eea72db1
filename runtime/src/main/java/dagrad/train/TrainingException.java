package dagrad.train;

/// Training that cannot begin or go on; the message names the step and what is wrong with what.
public final class TrainingException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public TrainingException(String message) {
        super(message);
    }
}
