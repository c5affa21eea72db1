package dagrad.data;

import dagrad.io.FileException;
import dagrad.io.FormatException;
import java.awt.color.CMMException;
import java.awt.image.BufferedImage;
import java.awt.image.RasterFormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Locale;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import javax.imageio.ImageIO;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.stream.FileImageInputStream;
import javax.imageio.stream.ImageInputStream;

/// One PNG or JPEG file, read carefully: it may come from anywhere.
final class ImageFile {
    /// How the files' names end.
    static final Set<String> ENDINGS = Set.of("png", "jpg", "jpeg");

    /// Beyond every camera's; decoded it takes a quarter of a gigabyte.
    static final long MOST_PIXELS = 1L << 26;

    private static final long MOST_BYTES = 1L << 28;

    /// Rows and columns of larger images are left out, as long as this many are left for each pixel wanted.
    private static final int ENOUGH = 4;

    private ImageFile() {}

    /// Decodes the first image of a file; a much larger one than needed only in part.
    ///
    /// @param side pixels that the shorter side is to have in the end
    /// @throws FileException if it cannot be read
    /// @throws FormatException naming the file if it is no image, damaged, cut off or too large
    static BufferedImage read(Path file, int side) {
        try {
            requireSize(file);
            try (ImageInputStream stream = new FileImageInputStream(file.toFile())) {
                return decode(file, stream, side);
            }
        } catch (IOException e) {
            // Once open, what is said is of the contents.
            if (Files.isReadable(file) && Files.isRegularFile(file)) {
                throw new FormatException(file + ": the image is damaged or cut off: " + e.getMessage(), e);
            }
            throw FileException.reading(file, e);
        } catch (FormatException e) {
            throw e;
        } catch (IllegalArgumentException
                | IllegalStateException
                | IndexOutOfBoundsException
                | NegativeArraySizeException
                | NullPointerException
                | ClassCastException
                | ArithmeticException
                | CMMException
                | RasterFormatException
                | NoSuchElementException e) {
            // The JDK's decoders trust some of what they read.
            throw new FormatException(file + ": the image is damaged: " + e.getMessage(), e);
        }
    }

    private static void requireSize(Path file) throws IOException {
        long bytes = Files.size(file);
        if (bytes > MOST_BYTES) {
            throw new FormatException(
                    file + ": " + bytes + " bytes are more than an image has (at most " + MOST_BYTES + ")");
        }
        if (bytes == 0) {
            throw new FormatException(file + ": it is empty, not an image");
        }
    }

    private static BufferedImage decode(Path file, ImageInputStream stream, int side) throws IOException {
        Iterator<ImageReader> readers = ImageIO.getImageReaders(stream);
        if (!readers.hasNext()) {
            throw new FormatException(file + ": it is neither a PNG nor a JPEG image");
        }
        ImageReader reader = readers.next();
        try {
            if (!ENDINGS.contains(reader.getFormatName().toLowerCase(Locale.ROOT))) {
                throw new FormatException(
                        file + ": it is neither a PNG nor a JPEG image, but " + reader.getFormatName());
            }
            reader.setInput(stream, true, true);
            int width = reader.getWidth(0);
            int height = reader.getHeight(0);
            if (width < 1 || height < 1 || (long) width * height > MOST_PIXELS) {
                throw new FormatException(file + ": it says that it has " + width + " x " + height + " pixels; at most "
                        + MOST_PIXELS + " are read");
            }
            AtomicReference<String> cutOff = new AtomicReference<>("");
            reader.addIIOReadWarningListener((_, warning) -> {
                if (warning.toLowerCase(Locale.ROOT).contains("premature end")) {
                    cutOff.set(warning);
                }
            });
            ImageReadParam param = reader.getDefaultReadParam();
            int step = Math.max(1, Math.min(width, height) / (side * ENOUGH));
            param.setSourceSubsampling(step, step, 0, 0);
            BufferedImage image = reader.read(0, param);
            if (!cutOff.get().isEmpty()) {
                throw new FormatException(file + ": the image is cut off: " + cutOff.get());
            }
            return image;
        } finally {
            reader.dispose();
        }
    }
}
