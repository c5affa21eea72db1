package dagrad.watch;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.openqa.selenium.Dimension;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;

/// A browser without a window.
record Chromium(ChromeDriver driver) implements AutoCloseable {
    /// Selenium warns of each Chromium that is newer than itself; kept here, as loggers that nobody holds forget their level.
    private static final Logger LOG = Logger.getLogger("org.openqa.selenium");

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration PAUSE = Duration.ofMillis(20);

    /// What keeps it from looking for anything in the network, and lets it run as root in a container.
    private static final List<String> OPTIONS = List.of(
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync");

    /// Where it is, if it is here with its driver.
    static Optional<Chromium> open() {
        Optional<Path> browser = Stream.of("chromium", "chromium-browser", "google-chrome")
                .flatMap(Chromium::found)
                .findFirst();
        Optional<Path> driver = found("chromedriver").findFirst();
        if (browser.isEmpty() || driver.isEmpty()) {
            return Optional.empty();
        }
        LOG.setLevel(Level.SEVERE);
        ChromeOptions options = new ChromeOptions();
        options.setBinary(browser.get().toFile());
        options.addArguments(OPTIONS);
        options.setCapability("goog:loggingPrefs", Map.of("browser", "ALL"));
        ChromeDriverService service = new ChromeDriverService.Builder()
                .usingDriverExecutable(driver.get().toFile())
                .build();
        return Optional.of(new Chromium(new ChromeDriver(service, options)));
    }

    private static Stream<Path> found(String name) {
        return Stream.of(Optional.ofNullable(System.getenv("PATH")).orElse("").split(File.pathSeparator))
                .map(folder -> Path.of(folder, name))
                .filter(Files::isExecutable);
    }

    Chromium sized(int width, int height) {
        driver.manage().window().setSize(new Dimension(width, height));
        return this;
    }

    private Object ask(String script) {
        return Optional.ofNullable(driver.executeScript("return " + script)).orElseThrow();
    }

    /// The text that a script gives.
    String text(String script) {
        return String.valueOf(ask(script));
    }

    /// The list of texts that a script gives.
    List<String> texts(String script) {
        return texts(ask(script));
    }

    /// The list of lists of texts that a script gives.
    List<List<String>> rows(String script) {
        return ((List<?>) ask(script)).stream().map(Chromium::texts).toList();
    }

    private static List<String> texts(Object list) {
        return ((List<?>) list).stream().map(String::valueOf).toList();
    }

    /// Whether a script gives something that counts as true.
    boolean holds(String script) {
        return Boolean.TRUE.equals(ask("!!(" + script + ")"));
    }

    /// Waits until a script gives something that counts as true.
    void until(String script) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!holds(script)) {
            if (System.nanoTime() > end) {
                throw new AssertionError("not so within " + PATIENCE + ": " + script);
            }
            LockSupport.parkNanos(PAUSE.toNanos());
        }
    }

    /// What it had to complain of: refused scripts and styles, requests that failed, exceptions.
    List<String> complaints() {
        return driver.manage().logs().get("browser").getAll().stream()
                .map(Object::toString)
                .toList();
    }

    @Override
    public void close() {
        driver.quit();
    }
}
