package dagrad.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dagrad.io.FileException;
import dagrad.io.FormatException;
import dagrad.tensor.HostTensor;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageFilesTest {
    @TempDir
    private Path folder;

    private static byte[] encoded(BufferedImage image, String format) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        assertThat(ImageIO.write(image, format, bytes)).isTrue();
        return bytes.toByteArray();
    }

    /// Each quarter in a colour of its own; wider than high by a black margin left and right.
    private static BufferedImage quarters(int side, int margin) {
        BufferedImage image = new BufferedImage(side + 2 * margin, side, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < side; y++) {
            for (int x = 0; x < side; x++) {
                boolean right = 2 * x >= side;
                image.setRGB(margin + x, y, 2 * y >= side ? right ? 0xffffff : 0x0000ff : right ? 0x00ff00 : 0xff0000);
            }
        }
        return image;
    }

    private Path file(String name, byte[] bytes) throws IOException {
        return Files.write(folder.resolve(name), bytes);
    }

    private static float[] read(Path file, int channels, int side) {
        HostTensor into = HostTensor.of(new float[channels * side * side], 1, channels, side, side);
        new ImageFiles(List.of(file), channels, side).gather(new int[] {0}, 0, 1, into);
        return into.floats();
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 8, 96})
    void largerAndSmallerImagesAreScaledAndTheirMiddleIsCutOut(int side) throws IOException {
        Path file = file("quarters.png", encoded(quarters(side, side / 2), "png"));
        assertThat(read(file, 3, 2)).containsExactly(1, 0, 0, 1, 0, 1, 0, 1, 0, 0, 1, 1);
        float[] grey = read(file, 1, 2);
        assertThat(grey[0]).isCloseTo(0.299f, within(1e-6f));
        assertThat(grey[1]).isCloseTo(0.587f, within(1e-6f));
        assertThat(grey[2]).isCloseTo(0.114f, within(1e-6f));
        assertThat(grey[3]).isCloseTo(1, within(1e-6f));
        assertThat(read(file, 1, 1)[0]).isCloseTo(0.5f, within(1e-6f));
    }

    @Test
    void aVeryLargeImageIsReadInPart() throws IOException {
        Path file = file("large.png", encoded(quarters(2000, 0), "png"));
        assertThat(read(file, 3, 2)).containsExactly(1, 0, 0, 1, 0, 1, 0, 1, 0, 0, 1, 1);
    }

    @Test
    void jpegIsReadAndWhatIsTransparentIsBlack() throws IOException {
        float[] jpeg = read(file("q.JPG", encoded(quarters(64, 0), "jpg")), 3, 2);
        float[] expected = {1, 0, 0, 1, 0, 1, 0, 1, 0, 0, 1, 1};
        for (int i = 0; i < expected.length; i++) {
            assertThat(jpeg[i]).isCloseTo(expected[i], within(0.1f));
        }
        BufferedImage clear = new BufferedImage(2, 2, BufferedImage.TYPE_INT_ARGB);
        clear.setRGB(0, 0, 0xffffffff);
        clear.setRGB(1, 0, 0x33ffffff);
        clear.setRGB(0, 1, 0x00ffffff);
        assertThat(read(file("clear.png", encoded(clear, "png")), 1, 2))
                .containsExactly(new float[] {1, 0.2f, 0, 0}, within(1e-6f));
    }

    private void assertRefused(Path file, String why) {
        assertThatThrownBy(() -> read(file, 3, 4))
                .isInstanceOf(FormatException.class)
                .hasMessageStartingWith(file + ": ")
                .hasMessageContaining(why);
    }

    @Test
    void whatIsNoImageIsNamed() throws IOException {
        assertRefused(file("empty.png", new byte[0]), "it is empty");
        assertRefused(
                file("text.png", "not an image at all".getBytes(StandardCharsets.UTF_8)),
                "it is neither a PNG nor a JPEG image");
        assertRefused(file("gif.png", encoded(quarters(4, 0), "gif")), "but gif");
        assertThatThrownBy(() -> read(folder.resolve("missing.png"), 3, 4))
                .isInstanceOf(FileException.class)
                .hasMessageContaining("missing.png");
    }

    @ParameterizedTest
    @ValueSource(strings = {"png", "jpg"})
    void whatIsCutOffIsNamed(String format) throws IOException {
        byte[] whole = encoded(quarters(64, 3), format);
        for (double share : new double[] {0.2, 0.5, 0.8}) {
            byte[] part = Arrays.copyOf(whole, (int) (whole.length * share));
            assertThatThrownBy(() -> read(file("cut." + format, part), 3, 4))
                    .isInstanceOf(FormatException.class)
                    .hasMessageContaining("cut." + format);
        }
    }

    /// A header may promise what no memory could hold.
    @Test
    void hugeDimensionsAreNotBelieved() throws IOException {
        byte[] bytes = encoded(quarters(8, 0), "png");
        ByteBuffer header = ByteBuffer.wrap(bytes);
        header.putInt(16, 2_000_000_000).putInt(20, 2_000_000_000);
        CRC32 crc = new CRC32();
        crc.update(bytes, 12, 17);
        header.putInt(29, (int) crc.getValue());
        assertRefused(file("huge.png", bytes), "2000000000 x 2000000000 pixels; at most");
    }

    @ParameterizedTest
    @ValueSource(strings = {"png", "jpg"})
    void damageIsAnErrorOrAnImageAndNothingElse(String format) throws IOException {
        byte[] whole = encoded(quarters(16, 1), format);
        SplittableRandom random = new SplittableRandom(5);
        for (int round = 0; round < 300; round++) {
            byte[] damaged = whole.clone();
            for (int i = 0; i <= random.nextInt(4); i++) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            }
            Path file = file("damaged." + format, damaged);
            assertThatCode(() -> {
                        try {
                            read(file, 3, 4);
                        } catch (FormatException e) {
                            assertThat(e).hasMessageStartingWith(file + ": ");
                        }
                    })
                    .as("round %d", round)
                    .doesNotThrowAnyException();
        }
    }

    @Test
    void batchesSayWhichFileIsDamaged() throws IOException {
        Path good = file("good.png", encoded(quarters(4, 0), "png"));
        Path bad = file("bad.png", new byte[] {1, 2, 3});
        Examples examples = Examples.of(Map.of("x", new ImageFiles(List.of(good, bad), 3, 4)));
        try (Batches batches = examples.shuffled(2, 1)) {
            assertThatThrownBy(batches::next)
                    .isInstanceOf(FormatException.class)
                    .hasMessageStartingWith(bad + ": it is neither a PNG nor a JPEG image");
        }
    }

    @Test
    void imagesAreKnownByTheirNames() {
        assertThat(List.of("a.png", "b.JPG", "c.txt", "d.jpeg").stream()
                        .filter(name -> ImageFiles.isNamed(Path.of(name))))
                .containsExactly("a.png", "b.JPG", "d.jpeg");
    }
}
