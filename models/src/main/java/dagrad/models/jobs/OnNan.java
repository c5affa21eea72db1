package dagrad.models.jobs;

import dagrad.optimizer.Recipe;

/// What becomes of a step whose loss or gradient is not finite.
enum OnNan {
    /// Training ends there, and says where it comes from.
    STOP(Recipe.Guard.FREEZE),
    /// The step is left out.
    SKIP(Recipe.Guard.SKIP);

    final Recipe.Guard guard;

    OnNan(Recipe.Guard guard) {
        this.guard = guard;
    }
}
