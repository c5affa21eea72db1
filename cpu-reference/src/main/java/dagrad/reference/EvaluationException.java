package dagrad.reference;

/// A graph that cannot be evaluated on these inputs: one is missing or has the wrong shape, or an index points
/// outside of its table. The message is for the person who gave the inputs and names the node, its origin and the
/// number.
public final class EvaluationException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public EvaluationException(String message) {
        super(message);
    }

    public EvaluationException(String message, Throwable cause) {
        super(message, cause);
    }
}
