/// The reverse pass: from a graph with a scalar loss to the same graph with the loss's gradients in it. The rules
/// themselves
/// live on the operations; in here is the walk.
///
/// May use `graph` and `tensor`; nothing is computed here.
@NullMarked
package dagrad.gradient;

import org.jspecify.annotations.NullMarked;
