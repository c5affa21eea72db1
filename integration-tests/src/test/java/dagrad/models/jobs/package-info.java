/// Jobs from beginning to end, small.
@NullMarked
package dagrad.models.jobs;

import org.jspecify.annotations.NullMarked;
