package dagrad.plan;

/// A plan that cannot be made or must not be run; the message names the launch or value.
public final class PlanException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public PlanException(String message) {
        super(message);
    }
}
