package dagrad.cli;

import dagrad.io.FileException;
import dagrad.models.jobs.Jobs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.stream.Stream;

/// The folders that runs get where none is named: `runs/clip-1`, `runs/clip-2`, …, in the working directory.
final class RunFolders {
    private static final Path ALL = Path.of("runs");

    private RunFolders() {}

    /// The next one of a job; not there yet.
    static Path next(String job) {
        return ALL.resolve(job + "-" + (last(job).orElse(0) + 1));
    }

    /// The folder that an operand means: that path, or for the name of a job its last run here.
    ///
    /// @throws CliException if the job has no run here
    static Path named(String text) {
        Path folder = Path.of(text);
        if (!Jobs.names().contains(text) || Files.isDirectory(folder)) {
            return folder;
        }
        return ALL.resolve(text + "-"
                + last(text)
                        .orElseThrow(() -> new CliException("there is no run of " + text + " in the folder " + ALL
                                + "; train one with dagrad train " + text + ", or name a run's folder")));
    }

    private static OptionalInt last(String job) {
        if (!Files.isDirectory(ALL)) {
            return OptionalInt.empty();
        }
        try (Stream<Path> inside = Files.list(ALL)) {
            return inside.map(folder -> folder.getFileName().toString())
                    .filter(name -> name.matches(job + "-[0-9]{1,9}"))
                    .mapToInt(name -> Integer.parseInt(name.substring(job.length() + 1)))
                    .max();
        } catch (IOException e) {
            throw FileException.reading(ALL, e);
        }
    }
}
