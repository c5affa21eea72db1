/// Tests of the oracle by hand-computed numbers: it is what everything else is tested with.
@NullMarked
package dagrad.reference;

import org.jspecify.annotations.NullMarked;
