package dagrad.graph;

/// A graph that cannot be: operands that do not fit, a gradient that is refused, a name used twice. The message is
/// for the
/// person who built the graph and names values, shapes and source lines.
public final class GraphException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public GraphException(String message) {
        super(message);
    }

    public GraphException(String message, Throwable cause) {
        super(message, cause);
    }
}
