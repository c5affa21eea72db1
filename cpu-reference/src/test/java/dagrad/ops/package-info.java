/// The check of devices by the table of operations, against devices that are wrong.
@NullMarked
package dagrad.ops;

import org.jspecify.annotations.NullMarked;
