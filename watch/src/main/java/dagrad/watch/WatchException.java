package dagrad.watch;

/// The dashboard cannot be served; the message is a sentence that says why, and what to do.
public final class WatchException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    WatchException(String message) {
        super(message);
    }

    WatchException(String message, Throwable cause) {
        super(message, cause);
    }
}
