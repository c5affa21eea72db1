/// What a recording of the JDK's Flight Recorder tells of a training: steps, launches, plans that are loaded, kernels
/// that are compiled, checkpoints. Nothing is spent on them while nothing is recorded.
///
/// Events alone, which know no other package; whoever does what they tell of makes them.
@NullMarked
package dagrad.flight;

import org.jspecify.annotations.NullMarked;
