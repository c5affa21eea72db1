/// The float64 oracle: what a graph means, computed as plainly as possible.
///
/// [GraphInterpreter][dagrad.reference.GraphInterpreter] evaluates a graph node by node. It knows the primitives and
/// nothing else; a composite is evaluated by its expansion. Every fast path is compared with it, so nothing in here
/// may be shared with one: no scheduling, no libraries, no cleverness. Loops are plain, sums run in ascending order,
/// and speed does not count.
@NullMarked
package dagrad.reference;

import org.jspecify.annotations.NullMarked;
