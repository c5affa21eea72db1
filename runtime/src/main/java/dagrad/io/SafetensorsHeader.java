package dagrad.io;

import static dagrad.io.FormatException.quoted;

import dagrad.tensor.DType;
import dagrad.tensor.HostTensor;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// What a safetensors file says of itself: where each tensor lies in its data, and text for people. The data is what
/// follows the header; it is covered by the tensors without gaps or overlaps.
record SafetensorsHeader(Map<String, Entry> tensors, Map<String, String> metadata) {
    static final String METADATA = "__metadata__";

    /// One tensor's place in the data, in bytes.
    record Entry(Stored stored, Shape shape, long begin, long end) {
        /// What the tensor is once it is read.
        TensorSpec spec() {
            return new TensorSpec(stored.dtype, shape);
        }
    }

    /// The element types of files.
    enum Stored {
        F64(DType.F64, 8),
        F32(DType.F32, 4),
        BF16(DType.BF16, 2),
        /// Read as f32, never written.
        F16(DType.F32, 2),
        I64(DType.I64, 8),
        I32(DType.I32, 4);

        final DType dtype;
        final int bytes;

        Stored(DType dtype, int bytes) {
            this.dtype = dtype;
            this.bytes = bytes;
        }

        static Stored of(DType dtype) {
            return switch (dtype) {
                case F64 -> F64;
                case F32 -> F32;
                case BF16 -> BF16;
                case I64 -> I64;
                case I32 -> I32;
            };
        }

        static Optional<Stored> byName(String name) {
            return Arrays.stream(values()).filter(s -> s.name().equals(name)).findFirst();
        }
    }

    /// @param file what messages call the file
    /// @param dataBytes how many bytes follow the header
    /// @throws FormatException if it is no header, or not one for that data
    static SafetensorsHeader parse(String json, String file, long dataBytes) {
        JsonNode root = Json.parse(json, file + ": header");
        Fields fields = new Fields(file + ": header", root);
        Map<String, String> metadata = new LinkedHashMap<>();
        fields.optional(METADATA).ifPresent(node -> {
            Fields texts = new Fields(file + ": " + METADATA, node);
            node.propertyNames().forEach(name -> metadata.put(name, texts.text(name)));
        });
        Map<String, Entry> tensors = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> property : root.properties()) {
            String name = property.getKey();
            if (!name.equals(METADATA)) {
                tensors.put(name, entry(new Fields(file + ": tensor " + quoted(name), property.getValue()), dataBytes));
            }
        }
        checkCover(tensors, file, dataBytes);
        return new SafetensorsHeader(tensors, metadata);
    }

    private static Entry entry(Fields fields, long dataBytes) {
        String dtype = fields.text("dtype");
        Stored stored = Stored.byName(dtype)
                .orElseThrow(() -> fields.error("its dtype is " + quoted(dtype) + "; of all dtypes "
                        + Arrays.stream(Stored.values()).map(Stored::name).collect(Collectors.joining(", "))
                        + " can be read: convert it to one of them"));
        Shape shape = fields.shape("shape");
        JsonNode offsets = fields.array("data_offsets");
        fields.noMore();
        if (offsets.size() != 2 || !isLong(offsets.get(0)) || !isLong(offsets.get(1))) {
            throw fields.mustBe("data_offsets", "two whole numbers [begin, end]", offsets);
        }
        long begin = offsets.get(0).longValue();
        long end = offsets.get(1).longValue();
        if (begin < 0 || begin > end || end > dataBytes) {
            throw fields.error("its data_offsets " + Fields.brief(offsets) + " do not lie within the " + dataBytes
                    + " bytes of data; is the file cut off?");
        }
        long needed = shape.size() * stored.bytes;
        if (end - begin != needed) {
            throw fields.error(stored.name() + shape + " takes " + needed + " bytes, its data_offsets "
                    + Fields.brief(offsets) + " span " + (end - begin));
        }
        return new Entry(stored, shape, begin, end);
    }

    private static boolean isLong(JsonNode node) {
        return node.isIntegralNumber() && node.canConvertToLong();
    }

    /// The tensors follow each other from the first byte of the data to the last.
    private static void checkCover(Map<String, Entry> tensors, String file, long dataBytes) {
        List<Map.Entry<String, Entry>> inOrder = tensors.entrySet().stream()
                .sorted(Comparator.<Map.Entry<String, Entry>>comparingLong(
                                e -> e.getValue().begin())
                        .thenComparingLong(e -> e.getValue().end()))
                .toList();
        long at = 0;
        for (Map.Entry<String, Entry> each : inOrder) {
            long begin = each.getValue().begin();
            if (begin != at) {
                throw new FormatException(file + ": tensor " + quoted(each.getKey()) + " begins at byte " + begin
                        + " of the data, but the tensors before it end at " + at
                        + (begin < at ? "; tensors must not overlap" : "; there must be no gaps"));
            }
            at = each.getValue().end();
        }
        if (at != dataBytes) {
            throw new FormatException(
                    file + ": the tensors end at byte " + at + " of the data, which has " + dataBytes + " bytes");
        }
    }

    /// The header for tensors, which are laid out by falling size of their elements, so that each is aligned, and then
    /// by name.
    static SafetensorsHeader of(Map<String, HostTensor> tensors, Map<String, String> metadata) {
        List<Map.Entry<String, HostTensor>> inOrder = tensors.entrySet().stream()
                .sorted(Comparator.<Map.Entry<String, HostTensor>>comparingInt(
                                e -> -e.getValue().spec().dtype().bytes())
                        .thenComparing(Map.Entry::getKey))
                .toList();
        Map<String, Entry> entries = new LinkedHashMap<>();
        long at = 0;
        for (Map.Entry<String, HostTensor> each : inOrder) {
            if (each.getKey().equals(METADATA)) {
                throw new IllegalArgumentException("no tensor can be called " + METADATA);
            }
            TensorSpec spec = each.getValue().spec();
            entries.put(each.getKey(), new Entry(Stored.of(spec.dtype()), spec.shape(), at, at + spec.bytes()));
            at += spec.bytes();
        }
        return new SafetensorsHeader(entries, metadata);
    }

    /// As the file begins: the length of the JSON in eight bytes, and the JSON, padded with spaces so that the data
    /// begins at a multiple of eight.
    byte[] bytes() {
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        if (!metadata.isEmpty()) {
            ObjectNode texts = root.putObject(METADATA);
            metadata.forEach(texts::put);
        }
        tensors.forEach((name, entry) -> {
            ObjectNode tensor = root.putObject(name).put("dtype", entry.stored().name());
            tensor.set("shape", Numbers.json(entry.shape()));
            tensor.putArray("data_offsets").add(entry.begin()).add(entry.end());
        });
        byte[] json = Json.mapper().writeValueAsBytes(root);
        int padded = Math.ceilDiv(json.length, 8) * 8;
        byte[] bytes = Arrays.copyOf((" ".repeat(8 + padded)).getBytes(StandardCharsets.US_ASCII), 8 + padded);
        IntStream.range(0, 8).forEach(i -> bytes[i] = (byte) ((long) padded >>> 8 * i));
        System.arraycopy(json, 0, bytes, 8, json.length);
        return bytes;
    }
}
