package dagrad.watch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// All runs that are watched, followed by one thread. What others see of it are immutable views.
final class Runs implements AutoCloseable {
    /// All runs at one moment.
    ///
    /// @param version goes up with each change
    record View(long version, List<RunState> runs) {
        View {
            runs = List.copyOf(runs);
        }

        Optional<RunState> run(String id) {
            return runs.stream().filter(run -> run.id().equals(id)).findFirst();
        }
    }

    private final List<Path> roots;
    private final Duration every;
    private final InstantSource clock;
    private final Map<Path, RunFolder> folders = new LinkedHashMap<>();
    private final Thread follower;
    private View view = new View(0, List.of());
    private boolean closed;

    /// Looks at all of them once, and from then on again and again.
    ///
    /// @param roots folders of runs, or folders with such folders: those are looked for again and again, too
    Runs(List<Path> roots, Duration every, InstantSource clock) {
        this.roots = List.copyOf(roots);
        this.every = every;
        this.clock = clock;
        poll();
        follower = Thread.ofPlatform().daemon().name("dagrad-watch").start(this::follow);
    }

    private void follow() {
        while (sleep()) {
            poll();
        }
    }

    /// @return false if it is to end
    private synchronized boolean sleep() {
        try {
            waitUntil(System.nanoTime() + every.toNanos(), () -> true);
            return !closed;
        } catch (InterruptedException _) {
            return false;
        }
    }

    /// Until a time, or this is closed, or there is nothing to wait for any more.
    private synchronized void waitUntil(long nanoTime, BooleanSupplier waits) throws InterruptedException {
        long left = nanoTime - System.nanoTime();
        while (!closed && left > 0 && waits.getAsBoolean()) {
            wait(1 + left / 1_000_000);
            left = nanoTime - System.nanoTime();
        }
    }

    private void poll() {
        for (Path root : roots) {
            for (Path folder : runsIn(root)) {
                folders.computeIfAbsent(folder, _ -> new RunFolder(String.valueOf(folders.size() + 1), folder, clock));
            }
        }
        List<RunState> states =
                named(folders.values().stream().map(RunFolder::poll).toList());
        synchronized (this) {
            if (!states.equals(view.runs()) || view.version() == 0) {
                view = new View(view.version() + 1, states);
                notifyAll();
            }
        }
    }

    /// The folder itself; or, if it holds no run but folders that do, those.
    private List<Path> runsIn(Path root) {
        if (folders.containsKey(root) || RunFolder.isRun(root)) {
            return List.of(root);
        }
        try (Stream<Path> inside = Files.list(root)) {
            return inside.filter(RunFolder::isRun)
                    .sorted(Comparator.comparingInt((Path folder) ->
                                    folder.getFileName().toString().length())
                            .thenComparing(Path::getFileName))
                    .toList();
        } catch (IOException | UncheckedIOException _) {
            return List.of();
        }
    }

    /// Runs of one name are called by their whole paths.
    private static List<RunState> named(List<RunState> runs) {
        Map<String, Long> often = runs.stream().collect(Collectors.groupingBy(RunState::name, Collectors.counting()));
        List<RunState> result = new ArrayList<>();
        for (RunState run : runs) {
            boolean isAlone = often.getOrDefault(run.name(), 0L) == 1;
            result.add(isAlone ? run : run.named(run.folder().toString()));
        }
        return result;
    }

    synchronized View view() {
        return view;
    }

    /// Waits until there is another view than one seen.
    ///
    /// @return the newest view, which is the one seen if the time is up; empty if this is closed
    synchronized Optional<View> await(long seen, Duration most) throws InterruptedException {
        waitUntil(System.nanoTime() + most.toNanos(), () -> view.version() == seen);
        return closed ? Optional.empty() : Optional.of(view);
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        try {
            follower.join();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
