package dagrad.cpu;

import dagrad.plan.Layout;
import dagrad.plan.Operand;
import java.util.Arrays;

/// Visits an operand's elements in the row-major order of its layout, whatever that and their type are: the slow way.
final class OperandWalk {
    private final Elements elements;
    private final Layout layout;
    private final int[] index;
    private final long[] strides;
    private long place;

    OperandWalk(Operand operand, Memory memory) {
        this.elements = Elements.of(operand, memory);
        this.layout = operand.layout();
        this.index = new int[layout.shape().rank()];
        this.strides = layout.strides().stream().mapToLong(Long::longValue).toArray();
    }

    /// Goes back to the first element.
    void rewind() {
        Arrays.fill(index, 0);
        place = 0;
    }

    /// Goes on to the next element.
    void advance() {
        for (int axis = index.length - 1; axis >= 0; axis--) {
            place += strides[axis];
            if (++index[axis] < layout.shape().dim(axis)) {
                return;
            }
            place -= strides[axis] * index[axis];
            index[axis] = 0;
        }
    }

    private boolean onSlot() {
        for (int axis = 0; axis < index.length; axis++) {
            Layout.Range range = layout.valid().get(axis);
            if (index[axis] < range.from() || index[axis] >= range.to()) {
                return false;
            }
        }
        return true;
    }

    double real() {
        return onSlot() ? elements.real((int) place) : elements.dtype().round(layout.fill());
    }

    long integer() {
        return onSlot()
                ? elements.integer((int) place)
                : (long) elements.dtype().round(layout.fill());
    }

    /// Stores a number rounded to the type.
    void put(double value) {
        elements.set((int) place, value);
    }

    void put(long value) {
        elements.set((int) place, value);
    }
}
