/// Tests of networks that need no interpreter.
@NullMarked
package dagrad.models.network;

import org.jspecify.annotations.NullMarked;
