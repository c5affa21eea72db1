/// Tests of the dashboard in a browser, on runs that the jobs left behind.
@NullMarked
package dagrad.watch;

import org.jspecify.annotations.NullMarked;
