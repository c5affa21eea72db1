package dagrad.train;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.zip.CRC32C;

/// What TensorBoard reads: records of TensorFlow's TFRecord format, each a message `Event` of its protocol buffers
/// (`tensorflow/core/util/event.proto`, `framework/summary.proto`), here in the making.
///
/// A record is the length as u64, a checksum of these 8 bytes, the message, and a checksum of it, in little endian. The
/// checksum is CRC-32C, rotated by 15 bits to the right, plus 0xa282ead8.
final class EventFile {
    private static final int MASK = 0xa282ead8;

    /// Wire types of protocol buffers.
    private static final int VARINT = 0;

    private static final int FIXED64 = 1;
    private static final int BYTES = 2;
    private static final int FIXED32 = 5;

    private final ByteArrayOutputStream records = new ByteArrayOutputStream();
    private final double time;

    /// @param time of all events, in seconds since 1970
    EventFile(double time) {
        this.time = time;
        ByteArrayOutputStream event = event(0);
        bytes(event, 3, "brain.Event:2".getBytes(StandardCharsets.UTF_8));
        record(event);
    }

    /// Adds numbers of a step, by name. They are kept as f32.
    void scalars(long step, Map<String, Double> values) {
        ByteArrayOutputStream summary = new ByteArrayOutputStream();
        values.forEach((name, value) -> {
            ByteArrayOutputStream entry = named(name);
            key(entry, 2, FIXED32);
            little(entry, Integer.toUnsignedLong(Float.floatToIntBits(value.floatValue())), Float.BYTES);
            bytes(summary, 1, entry.toByteArray());
        });
        summary(step, summary);
    }

    /// Adds a picture.
    ///
    /// @param png the file's bytes
    void image(long step, String name, int width, int height, byte[] png) {
        ByteArrayOutputStream image = new ByteArrayOutputStream();
        number(image, 1, height);
        number(image, 2, width);
        number(image, 3, 3); // RGB
        bytes(image, 4, png);
        ByteArrayOutputStream entry = named(name);
        bytes(entry, 4, image.toByteArray());
        ByteArrayOutputStream summary = new ByteArrayOutputStream();
        bytes(summary, 1, entry.toByteArray());
        summary(step, summary);
    }

    byte[] toByteArray() {
        return records.toByteArray();
    }

    private void summary(long step, ByteArrayOutputStream summary) {
        ByteArrayOutputStream event = event(step);
        bytes(event, 5, summary.toByteArray());
        record(event);
    }

    private ByteArrayOutputStream event(long step) {
        ByteArrayOutputStream event = new ByteArrayOutputStream();
        key(event, 1, FIXED64);
        little(event, Double.doubleToLongBits(time), Double.BYTES);
        number(event, 2, step);
        return event;
    }

    private static ByteArrayOutputStream named(String name) {
        ByteArrayOutputStream entry = new ByteArrayOutputStream();
        bytes(entry, 1, name.getBytes(StandardCharsets.UTF_8));
        return entry;
    }

    private void record(ByteArrayOutputStream message) {
        byte[] data = message.toByteArray();
        byte[] length = ByteBuffer.allocate(Long.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(data.length)
                .array();
        records.writeBytes(length);
        little(records, masked(length), Integer.BYTES);
        records.writeBytes(data);
        little(records, masked(data), Integer.BYTES);
    }

    private static long masked(byte[] data) {
        CRC32C crc = new CRC32C();
        crc.update(data);
        return Integer.toUnsignedLong(Integer.rotateRight((int) crc.getValue(), 15) + MASK);
    }

    // ---- protocol buffers -------------------------------------------------------------------------------------------

    private static void key(ByteArrayOutputStream to, int field, int type) {
        varint(to, field << 3 | type);
    }

    private static void number(ByteArrayOutputStream to, int field, long value) {
        key(to, field, VARINT);
        varint(to, value);
    }

    private static void bytes(ByteArrayOutputStream to, int field, byte[] value) {
        key(to, field, BYTES);
        varint(to, value.length);
        to.writeBytes(value);
    }

    private static void varint(ByteArrayOutputStream to, long value) {
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            to.write((int) (rest & 0x7f | 0x80));
            rest >>>= 7;
        }
        to.write((int) rest);
    }

    private static void little(ByteArrayOutputStream to, long value, int bytes) {
        for (int i = 0; i < bytes; i++) {
            to.write((int) (value >>> 8 * i));
        }
    }
}
