/// Tests of the readers of data sets and of batches.
@NullMarked
package dagrad.data;

import org.jspecify.annotations.NullMarked;
