package dagrad.data;

import dagrad.io.FileException;
import dagrad.io.FormatException;
import dagrad.tensor.DType;
import dagrad.tensor.HostTensor;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/// An array as the MNIST files hold it: <https://yann.lecun.org/exdb/mnist/>, at the end. Two zero bytes, a byte for
/// the elements' type, one for the number of dimensions, the dimensions as four bytes each, and the elements, all of it
/// big-endian. The file may be compressed by gzip, whatever its name.
///
/// @param data the elements in row-major order, as the file has them; not to be changed
public record Idx(Type type, Shape shape, byte[] data) {
    /// What DEFLATE makes of a run of equal bytes: 258 bytes for 2 bits. No file expands more.
    private static final long BEST_COMPRESSION = 1032;

    private static final int LARGEST = Integer.MAX_VALUE - 8;

    /// The types of elements and their codes.
    public enum Type {
        U8(0x08, 1, DType.I32),
        I8(0x09, 1, DType.I32),
        I16(0x0B, 2, DType.I32),
        I32(0x0C, 4, DType.I32),
        F32(0x0D, 4, DType.F32),
        F64(0x0E, 8, DType.F64);

        private final int code;
        private final int bytes;
        private final DType dtype;

        Type(int code, int bytes, DType dtype) {
            this.code = code;
            this.bytes = bytes;
            this.dtype = dtype;
        }

        private static Optional<Type> byCode(int code) {
            return Arrays.stream(values()).filter(type -> type.code == code).findFirst();
        }
    }

    /// @throws FileException if the file cannot be read, or the heap is too small for it
    /// @throws FormatException if it is no such file, or has fewer or more bytes than it says
    public static Idx read(Path file) {
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
            long bytes = Files.size(file);
            in.mark(2);
            boolean compressed = in.read() == 0x1f && in.read() == 0x8b;
            in.reset();
            return compressed ? readCompressed(file, in, bytes) : read(file, in, bytes);
        } catch (IOException e) {
            throw FileException.reading(file, e);
        }
    }

    private static Idx readCompressed(Path file, InputStream in, long bytes) throws IOException {
        try (InputStream content = new GZIPInputStream(in, 1 << 16)) {
            return read(file, content, bytes * BEST_COMPRESSION);
        } catch (EOFException e) {
            throw new FormatException(file + ": it ends in the middle of the compressed data; is it cut off?", e);
        } catch (ZipException e) {
            throw new FormatException(file + ": its compressed data is damaged: " + e.getMessage(), e);
        }
    }

    /// @param most how many bytes there can be at most
    private static Idx read(Path file, InputStream in, long most) throws IOException {
        byte[] magic = in.readNBytes(4);
        Optional<Type> type =
                magic.length == 4 && magic[0] == 0 && magic[1] == 0 ? Type.byCode(magic[2]) : Optional.empty();
        if (type.isEmpty()) {
            throw new FormatException(file + ": it is no IDX file: it begins with " + hex(magic)
                    + " and not with 00 00, a type (08, 09, 0b," + " 0c, 0d or 0e) and a number of dimensions");
        }
        Shape shape = shape(file, in, magic[3] & 0xff);
        long size = shape.size() * type.get().bytes;
        if (size > most || size > LARGEST) {
            throw new FormatException(file + ": it should hold " + type.get() + shape + ", " + size + " bytes, but "
                    + (size > most
                            ? "has at most " + most + "; is it cut off?"
                            : "at most " + LARGEST + " can be read"));
        }
        if (size > Runtime.getRuntime().maxMemory()) {
            throw new FileException("cannot read " + file + ": it has " + size + " bytes, Java's heap has "
                    + Runtime.getRuntime().maxMemory() + "; give it more by -Xmx");
        }
        byte[] data = new byte[(int) size];
        int read = in.readNBytes(data, 0, data.length);
        if (read < data.length) {
            throw new FormatException(file + ": it should hold " + type.get() + shape + ", " + size
                    + " bytes, but ends after " + read + "; is it cut off?");
        }
        if (in.read() >= 0) {
            throw new FormatException(file + ": it goes on after the " + size + " bytes of " + type.get() + shape
                    + " that it should hold");
        }
        return new Idx(type.get(), shape, data);
    }

    private static Shape shape(Path file, InputStream in, int rank) throws IOException {
        byte[] dims = in.readNBytes(4 * rank);
        if (dims.length < 4 * rank) {
            throw new FormatException(file + ": it ends within its " + rank + " dimensions; is it cut off?");
        }
        int[] extents = new int[rank];
        ByteBuffer.wrap(dims).asIntBuffer().get(extents);
        try {
            return Shape.of(extents);
        } catch (IllegalArgumentException e) {
            throw new FormatException(file + ": its dimensions are wrong: " + e.getMessage(), e);
        }
    }

    private static String hex(byte[] bytes) {
        StringBuilder text = new StringBuilder();
        for (byte b : bytes) {
            text.append(text.isEmpty() ? "" : " ").append(String.format("%02x", b));
        }
        return text.isEmpty() ? "nothing" : text.toString();
    }

    /// The elements as a tensor: whole numbers as i32, the others as they are.
    public HostTensor tensor() {
        HostTensor result = HostTensor.zeros(new TensorSpec(type.dtype, shape));
        ByteBuffer elements = ByteBuffer.wrap(data);
        for (int i = 0; i < result.size(); i++) {
            double element = switch (type) {
                case U8 -> data[i] & 0xff;
                case I8 -> data[i];
                case I16 -> elements.getShort(2 * i);
                case I32 -> elements.getInt(4 * i);
                case F32 -> elements.getFloat(4 * i);
                case F64 -> elements.getDouble(8 * i);
            };
            result.set(i, element);
        }
        return result;
    }
}
