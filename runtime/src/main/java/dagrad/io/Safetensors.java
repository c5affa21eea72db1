package dagrad.io;

import static dagrad.io.FormatException.quoted;

import dagrad.io.SafetensorsHeader.Entry;
import dagrad.io.SafetensorsHeader.Stored;
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
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/// Tensors by name in a file, in the format of <https://huggingface.co/docs/safetensors>: eight bytes with the length
/// of a JSON header, the header, and the tensors' bytes.
///
/// An open file is mapped into memory: tensors are views of it, read from the disk when they are looked at, and gone
/// once it is closed. [#read] copies all onto the heap instead. Types are F64, F32, BF16, I64 and I32; F16 is read as
/// f32.
public final class Safetensors implements AutoCloseable {
    /// The format's own limit.
    private static final long LARGEST_HEADER = 100_000_000;

    private static final int CHUNK = 1 << 20;

    private static final ValueLayout.OfLong LENGTH = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort HALF = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final String file;
    private final Arena arena;
    private final SafetensorsHeader header;
    private final MemorySegment data;

    private Safetensors(String file, Arena arena, SafetensorsHeader header, MemorySegment data) {
        this.file = file;
        this.arena = arena;
        this.header = header;
        this.data = data;
    }

    /// Maps a file. It must not be changed while it is open; replacing it (as [#write] does) is safe.
    ///
    /// @throws FileException if it cannot be read
    /// @throws FormatException if it is no such file; nothing of its size is allocated before that is known
    @SuppressWarnings("MustBeClosedChecker") // the arena is closed here if anything fails, and by close() otherwise
    public static Safetensors open(Path file) {
        Arena arena = Arena.ofShared();
        try (FileChannel channel = FileChannel.open(file)) {
            MemorySegment bytes = channel.map(MapMode.READ_ONLY, 0, channel.size(), arena);
            return of(file.toString(), arena, bytes);
        } catch (IOException e) {
            arena.close();
            throw FileException.reading(file, e);
        } catch (FormatException e) {
            arena.close();
            throw e;
        }
    }

    private static Safetensors of(String file, Arena arena, MemorySegment bytes) {
        long length = bytes.byteSize() < 8 ? -1 : bytes.get(LENGTH, 0);
        if (length < 0 || length > bytes.byteSize() - 8) {
            throw new FormatException(file + ": it is no safetensors file, or cut off: "
                    + (bytes.byteSize() < 8
                            ? "it has " + bytes.byteSize() + " bytes"
                            : "it speaks of a header of " + Long.toUnsignedString(length) + " bytes and has "
                                    + bytes.byteSize() + " in all"));
        }
        if (length > LARGEST_HEADER) {
            throw new FormatException(
                    file + ": its header has " + length + " bytes; the format allows " + LARGEST_HEADER);
        }
        String json = text(file, bytes.asSlice(8, length));
        MemorySegment data = bytes.asSlice(8 + length);
        return new Safetensors(file, arena, SafetensorsHeader.parse(json, file, data.byteSize()), data);
    }

    private static String text(String file, MemorySegment header) {
        if (header.byteSize() == 0 || header.get(ValueLayout.JAVA_BYTE, 0) != '{') {
            throw new FormatException(file + ": it is no safetensors file: its header does not begin with {");
        }
        try {
            ByteBuffer bytes = ByteBuffer.wrap(header.toArray(ValueLayout.JAVA_BYTE));
            return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
        } catch (CharacterCodingException e) {
            throw new FormatException(file + ": its header is not UTF-8", e);
        }
    }

    /// The names of all tensors, in the order of the header.
    public Set<String> names() {
        return Collections.unmodifiableSet(header.tensors().keySet());
    }

    /// What else the file says, for people.
    public Map<String, String> metadata() {
        return Collections.unmodifiableMap(header.metadata());
    }

    /// @throws FormatException if there is no such tensor
    public TensorSpec spec(String name) {
        return entry(name).spec();
    }

    /// The tensor: a view of the file, valid until it is closed (F16: a new tensor on the heap).
    ///
    /// @throws FormatException if there is none of that name
    public HostTensor tensor(String name) {
        Entry entry = entry(name);
        MemorySegment bytes = data.asSlice(entry.begin(), entry.end() - entry.begin());
        return entry.stored() == Stored.F16 ? widened(entry.spec(), bytes) : new HostTensor(entry.spec(), bytes);
    }

    /// All tensors.
    public Map<String, HostTensor> tensors() {
        Map<String, HostTensor> result = new LinkedHashMap<>();
        names().forEach(name -> result.put(name, tensor(name)));
        return result;
    }

    private Entry entry(String name) {
        Entry entry = header.tensors().get(name);
        if (entry == null) {
            throw new FormatException(file + ": there is no tensor " + quoted(name) + " in it"
                    + Nearest.hint(name, header.tensors().keySet()));
        }
        return entry;
    }

    private static HostTensor widened(TensorSpec spec, MemorySegment halves) {
        HostTensor result = HostTensor.zeros(spec);
        for (long i = 0; i < result.size(); i++) {
            result.set(i, Float.float16ToFloat(halves.get(HALF, i * 2)));
        }
        return result;
    }

    /// All tensors of a file, on the heap.
    ///
    /// @throws FileException if it cannot be read, or the heap is too small for it
    /// @throws FormatException if it is no such file
    public static Map<String, HostTensor> read(Path file) {
        try (Safetensors opened = open(file)) {
            long bytes = opened.header.tensors().values().stream()
                    .mapToLong(entry -> entry.spec().bytes())
                    .sum();
            long heap = Runtime.getRuntime().maxMemory();
            if (bytes > heap) {
                throw new FileException("cannot read " + file + " as a whole: its tensors have " + bytes
                        + " bytes, Java's heap has " + heap + "; give it more by -Xmx");
            }
            Map<String, HostTensor> result = opened.tensors();
            result.replaceAll((name, tensor) -> tensor.data().isMapped() ? tensor.copy() : tensor);
            return result;
        }
    }

    /// Writes a file, atomically.
    ///
    /// @throws FileException if that fails; then nothing is left behind
    public static void write(Path file, Map<String, HostTensor> tensors) {
        write(file, tensors, Map.of());
    }

    /// @param metadata text for people
    public static void write(Path file, Map<String, HostTensor> tensors, Map<String, String> metadata) {
        SafetensorsHeader header = SafetensorsHeader.of(tensors, metadata);
        AtomicFile.write(file, channel -> {
            ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK);
            put(MemorySegment.ofArray(header.bytes()), chunk, channel);
            for (String name : header.tensors().keySet()) {
                put(tensors.get(name).data(), chunk, channel);
            }
        });
    }

    private static void put(MemorySegment bytes, ByteBuffer chunk, FileChannel channel) throws IOException {
        for (long at = 0; at < bytes.byteSize(); at += CHUNK) {
            int length = (int) Math.min(CHUNK, bytes.byteSize() - at);
            chunk.clear().limit(length);
            MemorySegment.ofBuffer(chunk).copyFrom(bytes.asSlice(at, length));
            AtomicFile.writeAll(chunk, channel);
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}
