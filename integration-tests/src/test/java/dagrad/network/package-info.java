/// The lecture's network: its graph of tensors against the lecture's algorithm in plain loops.
@NullMarked
package dagrad.network;

import org.jspecify.annotations.NullMarked;
