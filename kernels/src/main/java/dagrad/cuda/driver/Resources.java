package dagrad.cuda.driver;

import java.util.ArrayDeque;
import java.util.Deque;

/// Resources with one owner, closed together, the last first.
public final class Resources implements Resource {
    private final Deque<Resource> open = new ArrayDeque<>();

    /// @return the resource
    public <T extends Resource> T add(T resource) {
        open.push(resource);
        return resource;
    }

    @Override
    public void close() {
        while (!open.isEmpty()) {
            open.pop().close();
        }
    }
}
