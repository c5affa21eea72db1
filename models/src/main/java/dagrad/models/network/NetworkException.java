package dagrad.models.network;

/// A network that cannot be: an edge from nowhere, a component that a node does not have, a parameter that no
/// edge carries. The message is for the person who wrote the network and names nodes and parameters by their
/// names.
public final class NetworkException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public NetworkException(String message) {
        super(message);
    }

    /// @throws NetworkException with the message if the condition does not hold
    static void require(boolean condition, String message, Object... arguments) {
        if (!condition) {
            throw new NetworkException(message.formatted(arguments));
        }
    }
}
