package dagrad.models.jobs;

import dagrad.train.Cadence;
import dagrad.train.Trainer;
import java.util.Optional;
import java.util.function.Consumer;

/// How a training is saved and gone on with, where it has a folder.
///
/// @param cadence how often it is saved
/// @param keep how many checkpoints are kept, besides that of the best evaluation
/// @param resumes whether it goes on in a folder where it was interrupted, rather than begin in an empty one
/// @param check what is done instead of training, if anything; nothing is written then
/// @param began is given the trainer before it trains: to stop it when somebody asks for that
public record Keeping(
        Cadence cadence, int keep, boolean resumes, Optional<Check> check, Consumer<? super Trainer> began) {
    private static final int SECONDS = 60;
    private static final int CHECKPOINTS = 3;

    /// Once a minute, three checkpoints, from the beginning.
    public static Keeping standard() {
        return new Keeping(new Cadence.Seconds(SECONDS), CHECKPOINTS, false, Optional.empty(), _ -> {});
    }

    public Keeping every(Cadence time) {
        return new Keeping(time, keep, resumes, check, began);
    }

    public Keeping last(int checkpoints) {
        return new Keeping(cadence, checkpoints, resumes, check, began);
    }

    public Keeping resuming() {
        return new Keeping(cadence, keep, true, check, began);
    }

    public Keeping checking(Check what) {
        return new Keeping(cadence, keep, resumes, Optional.of(what), began);
    }

    public Keeping telling(Consumer<? super Trainer> listener) {
        return new Keeping(cadence, keep, resumes, check, listener);
    }
}
