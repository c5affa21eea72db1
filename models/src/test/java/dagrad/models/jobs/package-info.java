/// Tests of what jobs have in common.
@NullMarked
package dagrad.models.jobs;

import org.jspecify.annotations.NullMarked;
