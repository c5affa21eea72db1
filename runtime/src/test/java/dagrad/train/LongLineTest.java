package dagrad.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LongLineTest {
    private static List<Chart.Point> points(int count) {
        return IntStream.range(0, count).mapToObj(i -> new Chart.Point(i, -i)).toList();
    }

    private static List<Chart.Point> line(int count) {
        LongLine line = new LongLine();
        points(count).forEach(line::add);
        return line.points();
    }

    @Test
    void aShortLineHasAllItsPoints() {
        assertThat(line(0)).isEmpty();
        assertThat(line(1)).isEqualTo(points(1));
        assertThat(line(LongLine.MOST - 1)).isEqualTo(points(LongLine.MOST - 1));
    }

    @Test
    void aLongLineHasFewerAtEqualDistancesAndItsEnd() {
        int count = 10 * LongLine.MOST + 6;
        List<Chart.Point> line = line(count);
        assertThat(line).hasSizeBetween(LongLine.MOST / 2, LongLine.MOST + 1);
        List<Chart.Point> expected =
                points(count).stream().filter(point -> point.x() % 16 == 0).toList();
        assertThat(line.subList(0, line.size() - 1)).isEqualTo(expected);
        assertThat(line.getLast()).isEqualTo(new Chart.Point(count - 1, 1 - count));
    }
}
