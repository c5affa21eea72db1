package dagrad.data;

import static dagrad.io.FormatException.quoted;

import dagrad.io.FileException;
import dagrad.io.FormatException;
import dagrad.tensor.DType;
import dagrad.tensor.HostTensor;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Arrays as `numpy.save` writes them: <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>. Those
/// of f4, f8, i4 and i8, little-endian and in C order, are read; versions 1 to 3.
public final class Npy {
    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};

    /// NumPy's own limit.
    private static final int LONGEST_HEADER = 10_000;

    private static final int CHUNK = 1 << 20;

    private static final Map<String, DType> DTYPES =
            Map.of("<f4", DType.F32, "<f8", DType.F64, "<i4", DType.I32, "<i8", DType.I64);

    private static final Pattern DESCR = field("descr", "(['\"])([^'\"]*)\\1");
    private static final Pattern ORDER = field("fortran_order", "(True|False)");
    private static final Pattern SHAPE = field("shape", "\\(([0-9, ]*)\\)");

    private Npy() {}

    private static Pattern field(String name, String value) {
        return Pattern.compile("['\"]" + name + "['\"] *: *" + value);
    }

    /// @throws FileException if the file cannot be read, or the heap is too small for it
    /// @throws FormatException if it is no such file, has fewer or more bytes than it says, or other elements than
    ///     those that are read
    public static HostTensor read(Path file) {
        try (FileChannel channel = FileChannel.open(file)) {
            TensorSpec spec = spec(file, header(file, channel));
            long there = channel.size() - channel.position();
            if (there != spec.bytes()) {
                throw new FormatException(file + ": it should hold " + spec + ", " + spec.bytes() + " bytes, but has "
                        + there + (there < spec.bytes() ? "; is it cut off?" : "; only one array is read"));
            }
            if (there > Runtime.getRuntime().maxMemory()) {
                throw new FileException("cannot read " + file + ": it has " + there + " bytes, Java's heap has "
                        + Runtime.getRuntime().maxMemory() + "; give it more by -Xmx");
            }
            HostTensor result = HostTensor.zeros(spec);
            ByteBuffer chunk = ByteBuffer.allocateDirect((int) Math.min(CHUNK, there));
            for (long at = 0; at < there; at += CHUNK) {
                chunk.clear().limit((int) Math.min(CHUNK, there - at));
                fill(file, channel, chunk);
                MemorySegment bytes = MemorySegment.ofBuffer(chunk.flip());
                result.data().asSlice(at, bytes.byteSize()).copyFrom(bytes);
            }
            return result;
        } catch (IOException e) {
            throw FileException.reading(file, e);
        }
    }

    private static String header(Path file, FileChannel channel) throws IOException {
        ByteBuffer start = read(file, channel, MAGIC.length + 2);
        byte[] magic = new byte[MAGIC.length];
        start.get(magic);
        if (!Arrays.equals(magic, MAGIC)) {
            throw new FormatException(file + ": it is no file of numpy.save: it does not begin with \\x93NUMPY");
        }
        int version = start.get();
        if (version < 1 || version > 3) {
            throw new FormatException(file + ": its version is " + version + "; 1 to 3 can be read");
        }
        long length = version == 1
                ? read(file, channel, 2).getShort() & 0xffff
                : read(file, channel, 4).getInt() & 0xffffffffL;
        if (length > LONGEST_HEADER) {
            throw new FormatException(
                    file + ": its header has " + length + " bytes; at most " + LONGEST_HEADER + " are read");
        }
        return StandardCharsets.UTF_8.decode(read(file, channel, (int) length)).toString();
    }

    private static ByteBuffer read(Path file, FileChannel channel, int bytes) throws IOException {
        ByteBuffer result = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
        fill(file, channel, result);
        return result.flip();
    }

    private static void fill(Path file, FileChannel channel, ByteBuffer into) throws IOException {
        while (into.hasRemaining()) {
            if (channel.read(into) < 0) {
                throw new FormatException(file + ": it ends after " + channel.position()
                        + " bytes; is it no file of numpy.save, or cut off?");
            }
        }
    }

    private static TensorSpec spec(Path file, String header) {
        Matcher descr = DESCR.matcher(header);
        Matcher order = ORDER.matcher(header);
        Matcher shape = SHAPE.matcher(header);
        if (!descr.find() || !order.find() || !shape.find()) {
            throw new FormatException(file + ": its header lacks a plain descr, fortran_order or shape: "
                    + quoted(header.strip()) + "; arrays of records cannot be read");
        }
        DType dtype = DTYPES.get(descr.group(2));
        if (dtype == null) {
            throw new FormatException(file + ": its elements are " + quoted(descr.group(2))
                    + "; <f4, <f8, <i4 and <i8 can be read: save array.astype(\"<f4\")");
        }
        if (order.group(1).equals("True")) {
            throw new FormatException(file + ": it is in Fortran's order; save numpy.ascontiguousarray(array) instead");
        }
        try {
            return new TensorSpec(dtype, Shape.of(extents(shape.group(1))));
        } catch (NumberFormatException e) {
            throw new FormatException(
                    file + ": its shape " + quoted("(" + shape.group(1) + ")")
                            + " is not made of whole numbers below 2^31",
                    e);
        } catch (IllegalArgumentException e) {
            throw new FormatException(file + ": its shape is wrong: " + e.getMessage(), e);
        }
    }

    /// @param text such as `3, 4` or `3,`
    private static int[] extents(String text) {
        return Arrays.stream(text.split(","))
                .map(String::strip)
                .filter(extent -> !extent.isEmpty())
                .mapToInt(Integer::parseInt)
                .toArray();
    }
}
