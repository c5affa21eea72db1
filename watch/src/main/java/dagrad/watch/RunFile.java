package dagrad.watch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// A picture or text that a job left in its run's folder.
///
/// @param name of the file; it lies in the folder itself
/// @param changed when, in milliseconds since 1970
record RunFile(String name, Kind kind, long bytes, long changed) {
    /// What a browser is told that a file is.
    enum Kind {
        PICTURE(".png", "image/png", 64L << 20),
        TEXT(".txt", "text/plain;charset=utf-8", 1L << 20);

        private final String ending;
        private final String type;
        private final long mostBytes;

        Kind(String ending, String type, long mostBytes) {
            this.ending = ending;
            this.type = type;
            this.mostBytes = mostBytes;
        }

        String type() {
            return type;
        }

        long mostBytes() {
            return mostBytes;
        }
    }

    /// Those of a folder, by name. Links are none of it, so that nothing outside of the folder is shown, and neither are
    /// files larger than a browser should be given.
    static List<RunFile> in(Path folder) {
        List<RunFile> result = new ArrayList<>();
        try (Stream<Path> files = Files.list(folder)) {
            files.forEach(file -> of(file).ifPresent(result::add));
        } catch (IOException | java.io.UncheckedIOException _) {
            return List.of(); // the folder's own state tells why
        }
        result.sort(Comparator.comparing(RunFile::name));
        return List.copyOf(result);
    }

    private static Optional<RunFile> of(Path file) {
        String name = file.getFileName().toString();
        for (Kind kind : Kind.values()) {
            if (name.endsWith(kind.ending)) {
                return of(file, name, kind);
            }
        }
        return Optional.empty();
    }

    private static Optional<RunFile> of(Path file, String name, Kind kind) {
        try {
            BasicFileAttributes found =
                    Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            return found.isRegularFile() && found.size() <= kind.mostBytes
                    ? Optional.of(new RunFile(
                            name, kind, found.size(), found.lastModifiedTime().toMillis()))
                    : Optional.empty();
        } catch (IOException _) {
            return Optional.empty(); // gone since it was listed
        }
    }
}
