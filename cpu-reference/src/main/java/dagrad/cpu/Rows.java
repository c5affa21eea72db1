package dagrad.cpu;

import dagrad.plan.Layout;
import dagrad.plan.Operand;
import dagrad.tensor.Shape;
import java.util.Arrays;

/// An f32 operand [.., rows, width] as a batch of matrices whose rows may lie anywhere, each row in one piece.
/// Kernels take what they work on into dense scratch memory row by row: the copy costs little where each element is
/// used often, and all that follows is free of strides.
final class Rows {
    private final float[] array;
    private final int[] starts;
    private final int apart;
    private final int rows;
    private final int width;

    Rows(Operand operand, Memory memory) {
        Layout layout = operand.layout();
        Shape shape = operand.shape();
        array = memory.floats(operand);
        rows = shape.dim(-2);
        width = shape.dim(-1);
        apart = Math.toIntExact(layout.stride(-2));
        Shape batch = shape.sub(0, shape.rank() - 2);
        starts = new int[Math.toIntExact(batch.size())];
        for (int i = 0; i < starts.length; i++) {
            long start = memory.start(operand);
            int rest = i;
            for (int axis = batch.rank() - 1; axis >= 0; axis--) {
                start += layout.stride(axis) * (rest % batch.dim(axis));
                rest /= batch.dim(axis);
            }
            starts[i] = Math.toIntExact(start);
        }
    }

    /// Number of matrices.
    int batch() {
        return starts.length;
    }

    int rows() {
        return rows;
    }

    int width() {
        return width;
    }

    /// Copies rows of a matrix to the beginning of an array, one after the other.
    void load(int matrix, int from, int count, float[] to) {
        int start = starts[matrix] + from * apart;
        if (apart == width) {
            System.arraycopy(array, start, to, 0, count * width);
        } else {
            for (int i = 0; i < count; i++) {
                System.arraycopy(array, start + i * apart, to, i * width, width);
            }
        }
    }

    /// Copies the beginning of one row.
    void load(int matrix, int row, int count, float[] to, int at) {
        System.arraycopy(array, starts[matrix] + row * apart, to, at, count);
    }

    /// Copies rows of a matrix from the beginning of an array.
    void store(int matrix, int from, int count, float[] values) {
        int start = starts[matrix] + from * apart;
        if (apart == width) {
            System.arraycopy(values, 0, array, start, count * width);
        } else {
            for (int i = 0; i < count; i++) {
                System.arraycopy(values, i * width, array, start + i * apart, width);
            }
        }
    }

    /// Sets one row: so many elements from an array, zeros after them.
    void store(int matrix, int row, int count, float[] values, int at) {
        int start = starts[matrix] + row * apart;
        System.arraycopy(values, at, array, start, count);
        Arrays.fill(array, start + count, start + width, 0);
    }

    /// Sets a matrix of width 1 at one row.
    void set(int matrix, int row, float value) {
        array[starts[matrix] + row * apart] = value;
    }

    /// The element of a matrix of width 1.
    float get(int matrix, int row) {
        return array[starts[matrix] + row * apart];
    }
}
