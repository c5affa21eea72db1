/// Step graphs run by the reference, against the update rules written as plain loops.
@NullMarked
package dagrad.optimizer;

import org.jspecify.annotations.NullMarked;
