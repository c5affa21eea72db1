package dagrad.graph;

/// One result of one node, by index: cheap to compare and to hash. Meaningful only within the graph it is of.
///
/// @param node the node's position in the graph
/// @param output which of the node's results
public record Value(int node, int output) {
    /// `%7`, or `%7.1` for a result other than the first.
    @Override
    public String toString() {
        return output == 0 ? "%" + node : "%" + node + "." + output;
    }
}
