package dagrad.cpu;

import dagrad.backend.DeviceException;
import dagrad.plan.Operand;
import dagrad.tensor.DType;

/// Row numbers that a launch reads, as ints: i64 numbers are narrowed into an array of their own.
final class Indices {
    private final int bound;
    private final int count;
    private final int[] ints;
    private final int start;
    private final Elements given;
    private final boolean isConstant;
    private boolean checked;

    /// @param bound how many rows there are
    Indices(Operand operand, Memory memory, int bound, Scratch scratch) {
        this.bound = bound;
        this.count = Math.toIntExact(operand.shape().size());
        this.given = Elements.of(operand, memory);
        this.isConstant = memory.isConstant(operand);
        boolean narrow = operand.dtype() == DType.I32;
        this.ints = narrow ? memory.ints(operand) : isConstant ? scratch.keptIntegers(count) : scratch.integers(count);
        this.start = narrow ? memory.start(operand) : 0;
    }

    int count() {
        return count;
    }

    /// Valid after [#check].
    int[] ints() {
        return ints;
    }

    /// Where in [#ints] the first lies.
    int start() {
        return start;
    }

    /// Whether they are the same in every run.
    boolean isConstant() {
        return isConstant;
    }

    /// Looks at all of them before anything is written; at what never changes, once.
    ///
    /// @throws DeviceException if one lies outside of the rows; it names the index and the bound
    void check() {
        if (isConstant && checked) {
            return;
        }
        if (given.dtype() == DType.I64) {
            for (int i = 0; i < count; i++) {
                long index = given.integer(i);
                ints[i] = index < 0 || index >= bound ? -1 : (int) index;
            }
        }
        int least = 0;
        int greatest = -1;
        for (int i = start; i < start + count; i++) {
            least = Math.min(least, ints[i]);
            greatest = Math.max(greatest, ints[i]);
        }
        if (least < 0 || greatest >= bound) {
            refuse();
        }
        checked = true;
    }

    private void refuse() {
        for (int i = 0; i < count; i++) {
            long index = given.integer(i);
            if (index < 0 || index >= bound) {
                throw new DeviceException("index " + index + " (element " + i + ") is outside of 0.." + (bound - 1)
                        + "; the table has " + bound + " rows");
            }
        }
    }
}
