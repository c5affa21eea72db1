package dagrad.cpu;

import dagrad.plan.Layout;
import dagrad.plan.Operand;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Copies between an operand and a tile: the elements `from` to `from + n` of the operand's domain, counted in
/// row-major order, are the tile's elements 0 to n. Runs of adjacent elements are copied at once, repeated ones filled.
///
/// Axes that are walked as one are merged first, so that most operands have one or two.
final class TileWalk {
    private final Object array;
    private final int start;
    private final float fill;
    private final int[] dims;
    private final long[] strides;
    private final int[] low;
    private final int[] high;

    TileWalk(Operand operand, Memory memory) {
        this.array = memory.array(operand.slot());
        this.start = memory.start(operand);
        this.fill = (float) operand.layout().fill();
        List<int[]> axes = new ArrayList<>();
        List<Long> steps = new ArrayList<>();
        Layout layout = operand.layout();
        for (int i = 0; i < layout.shape().rank(); i++) {
            int dim = layout.shape().dim(i);
            Layout.Range range = layout.valid().get(i);
            boolean whole = range.from() == 0 && range.to() == dim;
            if (dim == 1 && whole) {
                continue;
            }
            int last = axes.size() - 1;
            boolean mergeable = last >= 0
                    && whole
                    && axes.get(last)[1] == 0
                    && axes.get(last)[2] == axes.get(last)[0]
                    && steps.get(last) == layout.stride(i) * dim;
            if (mergeable) {
                int merged = axes.get(last)[0] * dim;
                axes.set(last, new int[] {merged, 0, merged});
                steps.set(last, layout.stride(i));
            } else {
                axes.add(new int[] {dim, range.from(), range.to()});
                steps.add(layout.stride(i));
            }
        }
        if (axes.isEmpty()) {
            axes.add(new int[] {1, 0, 1});
            steps.add(0L);
        }
        this.dims = axes.stream().mapToInt(a -> a[0]).toArray();
        this.low = axes.stream().mapToInt(a -> a[1]).toArray();
        this.high = axes.stream().mapToInt(a -> a[2]).toArray();
        this.strides = steps.stream().mapToLong(Long::longValue).toArray();
    }

    /// Whether element `i` of the domain is element `i` of the array: no tile is needed then.
    boolean isArrayItself() {
        return dims.length == 1 && strides[0] == 1 && start == 0 && low[0] == 0 && high[0] == dims[0];
    }

    Object array() {
        return array;
    }

    /// Whether both walk over the same array, not over an equal one.
    @SuppressWarnings("ReferenceEquality")
    boolean sharesArray(TileWalk other) {
        return array == other.array;
    }

    /// Whether the operand is one float, or one repeated.
    boolean isFloatScalar() {
        return array instanceof float[] && dims.length == 1 && strides[0] == 0 && low[0] == 0 && high[0] == dims[0];
    }

    float scalar() {
        return ((float[]) array)[start];
    }

    void load(Object tile, long from, int n) {
        walk(tile, from, n, true);
    }

    void store(Object tile, long from, int n) {
        walk(tile, from, n, false);
    }

    private void walk(Object tile, long from, int n, boolean loading) {
        int inner = dims.length - 1;
        int length = dims[inner];
        long row = from / length;
        int column = (int) (from % length);
        for (int done = 0; done < n; ) {
            int run = Math.min(length - column, n - done);
            long place = start;
            boolean inside = true;
            long rest = row;
            for (int axis = inner - 1; axis >= 0; axis--) {
                int index = (int) (rest % dims[axis]);
                rest /= dims[axis];
                inside &= index >= low[axis] && index < high[axis];
                place += index * strides[axis];
            }
            if (loading) {
                loadRun(tile, done, run, place, column, inside);
            } else {
                storeRun(tile, done, run, (int) (place + column * strides[inner]));
            }
            done += run;
            column = 0;
            row++;
        }
    }

    /// A run of the innermost axis, with the fill where it lies outside.
    private void loadRun(Object tile, int at, int run, long place, int column, boolean inside) {
        int inner = dims.length - 1;
        int first = inside ? Math.clamp(low[inner] - column, 0, run) : run;
        int last = inside ? Math.clamp(high[inner] - column, first, run) : run;
        fillWithMargin(tile, at, at + first);
        fillWithMargin(tile, at + last, at + run);
        if (first < last) {
            int from = (int) (place + (column + first) * strides[inner]);
            switch (tile) {
                case float[] t -> load(t, at + first, (float[]) array, from, last - first);
                case int[] t -> load(t, at + first, (int[]) array, from, last - first);
                case Object other -> throw new IllegalStateException("no tile: " + other);
            }
        }
    }

    private void fillWithMargin(Object tile, int from, int to) {
        if (from < to) {
            switch (tile) {
                case float[] t -> Arrays.fill(t, from, to, fill);
                case int[] t -> Arrays.fill(t, from, to, (int) fill);
                case Object other -> throw new IllegalStateException("no tile: " + other);
            }
        }
    }

    private void load(float[] tile, int at, float[] source, int from, int n) {
        int stride = (int) strides[dims.length - 1];
        if (stride == 1) {
            System.arraycopy(source, from, tile, at, n);
        } else if (stride == 0) {
            Arrays.fill(tile, at, at + n, source[from]);
        } else {
            for (int i = 0; i < n; i++) {
                tile[at + i] = source[from + i * stride];
            }
        }
    }

    private void load(int[] tile, int at, int[] source, int from, int n) {
        int stride = (int) strides[dims.length - 1];
        for (int i = 0; i < n; i++) {
            tile[at + i] = source[from + i * stride];
        }
    }

    private void storeRun(Object tile, int at, int run, int to) {
        int stride = (int) strides[dims.length - 1];
        switch (tile) {
            case float[] t when stride == 1 -> System.arraycopy(t, at, array, to, run);
            case float[] t -> {
                for (int i = 0; i < run; i++) {
                    ((float[]) array)[to + i * stride] = t[at + i];
                }
            }
            case int[] t -> {
                for (int i = 0; i < run; i++) {
                    ((int[]) array)[to + i * stride] = t[at + i];
                }
            }
            case Object other -> throw new IllegalStateException("no tile: " + other);
        }
    }
}
