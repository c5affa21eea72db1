/// Tests of the dashboard.
@NullMarked
package dagrad.watch;

import org.jspecify.annotations.NullMarked;
