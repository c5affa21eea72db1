package dagrad.watch;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// What is known of a run at one moment.
///
/// @param id names it in addresses
/// @param name names it for people; two runs have different ones
/// @param message a sentence, if something is wrong
/// @param config the text of its configuration: JSON; `{}` if there is none
/// @param changed when its metrics grew last, in milliseconds since 1970; 0 if there are none
/// @param plan when its plan was written, in milliseconds since 1970; 0 if there is none
/// @param launches when the times of its launches were written; 0 if there are none
record RunState(
        String id,
        String name,
        Path folder,
        Phase phase,
        Optional<String> message,
        String config,
        MetricsLog.Contents metrics,
        List<RunFile> files,
        long changed,
        long plan,
        long launches) {
    RunState {
        files = List.copyOf(files);
    }

    /// How far a run is. Nobody but the training itself knows for sure; this goes by its files.
    enum Phase {
        /// Its metrics grew in the last minute.
        TRAINING,
        /// Its metrics have not grown for a minute or more: it is slow, it waits, or it was stopped.
        QUIET,
        /// It wrote its weights.
        FINISHED,
        /// Its folder is not there, or holds no run.
        MISSING
    }

    RunState named(String other) {
        return new RunState(id, other, folder, phase, message, config, metrics, files, changed, plan, launches);
    }

    /// The picture or text of that name, if it is one that was listed.
    Optional<RunFile> file(String wanted) {
        return files.stream().filter(file -> file.name().equals(wanted)).findFirst();
    }
}
