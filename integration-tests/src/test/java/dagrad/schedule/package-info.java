/// The scheduler's passes and plans against the reference.
@NullMarked
package dagrad.schedule;

import org.jspecify.annotations.NullMarked;
