/// Checkpoints: all that a training has to remember to go on as if nothing had happened, in files that are there whole
/// or not at all.
///
/// Read [State][dagrad.train.checkpoint.State] (what is remembered), [Identity][dagrad.train.checkpoint.Identity]
/// (which training it belongs to), [CheckpointFolder][dagrad.train.checkpoint.CheckpointFolder] (the files, described
/// in docs/checkpoints.md) and [Saver][dagrad.train.checkpoint.Saver] (writes them beside the training).
///
/// Nothing in here runs or knows a device; the trainer takes states and puts them back.
@NullMarked
package dagrad.train.checkpoint;

import org.jspecify.annotations.NullMarked;
