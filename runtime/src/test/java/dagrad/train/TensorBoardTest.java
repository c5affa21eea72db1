package dagrad.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dagrad.io.FileException;
import dagrad.io.FormatException;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Event files are read by a reader written for the test from the formats' definitions.
class TensorBoardTest {
    @TempDir
    private Path run;

    /// What an event says, in words.
    private static List<String> events(byte[] file) {
        ByteBuffer buffer = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        List<String> events = new ArrayList<>();
        while (buffer.hasRemaining()) {
            byte[] length = new byte[8];
            buffer.get(length);
            assertThat(buffer.getInt()).as("checksum of the length").isEqualTo(masked(length));
            byte[] data = new byte
                    [(int) ByteBuffer.wrap(length)
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .getLong()];
            buffer.get(data);
            assertThat(buffer.getInt()).as("checksum of the data").isEqualTo(masked(data));
            events.add(message(data, "event"));
        }
        return events;
    }

    /// CRC-32C bit by bit: the reflected polynomial 0x82f63b78.
    private static int masked(byte[] data) {
        int crc = -1;
        for (byte b : data) {
            crc ^= b & 0xff;
            for (int bit = 0; bit < 8; bit++) {
                crc = crc >>> 1 ^ ((crc & 1) != 0 ? 0x82f63b78 : 0);
            }
        }
        crc = ~crc;
        return (crc >>> 15 | crc << 17) + 0xa282ead8;
    }

    private static String message(byte[] data, String kind) {
        ByteBuffer in = ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN);
        List<String> said = new ArrayList<>();
        while (in.hasRemaining()) {
            int key = (int) varint(in);
            String field = kind + "." + (key >>> 3);
            switch (key & 7) {
                case 0 -> said.add(field + "=" + varint(in));
                case 1 -> in.getLong(); // the time
                case 5 -> said.add(field + "=" + in.getFloat());
                case 2 -> {
                    byte[] inner = new byte[(int) varint(in)];
                    in.get(inner);
                    said.add(
                            switch (field) {
                                case "event.5" -> message(inner, "summary");
                                case "summary.1" -> message(inner, "value");
                                case "value.4" -> message(inner, "image");
                                case "image.4" -> "png of " + inner.length;
                                default -> field + "=" + new String(inner, StandardCharsets.UTF_8);
                            });
                }
                default -> throw new AssertionError("wire type " + (key & 7));
            }
        }
        return String.join(" ", said);
    }

    private static long varint(ByteBuffer in) {
        long value = 0;
        for (int shift = 0; ; shift += 7) {
            byte b = in.get();
            value |= (long) (b & 0x7f) << shift;
            if (b >= 0) {
                return value;
            }
        }
    }

    @Test
    void metricsAndPicturesAreEvents() throws IOException {
        Files.writeString(run.resolve(Run.METRICS), """
                {"step":1,"loss":2.5,"learning_rate":0.001,"items_per_s":null}
                {"step":300,"loss":-0.125,"val_loss":0.75,"learning_rate":5.0E-4}
                {"step":301,"lo""");
        Png.write(run.resolve("samples.png"), new BufferedImage(7, 5, BufferedImage.TYPE_INT_RGB));
        Files.writeString(run.resolve("broken.png"), "no picture");
        long size = Files.size(run.resolve("samples.png"));
        assertThat(events(Files.readAllBytes(TensorBoard.write(run))))
                .containsExactly(
                        "event.2=0 event.3=brain.Event:2",
                        "event.2=1 value.1=loss value.2=2.5 value.1=learning_rate value.2=0.001",
                        "event.2=300 value.1=loss value.2=-0.125 value.1=val_loss value.2=0.75 value.1=learning_rate"
                                + " value.2=5.0E-4",
                        "event.2=300 value.1=samples image.1=5 image.2=7 image.3=3 png of " + size);
    }

    @Test
    void whatIsMissingOrDamagedIsSaid() throws IOException {
        assertThatThrownBy(() -> TensorBoard.write(run))
                .isInstanceOf(FileException.class)
                .hasMessageContaining("metrics.jsonl");
        Files.writeString(run.resolve(Run.METRICS), "{\"loss\":1}\n");
        assertThatThrownBy(() -> TensorBoard.write(run))
                .isInstanceOf(FormatException.class)
                .hasMessageContaining("metrics.jsonl, line 1: it has no \"step\"");
    }
}
