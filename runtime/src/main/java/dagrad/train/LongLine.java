package dagrad.train;

import java.util.ArrayList;
import java.util.List;

/// A line of a chart, however long it gets, in little memory: when it has [#MOST] points, every other one is left out,
/// and of those that come as many. The last one is always there.
final class LongLine {
    /// Several for each column of a picture.
    static final int MOST = 4000;

    private List<Chart.Point> kept = new ArrayList<>();
    private long stride = 1;
    private long added;
    private Chart.Point last = new Chart.Point(0, 0);

    void add(Chart.Point point) {
        last = point;
        if (added++ % stride != 0) {
            return;
        }
        kept.add(point);
        if (kept.size() == MOST) {
            List<Chart.Point> half = new ArrayList<>(MOST);
            for (int i = 0; i < MOST; i += 2) {
                half.add(kept.get(i));
            }
            kept = half;
            stride *= 2;
        }
    }

    /// In the order in which they were added.
    List<Chart.Point> points() {
        List<Chart.Point> points = new ArrayList<>(kept);
        if (added > 0 && !points.getLast().equals(last)) {
            points.add(last);
        }
        return points;
    }
}
