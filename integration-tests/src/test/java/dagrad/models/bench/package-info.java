/// Tests of what measures.
@NullMarked
package dagrad.models.bench;

import org.jspecify.annotations.NullMarked;
