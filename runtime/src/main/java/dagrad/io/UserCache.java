package dagrad.io;

import java.nio.file.Path;

/// Where this platform's programs keep, for each user, what can be made or fetched again.
public final class UserCache {
    private UserCache() {}

    /// Dagrad's folder there, or the one that the environment's DAGRAD_CACHE names; it need not exist.
    public static Path folder() {
        String own = System.getenv("DAGRAD_CACHE");
        if (own != null && !own.isBlank()) {
            return Path.of(own).toAbsolutePath();
        }
        String home = System.getProperty("user.home");
        String os = System.getProperty("os.name");
        if (os.startsWith("Windows")) {
            String local = System.getenv("LOCALAPPDATA");
            return (local == null ? Path.of(home, "AppData", "Local") : Path.of(local)).resolve("dagrad");
        }
        if (os.startsWith("Mac")) {
            return Path.of(home, "Library", "Caches", "dagrad");
        }
        String xdg = System.getenv("XDG_CACHE_HOME");
        return (xdg == null || !Path.of(xdg).isAbsolute() ? Path.of(home, ".cache") : Path.of(xdg)).resolve("dagrad");
    }
}
