/// The command line. Commands only read arguments, call the other packages and print.
@NullMarked
package dagrad.cli;

import org.jspecify.annotations.NullMarked;
