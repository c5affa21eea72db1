package dagrad.plan;

import dagrad.graph.Composite;
import dagrad.graph.Op;
import dagrad.tensor.TensorSpec;
import java.util.List;

/// What a device can do beyond the primitives; the scheduler asks.
public interface Capabilities {
    /// Whether the device has a kernel for that composite on operands of those specs. If not, its expansion is
    /// scheduled.
    boolean claims(Composite op, List<TensorSpec> in);

    /// Whether the kernel of an operation takes the operand with any strides but the last, which is 1; otherwise it
    /// gets a
    /// dense one.
    boolean strided(Op op, int operand);

    /// Whether the kernel of an operation writes the result with any strides but the last, which is 1; otherwise it
    /// writes a dense one.
    default boolean writesStrided(Op op, int result) {
        return false;
    }

    /// Whether the kernel of an operation may write a result where it reads an operand of the same type and layout.
    default boolean overwrites(Op op, int operand, int result) {
        return false;
    }

    /// Whether each buffer must begin where a block begins, and a block holds one element type: so that a device
    /// whose memory is typed arrays can give every block one. Otherwise the arena is one stretch of bytes.
    default boolean blocks() {
        return false;
    }

    /// The most elements of a row that a [Launch.Rows] may look at again after it has reduced them; 0 if the device has
    /// no code for such launches.
    default int longestRow() {
        return 0;
    }

    /// Whether the device has code for [Launch.Updates].
    default boolean sideBySide() {
        return false;
    }

    /// Whether an expensive function (exp, tanh, …) is sooner computed again than its value read.
    default boolean repeatsFunctions() {
        return false;
    }

    /// Primitives only, all dense.
    Capabilities PRIMITIVES = new Capabilities() {
        @Override
        public boolean claims(Composite op, List<TensorSpec> in) {
            return false;
        }

        @Override
        public boolean strided(Op op, int operand) {
            return false;
        }
    };

    /// Every composite has a kernel: the shortest plans, for looking at and for tests.
    Capabilities COMPOSITES = new Capabilities() {
        @Override
        public boolean claims(Composite op, List<TensorSpec> in) {
            return true;
        }

        @Override
        public boolean strided(Op op, int operand) {
            return false;
        }
    };
}
