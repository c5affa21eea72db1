package dagrad.watch;

import dagrad.io.FileException;
import dagrad.io.FormatException;
import dagrad.io.Json;
import dagrad.train.Run;
import dagrad.watch.RunState.Phase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/// The folder of a run that is being watched. Not safe for several threads.
final class RunFolder {
    private static final long LONGEST_CONFIG = 1 << 20;
    private static final long QUIET_MILLIS = 60_000;
    private static final String NOTHING = "{}";

    private final String id;
    private final Path folder;
    private final InstantSource clock;
    private final MetricsLog log;

    RunFolder(String id, Path folder, InstantSource clock) {
        this.id = id;
        this.folder = folder;
        this.clock = clock;
        this.log = new MetricsLog(folder.resolve(Run.METRICS));
    }

    /// Whether a folder holds a run.
    static boolean isRun(Path folder) {
        return Files.isRegularFile(folder.resolve(Run.CONFIG));
    }

    /// Looks at it again.
    RunState poll() {
        MetricsLog.Contents metrics = log.poll();
        if (!Files.isDirectory(folder)) {
            return state(Phase.MISSING, "the folder " + folder + " is not there any more", NOTHING, metrics);
        }
        if (!isRun(folder)) {
            return state(Phase.MISSING, "the folder " + folder + " has no " + Run.CONFIG, NOTHING, metrics);
        }
        try {
            String config = Json.text(folder.resolve(Run.CONFIG), LONGEST_CONFIG);
            if (!Json.parse(config, Run.CONFIG).isObject()) {
                throw new FormatException(Run.CONFIG + ": it is no JSON object");
            }
            return state(phase(), metrics.problem().orElse(""), config, metrics);
        } catch (FormatException | FileException e) {
            return state(phase(), e.getMessage(), NOTHING, metrics);
        }
    }

    private RunState state(Phase phase, String message, String config, MetricsLog.Contents metrics) {
        List<RunFile> files = phase == Phase.MISSING ? List.of() : RunFile.in(folder);
        return new RunState(
                id,
                folder.getFileName() == null
                        ? folder.toString()
                        : folder.getFileName().toString(),
                folder,
                phase,
                Optional.of(message).filter(text -> !text.isEmpty()),
                config,
                metrics,
                files,
                changed(Run.METRICS),
                changed(Run.PLAN),
                changed(Run.LAUNCHES));
    }

    private Phase phase() {
        long grew = changed(Run.METRICS);
        if (Files.exists(folder.resolve(Run.WEIGHTS)) && changed(Run.WEIGHTS) >= grew) {
            return Phase.FINISHED;
        }
        return clock.millis() - grew < QUIET_MILLIS ? Phase.TRAINING : Phase.QUIET;
    }

    private long changed(String file) {
        try {
            return Files.getLastModifiedTime(folder.resolve(file)).toMillis();
        } catch (IOException _) {
            return 0;
        }
    }
}
