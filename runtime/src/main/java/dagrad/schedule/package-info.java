/// From a graph to a plan. The passes in the order in which [Scheduler][dagrad.schedule.Scheduler] runs them:
///
/// 1. [Expand][dagrad.schedule.Expand]: composites that the device does not claim become their expansion;
/// 2. [CastInputs][dagrad.schedule.CastInputs]: casts of the parts of an input become one of the whole;
/// 3. [Simplify][dagrad.schedule.Simplify]: constants are folded, views merged, units of arithmetic removed; equal
///    nodes become one and dead ones go, here and in every pass, because a pass rebuilds the graph from its results;
/// 4. [Fusion][dagrad.schedule.Fusion]: which values are stored, and which nodes are computed in one launch;
/// 5. [Placement][dagrad.schedule.Placement]: in which buffer each stored value lies (concatenations and updates in
/// place);
/// 6. [Arena][dagrad.schedule.Arena]: where in the arena each buffer lies;
/// 7. [SideBySide][dagrad.schedule.SideBySide]: which updates start together, where the device has code for it.
///
/// The first three are graph to graph, and the graph is verified after each.
@NullMarked
package dagrad.schedule;

import org.jspecify.annotations.NullMarked;
