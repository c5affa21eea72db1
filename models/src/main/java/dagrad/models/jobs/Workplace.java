package dagrad.models.jobs;

import dagrad.backend.Backend;
import dagrad.train.Event;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;

/// Where a job works and to whom it speaks.
///
/// @param out the folder for what comes of it; must be empty or not there yet. Without one nothing is kept
/// @param progress is told each event of the training
/// @param say is given results, a line or more of text each time
/// @param remark is given what is no result: that a file is being downloaded
/// @param keeping how trainings are saved
public record Workplace(
        Backend device,
        Optional<Path> out,
        Consumer<? super Event> progress,
        Consumer<? super String> say,
        Consumer<? super String> remark,
        Keeping keeping) {
    /// Saves as [Keeping#standard] says.
    public Workplace(
            Backend device,
            Optional<Path> out,
            Consumer<? super Event> progress,
            Consumer<? super String> say,
            Consumer<? super String> remark) {
        this(device, out, progress, say, remark, Keeping.standard());
    }

    /// A place that keeps nothing and says nothing.
    public static Workplace silent(Backend device) {
        return new Workplace(device, Optional.empty(), _ -> {}, _ -> {}, _ -> {});
    }

    /// The same with a folder.
    public Workplace in(Path folder) {
        return new Workplace(device, Optional.of(folder), progress, say, remark, keeping);
    }

    /// The same, with results said to another.
    public Workplace saying(Consumer<? super String> listener) {
        return new Workplace(device, out, progress, listener, remark, keeping);
    }

    /// The same, with trainings saved in another way.
    public Workplace keeping(Keeping way) {
        return new Workplace(device, out, progress, say, remark, way);
    }
}
