package dagrad.models.show;

import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.stream.IntStream;

/// Images in rows and columns, each with a caption below unless no cell has one. Small images are enlarged by a whole
/// factor, pixel by pixel, so that nothing is smoothed away.
///
/// ```java
/// training.picture("samples.png", ImageGrid.of(TensorImages.of(samples), 10).draw());
/// ```
///
/// @param columns cells of a row
public record ImageGrid(List<Cell> cells, int columns) {
    private static final int GAP = 4;
    private static final int LEAST_SIDE = 56;
    private static final int LEAST_SIDE_WITH_CAPTION = 140;

    /// @param caption one line, or several separated by `\n`; cut off where it is wider than the cell; may be empty
    public record Cell(BufferedImage image, String caption) {}

    /// @throws IllegalArgumentException if there is no cell or no column
    public ImageGrid {
        cells = List.copyOf(cells);
        if (cells.isEmpty() || columns < 1) {
            throw new IllegalArgumentException(
                    "a grid has images and columns, not " + cells.size() + " and " + columns);
        }
    }

    /// Without captions.
    public static ImageGrid of(List<BufferedImage> images, int columns) {
        return new ImageGrid(images.stream().map(image -> new Cell(image, "")).toList(), columns);
    }

    /// With captions.
    ///
    /// @throws IllegalArgumentException if there are not as many captions as images
    public static ImageGrid of(List<BufferedImage> images, List<String> captions, int columns) {
        if (images.size() != captions.size()) {
            throw new IllegalArgumentException(captions.size() + " captions for " + images.size() + " images");
        }
        return new ImageGrid(
                IntStream.range(0, images.size())
                        .mapToObj(i -> new Cell(images.get(i), captions.get(i)))
                        .toList(),
                columns);
    }

    /// Needs no screen.
    public BufferedImage draw() {
        Font font = Paper.font(12);
        FontMetrics metrics = Paper.metrics(font);
        int lines = cells.stream()
                .mapToInt(cell -> (int) cell.caption().lines().count())
                .max()
                .orElse(0);
        int wide =
                cells.stream().mapToInt(cell -> cell.image().getWidth()).max().orElse(1);
        int high =
                cells.stream().mapToInt(cell -> cell.image().getHeight()).max().orElse(1);
        int factor = Math.max(1, Math.ceilDiv(lines == 0 ? LEAST_SIDE : LEAST_SIDE_WITH_CAPTION, Math.max(wide, high)));
        int cellWidth = wide * factor + GAP;
        int cellHeight = high * factor + lines * metrics.getHeight() + GAP;
        int across = Math.min(columns, cells.size());
        int down = Math.ceilDiv(cells.size(), columns);
        try (Paper paper = new Paper(across * cellWidth + GAP, down * cellHeight + GAP)) {
            var g = paper.graphics();
            g.setFont(font);
            g.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_NEAREST_NEIGHBOR);
            for (int i = 0; i < cells.size(); i++) {
                Cell cell = cells.get(i);
                int x = GAP + i % columns * cellWidth;
                int y = GAP + i / columns * cellHeight;
                int width = cell.image().getWidth() * factor;
                int height = cell.image().getHeight() * factor;
                g.drawImage(cell.image(), x, y, width, height, null);
                int base = y + high * factor + metrics.getAscent();
                for (String line : cell.caption().lines().toList()) {
                    g.drawString(Paper.fitted(line, metrics, wide * factor), x, base);
                    base += metrics.getHeight();
                }
            }
            return paper.image();
        }
    }
}
