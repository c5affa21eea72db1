package dagrad.cuda.driver;

/// What must be given back to a library. Closing it twice is closing it once, and never throws: where the device is
/// lost, there is nothing left to give back.
public interface Resource extends AutoCloseable {
    @Override
    void close();
}
