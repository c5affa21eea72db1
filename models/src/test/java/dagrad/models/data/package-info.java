/// Tests of the data of the shipped jobs.
@NullMarked
package dagrad.models.data;

import org.jspecify.annotations.NullMarked;
