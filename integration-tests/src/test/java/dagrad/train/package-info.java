/// Training on the reference, where every number can be followed by hand.
@NullMarked
package dagrad.train;

import org.jspecify.annotations.NullMarked;
