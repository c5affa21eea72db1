/// What precision does to graphs, plans and training.
@NullMarked
package dagrad.precision;

import org.jspecify.annotations.NullMarked;
