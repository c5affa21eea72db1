package dagrad.train;

import dagrad.backend.Backend;
import dagrad.optimizer.Recipe;
import dagrad.plan.Plan;
import dagrad.plan.Roofline;
import dagrad.precision.Precision;
import dagrad.tensor.HostTensor;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.IntStream;

/// How a step is cut to fit a device: into runs over smaller batches whose gradients are averaged, computing again what
/// cannot be kept. Of all ways that fit, the one with the shortest predicted time.
///
/// @param batch examples of a run; times `accumulation` as many as the step had
/// @param memory the budget within which something is computed again; empty if all is kept
/// @param seconds of a step at best ([Roofline]); where nothing is known of the device, only good for comparing
public record Fit(int batch, int accumulation, OptionalLong memory, double seconds) {
    /// @param recipe its accumulation times the settings' batch is what a step sees
    /// @param validation batches of an evaluation, for which memory is left; none for no evaluations
    /// @param saved whether checkpoints and weights are written
    /// @throws TrainingException if not even a batch of one example fits
    public static Fit of(
            Backend backend,
            Model model,
            Recipe recipe,
            Settings settings,
            Iterable<Map<String, HostTensor>> validation,
            boolean saved) {
        int examples = Math.multiplyExact(settings.batch(), recipe.accumulation());
        Needs others = Needs.besides(backend, model, recipe, settings, validation, saved);
        long free = backend.memory();
        if (others.device() >= free) {
            throw others.refusal(backend, free);
        }
        long limit = Math.min(free - others.device(), settings.memory().orElse(Long.MAX_VALUE));
        Optional<Fit> best = Optional.empty();
        for (int batch : divisors(examples)) {
            Recipe cut = recipe.accumulating(examples / batch);
            Room room = new Room(backend, model, cut, settings.batched(batch).within(limit));
            Plan whole = room.whole(batch);
            boolean keepsAll = room.fits(whole);
            Plan plan = keepsAll ? whole : room.within(whole);
            double seconds = cut.accumulation() * seconds(plan, backend, cut);
            boolean better = best.isEmpty() || seconds < best.get().seconds;
            if (better && (keepsAll || room.fits(plan))) {
                OptionalLong memory = keepsAll ? OptionalLong.empty() : OptionalLong.of(limit);
                best = Optional.of(new Fit(batch, cut.accumulation(), memory, seconds));
            } else if (keepsAll) {
                break; // smaller batches only take longer
            }
        }
        return best.orElseThrow(() -> refused(
                backend,
                model,
                recipe.accumulating(examples),
                settings.batched(1).within(limit)));
    }

    /// The largest first.
    private static int[] divisors(int number) {
        return IntStream.rangeClosed(1, number)
                .filter(each -> number % each == 0)
                .map(each -> number / each)
                .toArray();
    }

    private static TrainingException refused(Backend backend, Model model, Recipe recipe, Settings settings) {
        try {
            new Room(backend, model, recipe, settings).plan();
        } catch (TrainingException e) {
            return e;
        }
        throw new IllegalStateException("a batch of one example fits, and was not found");
    }

    /// Of one run.
    private static double seconds(Plan plan, Backend backend, Recipe recipe) {
        return Roofline.of(
                        plan,
                        Collections.nCopies(plan.launches().size(), 1),
                        backend.card(),
                        recipe.precision() == Precision.TF32)
                .all()
                .total();
    }

    /// The recipe of the runs.
    public Recipe of(Recipe recipe) {
        return recipe.accumulating(accumulation);
    }

    /// The settings of the runs.
    public Settings of(Settings settings) {
        Settings cut = settings.batched(batch);
        return memory.isPresent() ? cut.within(memory.getAsLong()) : cut;
    }
}
