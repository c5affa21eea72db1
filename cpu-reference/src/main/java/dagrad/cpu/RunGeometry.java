package dagrad.cpu;

import dagrad.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/// How a reduction's domain falls into runs of adjacent elements. Axes next to each other that are both kept or both
/// reduced count as one.
///
/// A group is the results that one run takes part in: one result if the innermost axis is reduced, a stretch of at most
/// a tile of it if it is kept. Each group has the same number of runs.
final class RunGeometry {
    private final List<Integer> keptDims = new ArrayList<>();
    private final List<Long> keptStrides = new ArrayList<>();
    private final List<Integer> reducedDims = new ArrayList<>();
    private final List<Long> reducedStrides = new ArrayList<>();
    private final boolean innerIsReduced;
    private final int inner;
    private final int segment;
    private final int segments;

    private RunGeometry(int inner, boolean innerIsReduced) {
        this.inner = inner;
        this.innerIsReduced = innerIsReduced;
        this.segment = Math.min(inner, Scratch.TILE);
        this.segments = Math.ceilDiv(inner, segment);
    }

    static RunGeometry of(Shape domain, List<Integer> reducedAxes) {
        List<Integer> dims = new ArrayList<>();
        List<Boolean> reduced = new ArrayList<>();
        for (int i = 0; i < domain.rank(); i++) {
            boolean here = reducedAxes.contains(i);
            int last = dims.size() - 1;
            if (domain.dim(i) == 1) {
                continue;
            }
            if (last >= 0 && reduced.get(last) == here) {
                dims.set(last, dims.get(last) * domain.dim(i));
            } else {
                dims.add(domain.dim(i));
                reduced.add(here);
            }
        }
        if (dims.isEmpty()) {
            dims.add(1);
            reduced.add(true);
        }
        RunGeometry result = new RunGeometry(dims.getLast(), reduced.getLast());
        long stride = dims.getLast();
        for (int i = dims.size() - 2; i >= 0; i--) {
            (reduced.get(i) ? result.reducedDims : result.keptDims).addFirst(dims.get(i));
            (reduced.get(i) ? result.reducedStrides : result.keptStrides).addFirst(stride);
            stride *= dims.get(i);
        }
        return result;
    }

    boolean innerIsReduced() {
        return innerIsReduced;
    }

    private static long product(List<Integer> dims) {
        long product = 1;
        // By index, as an iterator would be made in each step.
        for (int i = 0; i < dims.size(); i++) {
            product *= dims.get(i);
        }
        return product;
    }

    long groups() {
        return product(keptDims) * (innerIsReduced ? 1 : segments);
    }

    long perGroup() {
        return product(reducedDims) * (innerIsReduced ? segments : 1);
    }

    /// Elements of a run, but for the last of an axis.
    int length() {
        return segment;
    }

    /// Elements of a run of a reduced innermost axis.
    int length(long run) {
        return (int) Math.min(segment, inner - run % segments * segment);
    }

    /// Results of a group at most.
    int width() {
        return innerIsReduced ? 1 : segment;
    }

    int width(long group) {
        return innerIsReduced ? 1 : (int) Math.min(segment, inner - group % segments * segment);
    }

    /// Whether consecutive runs of a group lie side by side.
    boolean isWholeRow() {
        return !innerIsReduced && segments == 1 && reducedDims.size() == 1 && reducedStrides.getFirst() == inner;
    }

    /// The first element of a run.
    long start(long group, long run) {
        long kept = innerIsReduced ? group : group / segments;
        long reduced = innerIsReduced ? run / segments : run;
        long within = innerIsReduced ? run % segments * segment : group % segments * segment;
        return offset(keptDims, keptStrides, kept) + offset(reducedDims, reducedStrides, reduced) + within;
    }

    private static long offset(List<Integer> dims, List<Long> strides, long number) {
        long offset = 0;
        long rest = number;
        for (int i = dims.size() - 1; i >= 0; i--) {
            offset += rest % dims.get(i) * strides.get(i);
            rest /= dims.get(i);
        }
        return offset;
    }

    /// The first result of a group, in the order of the kept axes.
    long result(long group) {
        return innerIsReduced ? group : group / segments * inner + group % segments * segment;
    }
}
