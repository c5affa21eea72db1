package dagrad.models.jobs;

import dagrad.optimizer.Lora;
import dagrad.optimizer.Optimizer;
import dagrad.optimizer.Recipe;
import dagrad.optimizer.Schedule;
import dagrad.plan.ByteCount;
import dagrad.precision.Precision;
import dagrad.train.Fit;
import dagrad.train.Settings;
import java.nio.file.Path;
import java.util.Optional;

/// The hyperparameters that every training has, and what follows from them.
///
/// - `data`: where to look for the data; `weights`: what to begin with; `lora`: adapters to be trained alone ([Lora]);
/// - `steps`, or `epochs` if that is 0; `batch`: examples of one run; `accumulation`: runs of one step;
/// - `learning_rate`: the highest; it rises over the share `warm_up` of the steps and falls along a cosine to the share
///   `final_rate` of the highest;
/// - `weight_decay`, `beta1`, `beta2`: λ, β1 and β2 of AdamW; `clip_norm`: longest gradient, 0 for any;
/// - `evaluations`: how often the validation data is looked at on the way; `patience`: how many of them in a row may be
///   no better, 0 for any number; `validation`: share of the training examples that validates, where the data has no
///   part of its own for that;
/// - `memory_budget`: bytes of a step on the device; `fit`: whether the device decides how a step is cut ([Fit]);
/// - `seed`: of everything random; `precision`; `on_nan`: whether a step that is not finite ends the training.
public record Common(Hyperparameters chosen) {
    /// The defaults that differ most from job to job; [Hyperparameters#standing] changes others.
    ///
    /// @param steps 0 if `epochs` counts
    public static Hyperparameters declared(long steps, double epochs, int batch, double rate) {
        return Hyperparameters.of(
                Hyperparameter.text("data", "", "where the data is; by default the usual places"),
                Hyperparameter.text("weights", "", "safetensors file of an earlier run to begin with"),
                Hyperparameter.text(
                        "lora", "", "rank=8[,alpha=16][,targets=qkv+up]: train adapters of the weights alone"),
                Hyperparameter.whole("steps", steps, 0, "how often the parameters change; 0: as the epochs say"),
                Hyperparameter.positive("epochs", epochs, "times through the training data, unless steps are given"),
                Hyperparameter.whole("batch", batch, 1, "examples of a run"),
                Hyperparameter.whole("accumulation", 1, 1, "runs over which a step averages the gradient"),
                Hyperparameter.positive("learning_rate", rate, "the highest"),
                Hyperparameter.fraction("warm_up", 0.05, "share of the steps in which the rate rises"),
                Hyperparameter.fraction("final_rate", 0.01, "share of the highest rate that is left in the end"),
                Hyperparameter.notNegative("weight_decay", 0.05, "λ of AdamW"),
                Hyperparameter.fraction("beta1", 0.9, "of AdamW"),
                Hyperparameter.fraction("beta2", 0.999, "of AdamW"),
                Hyperparameter.notNegative("clip_norm", 0, "longer gradients are scaled down to it; 0: none are"),
                Hyperparameter.fraction("validation", 0.1, "share of the training data that validates"),
                Hyperparameter.whole("evaluations", 20, 1, "how often the validation data is looked at"),
                Hyperparameter.whole("patience", 0, 0, "stop after so many evaluations without progress; 0: never"),
                Hyperparameter.whole("seed", 1, Long.MIN_VALUE, Long.MAX_VALUE, "of everything random"),
                Hyperparameter.oneOf("precision", Precision.F32, "f32, tf32 or bf16"),
                Hyperparameter.bytes(
                        "memory_budget", "what a step may take, such as 6GB: what does not fit is computed again"),
                Hyperparameter.flag(
                        "fit", false, "whether batch and accumulation are chosen so that a step fits the device"),
                Hyperparameter.oneOf("on_nan", OnNan.STOP, "stop at a loss that is not finite, or skip the step"));
    }

    /// Where the data is, if that was said.
    public Optional<Path> data() {
        return Optional.of(chosen.text("data")).filter(text -> !text.isBlank()).map(Path::of);
    }

    /// The file with the weights to begin with, if that was said.
    public Optional<Path> weights() {
        return Optional.of(chosen.text("weights"))
                .filter(text -> !text.isBlank())
                .map(Path::of);
    }

    /// The adapters that are trained alone, if that was said.
    ///
    /// @throws IllegalArgumentException if they are described in another way, or there are no weights to adapt
    public Optional<Lora> lora() {
        Optional<Lora> lora =
                Optional.of(chosen.text("lora")).filter(text -> !text.isBlank()).map(Lora::parse);
        if (lora.isPresent() && weights().isEmpty()) {
            throw new IllegalArgumentException(
                    "adapters are added to weights that are there already: name them, too," + " by --weights FILE");
        }
        return lora;
    }

    public int batch() {
        return chosen.integer("batch");
    }

    public long seed() {
        return chosen.whole("seed");
    }

    public double validation() {
        return chosen.number("validation");
    }

    public Precision precision() {
        return chosen.oneOf("precision", Precision.class);
    }

    /// How often the parameters change.
    ///
    /// @param examples in the training data
    public long steps(long examples) {
        long steps = chosen.whole("steps");
        long batches = examples / batch() / chosen.integer("accumulation");
        return steps > 0 ? steps : Math.max(1, Math.round(chosen.number("epochs") * batches));
    }

    /// AdamW along the schedule.
    public Recipe recipe(long steps) {
        int warmUp = Math.toIntExact(Math.round(steps * chosen.number("warm_up")));
        double rate = chosen.number("learning_rate");
        double last = rate * chosen.number("final_rate");
        Schedule schedule =
                new Schedule.Cosine(rate, last, Math.max(1, Math.toIntExact(steps - warmUp))).warmedUp(warmUp);
        Optimizer adamW = new Optimizer.AdamW(
                chosen.number("beta1"), chosen.number("beta2"), 1e-8, chosen.number("weight_decay"));
        Recipe recipe = Recipe.of(adamW, schedule)
                .accumulating(chosen.integer("accumulation"))
                .guarded(chosen.oneOf("on_nan", OnNan.class).guard)
                .in(precision());
        double norm = chosen.number("clip_norm");
        return norm > 0 ? recipe.clipped(norm) : recipe;
    }

    /// Whether the device decides how a step is cut into runs.
    boolean fits() {
        return chosen.flag("fit");
    }

    /// The hyperparameters of a training that was cut so.
    Hyperparameters with(Fit fit) {
        Hyperparameters cut =
                chosen.with("fit", "false").with("batch", fit.batch()).with("accumulation", fit.accumulation());
        return fit.memory().isPresent()
                ? cut.with("memory_budget", String.valueOf(fit.memory().getAsLong()))
                : cut;
    }

    public Settings settings(long steps) {
        String budget = chosen.text("memory_budget");
        Settings settings = Settings.of(batch(), steps)
                .evaluatedEvery(Math.max(1, steps / chosen.whole("evaluations")))
                .stoppedAfter(chosen.integer("patience"))
                .seeded(seed());
        return budget.isBlank() ? settings : settings.within(ByteCount.parse(budget));
    }
}
