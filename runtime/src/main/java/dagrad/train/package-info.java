/// Training: a model, a recipe and batches become trained parameters.
///
/// Read [Model][dagrad.train.Model] (what is trained), [Initializer][dagrad.train.Initializer] (how parameters begin),
/// [Trainer][dagrad.train.Trainer] (the loop) and [Event][dagrad.train.Event] (what it tells). Listeners to its events
/// are [Progress][dagrad.train.Progress] for a terminal and [Run][dagrad.train.Run] for a folder of results;
/// [Evaluator][dagrad.train.Evaluator] runs what was trained. [Pretrained][dagrad.train.Pretrained] is a model that
/// begins with weights of an earlier training.
///
/// Devices are met only as [Backend][dagrad.backend.Backend] and [Executable][dagrad.backend.Executable]. All packages
/// of the runtime may be used here, and none of them may use this one.
@NullMarked
package dagrad.train;

import org.jspecify.annotations.NullMarked;
