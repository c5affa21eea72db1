package dagrad.graph;

/// Operands that do not fit an operation: `matmul: inner dimensions differ: 64 and 32`. The builder turns it into a
/// [GraphException] that also says what the operands are and where they were built.
public final class ShapeException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public ShapeException(String message) {
        super(message);
    }

    /// @throws ShapeException with the message `op: …` if the condition does not hold
    static void check(boolean condition, String op, String message, Object... arguments) {
        if (!condition) {
            throw new ShapeException(op + ": " + message.formatted(arguments));
        }
    }
}
