/// The general feedforward network of the lecture: a directed acyclic multigraph of scalar edges, (10) to (13).
///
/// Read in this order: [ScalarNetwork][dagrad.models.network.ScalarNetwork] (the definition as a value),
/// [Activation][dagrad.models.network.Activation] (what a node can compute),
/// [Explain][dagrad.models.network.Explain] (the lecture's algorithm, edge by edge, in plain loops) and
/// [Lowering][dagrad.models.network.Lowering] (the same network as a graph of tensors, which is how it trains).
///
/// The loops and the graph share the definition and nothing else, so each checks the other. May use `graph`,
/// `tensor` and `io`; knows of no plan and no device.
@NullMarked
package dagrad.models.network;

import org.jspecify.annotations.NullMarked;
