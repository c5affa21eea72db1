package dagrad.data;

/// Data that cannot be had: not found, not reachable, or not the right one. The message is one line that says what was
/// tried and what to do.
public final class DataException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public DataException(String message) {
        super(message);
    }

    public DataException(String message, Throwable cause) {
        super(message, cause);
    }
}
