/// Models against their formulas, on the reference.
@NullMarked
package dagrad.models;

import org.jspecify.annotations.NullMarked;
