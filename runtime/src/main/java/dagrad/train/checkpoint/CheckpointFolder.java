package dagrad.train.checkpoint;

import dagrad.io.AtomicFile;
import dagrad.io.FileException;
import dagrad.io.FormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The checkpoints of one training: a folder for each, `step-1200`, which appears whole or not at all.
public final class CheckpointFolder {
    /// A checkpoint whose files nobody has looked into yet.
    ///
    /// @param step number of steps done
    public record Entry(long step, Path folder) {}

    private static final Pattern NAME = Pattern.compile("step-(0|[1-9][0-9]{0,17})");

    private final Path folder;

    /// @param folder of the checkpoints; is made when the first one is written
    public CheckpointFolder(Path folder) {
        this.folder = folder;
    }

    public Path path() {
        return folder;
    }

    /// All checkpoints, the newest first.
    ///
    /// @throws FileException if the folder cannot be listed; one that is not there is empty
    public List<Entry> entries() {
        return list().stream()
                .flatMap(path -> entry(path).stream())
                .sorted(Comparator.comparingLong(Entry::step).reversed())
                .toList();
    }

    private static Optional<Entry> entry(Path path) {
        Matcher name = NAME.matcher(path.getFileName().toString());
        return name.matches() && Files.isDirectory(path)
                ? Optional.of(new Entry(Long.parseLong(name.group(1)), path))
                : Optional.empty();
    }

    private List<Path> list() {
        if (!Files.exists(folder)) {
            return List.of();
        }
        try (Stream<Path> inside = Files.list(folder)) {
            return inside.toList();
        } catch (IOException e) {
            throw FileException.reading(folder, e);
        }
    }

    /// The newest checkpoint that is whole.
    ///
    /// @param warnings is told in a sentence of each newer one that is damaged
    /// @throws FileException if a file cannot be read though it is there
    public Optional<State> newest(Consumer<String> warnings) {
        for (Entry entry : entries()) {
            try {
                return Optional.of(read(entry));
            } catch (FormatException e) {
                warnings.accept(
                        "the checkpoint after step " + entry.step() + " is damaged and is left out: " + e.getMessage());
            }
        }
        return Optional.empty();
    }

    /// Reads a checkpoint.
    ///
    /// @throws FormatException naming the file if one is missing, cut off or changed
    /// @throws FileException if a file cannot be read though it is there
    public State read(Entry entry) {
        return CheckpointFiles.read(entry.folder());
    }

    /// Writes a checkpoint, in place of one after the same step if there is one.
    ///
    /// @throws FileException if that fails; nothing is left behind then, and the others are as they were
    public void write(State state) {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw FileException.writing(folder, e);
        }
        AtomicFile.writeFolder(
                folder.resolve("step-" + state.step()), temporary -> CheckpointFiles.write(state, temporary));
    }

    /// Deletes all but the last ones up to a state and that of its best evaluation. Later ones are of a course that was
    /// left when an earlier checkpoint was gone back to. What processes left behind that were killed goes, too.
    ///
    /// @param newest was written
    /// @throws FileException if something cannot be deleted
    public void prune(State newest, int keep) {
        requireKept(keep);
        List<Entry> here = entries();
        List<Entry> upToNow =
                here.stream().filter(entry -> entry.step() <= newest.step()).toList();
        try {
            for (Entry entry : here) {
                int place = upToNow.indexOf(entry);
                boolean isBest = !newest.best().evaluation().isEmpty()
                        && entry.step() == newest.best().step();
                if (place < 0 || place >= keep && !isBest) {
                    AtomicFile.deleteFolder(entry.folder());
                }
            }
            sweep();
        } catch (IOException e) {
            throw FileException.writing(folder, e);
        }
    }

    /// Nobody writes here while this does.
    private void sweep() throws IOException {
        for (Path path : list()) {
            if (AtomicFile.isLeftBehind(path) && Files.isDirectory(path)) {
                AtomicFile.deleteFolder(path);
            }
        }
    }

    static void requireKept(int keep) {
        if (keep < 1) {
            throw new IllegalArgumentException("at least 1 checkpoint must be kept, not " + keep);
        }
    }
}
