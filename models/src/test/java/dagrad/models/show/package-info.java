/// Tests of the pictures: what is drawn where, not how it looks.
@NullMarked
package dagrad.models.show;

import org.jspecify.annotations.NullMarked;
