/// Random small graphs, for properties that every graph must have: [RandomGraphs][dagrad.random.RandomGraphs] makes
/// them, jqwik shrinks those that fail.
@NullMarked
package dagrad.random;

import org.jspecify.annotations.NullMarked;
