package dagrad.tensor;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/// The extents of a tensor, outermost first. Rank 0 is a scalar; an extent of 0 is allowed and makes the tensor
/// empty.
public record Shape(List<Integer> dims) {
    public static final Shape SCALAR = new Shape(List.of());

    private static final long MOST = (1L << 40) - 1;

    /// @throws IllegalArgumentException if an extent is negative, or there are 2^40 or more elements
    public Shape {
        dims = List.copyOf(dims);
        long size = 1;
        for (int dim : dims) {
            if (dim < 0) {
                throw new IllegalArgumentException("a shape has no negative extents: " + dims);
            }
            if (size > MOST / Math.max(1, dim)) {
                throw new IllegalArgumentException("a shape of 2^40 or more elements: " + dims);
            }
            size *= dim;
        }
    }

    public static Shape of(int... dims) {
        return new Shape(Arrays.stream(dims).boxed().toList());
    }

    public int rank() {
        return dims.size();
    }

    /// The extent of an axis; negative axes count from the end.
    public int dim(int axis) {
        return dims.get(axis < 0 ? axis + rank() : axis);
    }

    /// Number of elements.
    public long size() {
        long size = 1;
        for (int dim : dims) {
            size *= dim;
        }
        return size;
    }

    /// Without an iterator, as each tensor of each batch is compared with what its input wants, and steps make no
    /// garbage.
    @Override
    public boolean equals(Object other) {
        if (!(other instanceof Shape that) || rank() != that.rank()) {
            return false;
        }
        for (int i = 0; i < rank(); i++) {
            if (dim(i) != that.dim(i)) {
                return false;
            }
        }
        return true;
    }

    @Override
    public int hashCode() {
        return dims.hashCode();
    }

    /// Row-major strides, in elements.
    public long[] strides() {
        long[] strides = new long[rank()];
        long stride = 1;
        for (int i = rank() - 1; i >= 0; i--) {
            strides[i] = stride;
            stride *= dims.get(i);
        }
        return strides;
    }

    /// The same shape with one extent replaced.
    public Shape with(int axis, int extent) {
        List<Integer> result = new ArrayList<>(dims);
        result.set(axis < 0 ? axis + rank() : axis, extent);
        return new Shape(result);
    }

    /// The extents from one axis (inclusive) to another (exclusive).
    public Shape sub(int from, int to) {
        return new Shape(dims.subList(from, to));
    }

    /// This shape's extents followed by the other's.
    public Shape concat(Shape other) {
        List<Integer> result = new ArrayList<>(dims);
        result.addAll(other.dims);
        return new Shape(result);
    }

    public int[] toArray() {
        return dims.stream().mapToInt(Integer::intValue).toArray();
    }

    /// `[2,3]`; a scalar is `[]`.
    @Override
    public String toString() {
        return dims.stream().map(String::valueOf).collect(Collectors.joining(",", "[", "]"));
    }
}
