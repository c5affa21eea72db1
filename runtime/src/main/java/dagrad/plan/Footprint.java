package dagrad.plan;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/// Which elements of its slot a layout without margins reaches, as runs of adjacent ones.
///
/// @param disjoint whether no two indices reach one element (false also for rare layouts where none do, but where the
///     axes' ranges interleave)
/// @param runs [from, to) pairs in elements, ascending if the layout is disjoint
record Footprint(boolean disjoint, List<long[]> runs) {
    static Footprint of(Layout layout) {
        if (layout.shape().size() == 0) {
            return new Footprint(true, List.of());
        }
        List<Integer> axes = IntStream.range(0, layout.shape().rank())
                .filter(i -> layout.shape().dim(i) > 1)
                .boxed()
                .sorted(Comparator.comparingLong(layout::stride))
                .toList();
        long run = 1;
        int inner = 0;
        while (inner < axes.size() && layout.stride(axes.get(inner)) == run) {
            run *= layout.shape().dim(axes.get(inner++));
        }
        List<long[]> runs = new ArrayList<>();
        collect(layout, axes.subList(inner, axes.size()).reversed(), layout.offset(), run, runs);
        return new Footprint(isDisjoint(layout, axes), runs);
    }

    private static boolean isDisjoint(Layout layout, List<Integer> innerFirst) {
        long span = 1;
        for (int axis : innerFirst) {
            if (layout.stride(axis) < span) {
                return false;
            }
            span += layout.stride(axis) * (layout.shape().dim(axis) - 1);
        }
        return true;
    }

    private static void collect(Layout layout, List<Integer> outer, long start, long length, List<long[]> runs) {
        if (outer.isEmpty()) {
            runs.add(new long[] {start, start + length});
            return;
        }
        int axis = outer.getFirst();
        for (int i = 0; i < layout.shape().dim(axis); i++) {
            collect(layout, outer.subList(1, outer.size()), start + i * layout.stride(axis), length, runs);
        }
    }
}
