package dagrad.backend;

/// A device that is not there, cannot do what is asked, or failed; the message says which launch or resource and what
/// to do.
public final class DeviceException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public DeviceException(String message) {
        super(message);
    }

    public DeviceException(String message, Throwable cause) {
        super(message, cause);
    }
}
