package dagrad.data;

import dagrad.io.AtomicFile;
import dagrad.io.FileException;
import dagrad.io.FormatException;
import dagrad.tensor.HostTensor;
import dagrad.tensor.TensorSpec;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/// A text as numbers of tokens, one after the other in a file: u16, or u32 if there are more than 65536 different ones,
/// little-endian, with nothing before or after. The file is mapped into memory, so that only what is looked at takes
/// any, and only as long as the system has no other use for it.
public final class TokenFile implements AutoCloseable {
    private static final int SHORT_VOCABULARY = 1 << 16;
    private static final int CHUNK = 1 << 20;

    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final Path file;
    private final int vocabulary;
    private final int width;
    private final Arena arena;
    private final MemorySegment data;

    private TokenFile(Path file, int vocabulary, Arena arena, MemorySegment data) {
        this.file = file;
        this.vocabulary = vocabulary;
        this.width = width(vocabulary);
        this.arena = arena;
        this.data = data;
    }

    private static int width(int vocabulary) {
        return vocabulary <= SHORT_VOCABULARY ? Short.BYTES : Integer.BYTES;
    }

    /// Takes tokens, one by one.
    @FunctionalInterface
    public interface Sink {
        void accept(int token) throws IOException;
    }

    /// Gives tokens, one by one.
    @FunctionalInterface
    public interface Source {
        void writeTo(Sink sink) throws IOException;
    }

    /// Writes a file, which is there whole or not at all.
    ///
    /// @param vocabulary tokens are from 0 to one less
    /// @throws FileException if that cannot be done
    /// @throws IllegalArgumentException if a token is out of that range
    public static void write(Path file, int vocabulary, Source source) {
        int width = width(vocabulary);
        AtomicFile.write(file, channel -> {
            ByteBuffer buffer = ByteBuffer.allocateDirect(CHUNK).order(ByteOrder.LITTLE_ENDIAN);
            source.writeTo(token -> {
                if (token < 0 || token >= vocabulary) {
                    throw new IllegalArgumentException(
                            "the token " + token + " is not among the " + vocabulary + " of the vocabulary");
                }
                if (!buffer.hasRemaining()) {
                    drain(buffer, channel);
                }
                if (width == Short.BYTES) {
                    buffer.putShort((short) token);
                } else {
                    buffer.putInt(token);
                }
            });
            drain(buffer, channel);
        });
    }

    private static void drain(ByteBuffer buffer, FileChannel channel) throws IOException {
        AtomicFile.writeAll(buffer.flip(), channel);
        buffer.clear();
    }

    /// Maps a file. It must not be changed while it is open; replacing it (as [#write] does) is safe.
    ///
    /// @param vocabulary that it was written with
    /// @throws FileException if it cannot be read
    /// @throws FormatException if it ends within a token
    @SuppressWarnings("MustBeClosedChecker") // the arena is closed here if anything fails, and by close() otherwise
    public static TokenFile open(Path file, int vocabulary) {
        Arena arena = Arena.ofShared();
        try (FileChannel channel = FileChannel.open(file)) {
            MemorySegment data = channel.map(MapMode.READ_ONLY, 0, channel.size(), arena);
            if (data.byteSize() % width(vocabulary) != 0) {
                throw new FormatException(file + ": it is cut off: " + data.byteSize() + " bytes are no whole number of"
                        + " tokens of " + width(vocabulary) + " bytes; delete it to have it made anew");
            }
            return new TokenFile(file, vocabulary, arena, data);
        } catch (IOException e) {
            arena.close();
            throw FileException.reading(file, e);
        } catch (FormatException e) {
            arena.close();
            throw e;
        }
    }

    /// Number of tokens.
    public long size() {
        return data.byteSize() / width;
    }

    /// The token at a place.
    ///
    /// @throws FormatException if the vocabulary has none of that number
    public int at(long place) {
        int token = width == Short.BYTES ? Short.toUnsignedInt(data.get(SHORT, place * 2)) : data.get(INT, place * 4);
        if (token < 0 || token >= vocabulary) {
            throw new FormatException(file + ": token " + place + " is " + Integer.toUnsignedString(token) + ", and "
                    + vocabulary + " are known; the file is damaged: delete it to have it made anew");
        }
        return token;
    }

    /// Examples for a model of the next token: `x` i32[length], some tokens in a row, and `y` i32[length], what follows
    /// each.
    ///
    /// @param from the first token that may be in one
    /// @param to the first that may not
    /// @param stride how far apart they begin; more if they were more than 2^31 - 1 otherwise
    /// @throws DataException if the tokens are too few for one
    public Examples windows(long from, long to, int length, long stride) {
        long places = to - from - length;
        if (places < 1) {
            throw new DataException("a part of the text has " + Math.max(0, to - from) + " tokens, and one example"
                    + " takes " + (length + 1) + "; give a longer text or choose a shorter context");
        }
        long step = Math.max(stride, Math.ceilDiv(places, (long) Integer.MAX_VALUE));
        int count = Math.toIntExact(Math.ceilDiv(places, step));
        Map<String, Column> columns = new LinkedHashMap<>();
        columns.put("x", new Windows(from, count, length, step));
        columns.put("y", new Windows(from + 1, count, length, step));
        return Examples.of(columns);
    }

    private final class Windows implements Column {
        private final long from;
        private final int count;
        private final int length;
        private final long step;

        Windows(long from, int count, int length, long step) {
            this.from = from;
            this.count = count;
            this.length = length;
            this.step = step;
        }

        @Override
        public TensorSpec example() {
            return TensorSpec.i32(length);
        }

        @Override
        public int size() {
            return count;
        }

        @Override
        public void gather(int[] examples, int first, int end, HostTensor into) {
            long at = 0;
            for (int i = first; i < end; i++) {
                long begin = from + examples[i] * step;
                for (int k = 0; k < length; k++, at += Integer.BYTES) {
                    into.data().set(INT, at, at(begin + k));
                }
            }
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}
