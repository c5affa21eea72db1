/// Trainings on real data from beginning to end: data, model, recipe, results in a folder, and how to use them later.
///
/// Read [Job][dagrad.models.jobs.Job], then a small one, [NamesJob][dagrad.models.jobs.NamesJob]. What can be chosen
/// about a job is a table of [Hyperparameters][dagrad.models.jobs.Hyperparameters], from which help texts,
/// configurations and their errors follow; [Common][dagrad.models.jobs.Common] has those of every training. All jobs
/// train through [Training][dagrad.models.jobs.Training], and all are listed in [Jobs][dagrad.models.jobs.Jobs].
///
/// Nothing is printed here, and no device is named: a command gives the backend and listens.
@NullMarked
package dagrad.models.jobs;

import org.jspecify.annotations.NullMarked;
