package dagrad.reference;

import dagrad.graph.Window;
import dagrad.tensor.Shape;
import java.util.List;
import java.util.function.ToIntFunction;

/// Where elements are: for every index of a shape, in row-major order, a place in another tensor. All operations
/// that move elements around differ in nothing but this.
final class Places {
    private Places() {}

    /// @param place from the index of an element (a new array element by element is not promised) to a place
    static int[] of(Shape shape, ToIntFunction<int[]> place) {
        int[] result = new int[Math.toIntExact(shape.size())];
        int[] index = new int[shape.rank()];
        for (int i = 0; i < result.length; i++) {
            int rest = i;
            for (int axis = index.length - 1; axis >= 0; axis--) {
                index[axis] = rest % shape.dim(axis);
                rest /= shape.dim(axis);
            }
            result[i] = place.applyAsInt(index);
        }
        return result;
    }

    /// The row-major place of an index in a shape.
    static int at(Shape shape, int... index) {
        int place = 0;
        for (int axis = 0; axis < index.length; axis++) {
            place = place * shape.dim(axis) + index[axis];
        }
        return place;
    }

    /// The shape with its axes in another order.
    static Shape permuted(Shape shape, List<Integer> order) {
        return new Shape(order.stream().map(shape::dim).toList());
    }

    /// In the operand, for the permuted result.
    static int[] permute(Shape from, List<Integer> order) {
        int[] source = new int[from.rank()];
        return of(permuted(from, order), index -> {
            for (int axis = 0; axis < index.length; axis++) {
                source[order.get(axis)] = index[axis];
            }
            return at(from, source);
        });
    }

    /// In a tensor where some extents are 1, for one where they are larger.
    static int[] broadcast(Shape from, Shape to) {
        int[] source = new int[from.rank()];
        return of(to, index -> {
            for (int axis = 0; axis < index.length; axis++) {
                source[axis] = from.dim(axis) == 1 ? 0 : index[axis];
            }
            return at(from, source);
        });
    }

    /// In the operand, for a result that begins at `from` in it; -1 for what lies outside.
    static int[] shifted(Shape operand, Shape result, List<Integer> from) {
        int[] source = new int[operand.rank()];
        return of(result, index -> {
            for (int axis = 0; axis < index.length; axis++) {
                source[axis] = index[axis] + from.get(axis);
                if (source[axis] < 0 || source[axis] >= operand.dim(axis)) {
                    return -1;
                }
            }
            return at(operand, source);
        });
    }

    /// In the operands' elements one after the other, for their concatenation.
    static int[] concat(List<Shape> operands, Shape result, int axis) {
        return of(result, index -> {
            int[] source = index.clone();
            int before = 0;
            int operand = 0;
            while (source[axis] >= operands.get(operand).dim(axis)) {
                source[axis] -= operands.get(operand).dim(axis);
                before += Math.toIntExact(operands.get(operand).size());
                operand++;
            }
            return before + at(operands.get(operand), source);
        });
    }

    /// In an image [n, c, h, w], for its windows [n, c, kh, kw, oh, ow].
    static int[] windows(Shape image, Shape windows, Window w) {
        return of(windows, i -> at(image, i[0], i[1], i[4] * w.sh() + i[2] * w.dh(), i[5] * w.sw() + i[3] * w.dw()));
    }
}
