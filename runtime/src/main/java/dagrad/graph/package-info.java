/// The graph: what is to be computed.
///
/// Read in this order: [Op][dagrad.graph.Op] (what an operation must say of itself),
/// [Primitive][dagrad.graph.Primitive]
/// and [Composite][dagrad.graph.Composite] (the two kinds), [ScalarFn][dagrad.graph.ScalarFn] (the table of
/// elementwise functions), [Softmax][dagrad.graph.Softmax] (a composite), [Graph][dagrad.graph.Graph] and
/// [GraphBuilder][dagrad.graph.GraphBuilder].
///
/// Two laws hold here. What an operation means lives on the operation: types, gradient, expansion; how a device
/// computes
/// it lives with the device. A composite is its expansion; a kernel or a gradient rule of its own is an optimisation
/// that
/// must agree with it.
///
/// Nothing in here computes anything, and nothing knows of plans or devices.
@NullMarked
package dagrad.graph;

import org.jspecify.annotations.NullMarked;
