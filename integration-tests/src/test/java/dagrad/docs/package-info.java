/// The code that the documents show, so that it compiles and runs.
@NullMarked
package dagrad.docs;

import org.jspecify.annotations.NullMarked;
