package dagrad.models.show;

import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/// How often a classifier takes what for what.
///
/// ```java
/// ConfusionMatrix matrix = new ConfusionMatrix(CLASSES);
/// matrix.count(truth, prediction); // for each example
/// training.picture("confusion.png", matrix.draw());
/// ```
public final class ConfusionMatrix {
    private final List<String> classes;
    private final long[][] counts;

    /// @param classes names, by number
    public ConfusionMatrix(List<String> classes) {
        this.classes = List.copyOf(classes);
        this.counts = new long[classes.size()][classes.size()];
    }

    /// Counts one example.
    ///
    /// @throws IndexOutOfBoundsException if there is no class of that number
    public void count(int truth, int prediction) {
        counts[truth][Objects.checkIndex(prediction, classes.size())]++;
    }

    /// How many examples of the one class were taken for the other.
    public long counted(int truth, int prediction) {
        return counts[truth][prediction];
    }

    public List<String> classes() {
        return classes;
    }

    /// Examples of a class.
    public long of(int truth) {
        return Arrays.stream(counts[truth]).sum();
    }

    /// Share of the examples that were told right; 0 if there were none.
    public double accuracy() {
        long right = 0;
        long all = 0;
        for (int i = 0; i < counts.length; i++) {
            right += counts[i][i];
            all += of(i);
        }
        return all == 0 ? 0 : (double) right / all;
    }

    /// Share of a class's examples that were told right; 0 if there were none.
    public double accuracy(int truth) {
        return share(truth, truth);
    }

    private double share(int truth, int prediction) {
        return (double) counts[truth][prediction] / Math.max(1, of(truth));
    }

    /// A line for each class: its name, the share that was told right, and what it is most often taken for else.
    public String text() {
        int width = classes.stream().mapToInt(String::length).max().orElse(0);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < counts.length; i++) {
            text.append(String.format(Locale.ROOT, "%-" + Math.max(1, width) + "s %.3f", classes.get(i), accuracy(i)));
            int other = otherwise(i);
            if (counts[i][other] > 0 && other != i) {
                text.append(String.format(Locale.ROOT, "  (%s: %.3f)", classes.get(other), share(i, other)));
            }
            text.append('\n');
        }
        return text.toString();
    }

    /// The most frequent wrong prediction for a class.
    private int otherwise(int truth) {
        int most = truth == 0 ? Math.min(1, counts.length - 1) : 0;
        for (int j = 0; j < counts.length; j++) {
            if (j != truth && counts[truth][j] > counts[truth][most]) {
                most = j;
            }
        }
        return most;
    }

    /// The counts, each coloured by its share of the row. Needs no screen.
    public BufferedImage draw() {
        List<List<Heatmap.Cell>> cells = new ArrayList<>();
        for (int i = 0; i < counts.length; i++) {
            List<Heatmap.Cell> row = new ArrayList<>();
            for (int j = 0; j < counts.length; j++) {
                row.add(new Heatmap.Cell(counts[i][j] == 0 ? "" : Long.toString(counts[i][j]), share(i, j)));
            }
            cells.add(row);
        }
        String title = String.format(Locale.ROOT, "accuracy %.4f", accuracy());
        return new Heatmap(title, "is", "is taken for", classes, classes, cells).draw();
    }
}
