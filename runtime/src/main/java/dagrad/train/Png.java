package dagrad.train;

import dagrad.io.AtomicFile;
import dagrad.io.FileException;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import javax.imageio.ImageIO;

/// Pictures as PNG files.
public final class Png {
    private Png() {}

    /// Writes a picture, atomically.
    ///
    /// @throws FileException if that cannot be done; nothing half-written is left behind
    public static void write(Path file, BufferedImage image) {
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        try {
            ImageIO.write(image, "png", png);
        } catch (IOException e) {
            throw FileException.writing(file, e);
        }
        AtomicFile.write(file, png.toByteArray());
    }
}
