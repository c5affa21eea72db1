package dagrad.models.jobs;

import dagrad.train.Cadence;
import dagrad.train.Trainer;
import java.util.function.Consumer;

/// How a training is saved and gone on with, where it has a folder.
///
/// @param cadence how often it is saved
/// @param keep how many checkpoints are kept, besides that of the best evaluation
/// @param resumes whether it goes on in a folder where it was interrupted, rather than begin in an empty one
/// @param began is given the trainer before it trains: to stop it when somebody asks for that
public record Keeping(Cadence cadence, int keep, boolean resumes, Consumer<? super Trainer> began) {
    private static final int SECONDS = 60;
    private static final int CHECKPOINTS = 3;

    /// Once a minute, three checkpoints, from the beginning.
    public static Keeping standard() {
        return new Keeping(new Cadence.Seconds(SECONDS), CHECKPOINTS, false, _ -> {});
    }

    public Keeping every(Cadence time) {
        return new Keeping(time, keep, resumes, began);
    }

    public Keeping last(int checkpoints) {
        return new Keeping(cadence, checkpoints, resumes, began);
    }

    public Keeping resuming() {
        return new Keeping(cadence, keep, true, began);
    }

    public Keeping telling(Consumer<? super Trainer> listener) {
        return new Keeping(cadence, keep, resumes, listener);
    }
}
