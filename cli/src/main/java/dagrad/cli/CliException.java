package dagrad.cli;

/// Something in the command line that does not fit; the message says what, and what would.
final class CliException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    CliException(String message) {
        super(message);
    }
}
