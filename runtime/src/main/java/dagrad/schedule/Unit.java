package dagrad.schedule;

import dagrad.graph.Node;
import dagrad.graph.Value;
import java.util.List;

/// What becomes one launch (a [Join]: as many as have parts to copy): which stored values it reads and which it
/// writes.
sealed interface Unit {
    List<Views.Read> reads();

    List<Value> writes();

    /// Elementwise code for one or several stored values.
    record Elementwise(Expression code, List<Value> writes) implements Unit {
        @Override
        public List<Views.Read> reads() {
            return code.reads();
        }
    }

    /// A reduction with the elementwise code before it.
    record Reduction(Expression code, Node node) implements Unit {
        @Override
        public List<Views.Read> reads() {
            return code.reads();
        }

        @Override
        public List<Value> writes() {
            return List.of(node.out(0));
        }
    }

    /// Code over rows with reductions in it: see [dagrad.plan.Launch.Rows].
    ///
    /// @param split the axis of the domain at which rows begin
    record Rows(Expression code, int split, List<Value> writes) implements Unit {
        @Override
        public List<Views.Read> reads() {
            return code.reads();
        }
    }

    /// A matrix product, or an operation with a kernel of its own.
    ///
    /// @param results where each of the node's results goes
    record Single(Node node, List<Views.Read> reads, List<Views.Read> results) implements Unit {
        @Override
        public List<Value> writes() {
            return results.stream().map(Views.Read::base).toList();
        }
    }

    /// A concatenation: nothing to do for the parts that are computed in their place.
    record Join(Node node, int axis, List<Views.Read> reads) implements Unit {
        Value result() {
            return node.out(0);
        }

        @Override
        public List<Value> writes() {
            return List.of(result());
        }
    }

    /// A unit that has become part of another.
    record Merged() implements Unit {
        @Override
        public List<Views.Read> reads() {
            return List.of();
        }

        @Override
        public List<Value> writes() {
            return List.of();
        }
    }

    /// Position in the order of the graph.
    default int position() {
        return writes().stream().mapToInt(Value::node).max().orElseThrow();
    }
}
