/// Trainings on real data from beginning to end: data, model, recipe, results in a folder, and how to use them later.
/// [NamesJob][dagrad.models.jobs.NamesJob] invents names, [FashionJob][dagrad.models.jobs.FashionJob] tells clothes
/// apart. A job is a record of all that can be chosen, with defaults that do well.
///
/// Nothing is printed here, and no device is named: a command gives the backend and listens to the events.
@NullMarked
package dagrad.models.jobs;

import org.jspecify.annotations.NullMarked;
