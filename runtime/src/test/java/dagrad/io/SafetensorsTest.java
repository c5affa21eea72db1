package dagrad.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dagrad.tensor.DType;
import dagrad.tensor.HostTensor;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.lifecycle.AfterProperty;
import net.jqwik.api.lifecycle.BeforeProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class SafetensorsTest {
    private Path folder = Path.of("");

    @BeforeEach
    @BeforeProperty
    void makeFolder() throws IOException {
        folder = Files.createTempDirectory("safetensors");
    }

    @AfterEach
    @AfterProperty
    void removeFolder() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }

    /// @return the file's bytes: an honest length, the header, and that many bytes of data
    static byte[] bytes(String header, int data) {
        byte[] json = header.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + json.length + data)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(json.length)
                .put(json)
                .array();
    }

    private Path file(byte[] bytes) throws IOException {
        return Files.write(folder.resolve("w.safetensors"), bytes);
    }

    static Map<String, HostTensor> oneOfEach() {
        Map<String, HostTensor> tensors = new LinkedHashMap<>();
        for (DType dtype : DType.values()) {
            TensorSpec spec = new TensorSpec(dtype, Shape.of(3));
            tensors.put("a/" + dtype.text(), HostTensor.of(spec, 1.5, -2, 1e9));
        }
        tensors.put("scalar", HostTensor.of(TensorSpec.f32(), 7));
        tensors.put("empty \"ü\"", HostTensor.zeros(TensorSpec.f32(2, 0)));
        return tensors;
    }

    private static void assertSame(Map<String, HostTensor> actual, Map<String, HostTensor> expected) {
        assertThat(actual).containsOnlyKeys(expected.keySet());
        expected.forEach((name, tensor) -> {
            assertThat(actual.get(name).spec()).isEqualTo(tensor.spec());
            assertThat(actual.get(name).data().mismatch(tensor.data())).isEqualTo(-1);
        });
    }

    @Test
    void whatIsWrittenIsRead() throws IOException {
        Path path = folder.resolve("w.safetensors");
        Safetensors.write(path, oneOfEach(), Map.of("made by", "a test"));
        assertSame(Safetensors.read(path), oneOfEach());
        try (Safetensors open = Safetensors.open(path)) {
            assertSame(open.tensors(), oneOfEach());
            assertThat(open.metadata()).isEqualTo(Map.of("made by", "a test"));
            assertThat(open.spec("scalar")).isEqualTo(TensorSpec.f32());
            assertThat(open.tensor("a/f64").data().isMapped()).isTrue();
            assertThatThrownBy(() -> open.tensor("scalars"))
                    .isInstanceOf(FormatException.class)
                    .hasMessage(path + ": there is no tensor \"scalars\" in it; did you mean \"scalar\"?");
        }
    }

    @Test
    void theSameTensorsGiveTheSameBytesAlignedAndInTheOrderOfTheFormat() throws IOException {
        Path path = folder.resolve("w.safetensors");
        Safetensors.write(path, oneOfEach());
        byte[] first = Files.readAllBytes(path);
        Safetensors.write(path, new TreeMap<>(oneOfEach()));
        assertThat(Files.readAllBytes(path)).isEqualTo(first);
        long header = ByteBuffer.wrap(first).order(ByteOrder.LITTLE_ENDIAN).getLong();
        assertThat(header % 8).isZero();
        assertThat(new String(first, 8, (int) header, StandardCharsets.UTF_8))
                .startsWith(
                        "{\"a/f64\":{\"dtype\":\"F64\",\"shape\":[3],\"data_offsets\":[0,24]},\"a/i64\":{\"dtype\":\"I64\",");
    }

    /// As the reference implementation in Rust writes it: `save({"w": [[1, 2]] as f32}, {"k": "v"})`.
    @Test
    void aFileOfTheReferenceImplementationIsRead() throws IOException {
        byte[] bytes =
                bytes("{'__metadata__':{'k':'v'},'w':{'dtype':'F32','shape':[1,2],'data_offsets':[0,8]}}       ", 8);
        ByteBuffer.wrap(bytes)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putFloat(bytes.length - 8, 1)
                .putFloat(bytes.length - 4, 2);
        assertThat(Safetensors.read(file(bytes)).get("w").floats()).containsExactly(1, 2);
    }

    @Test
    void halfPrecisionIsReadAsSingle() throws IOException {
        byte[] bytes = bytes("{'h':{'dtype':'F16','shape':[2],'data_offsets':[0,4]}}", 4);
        ByteBuffer.wrap(bytes)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putShort(bytes.length - 4, Float.floatToFloat16(0.1f))
                .putShort(bytes.length - 2, Float.floatToFloat16(-65504));
        HostTensor h = Safetensors.read(file(bytes)).get("h");
        assertThat(h.spec()).isEqualTo(TensorSpec.f32(2));
        assertThat(h.floats()).containsExactly(0.099975586f, -65504);
    }

    @Property(tries = 100)
    void tensorsOfAnySizeSurvive(@ForAll @Size(max = 6) List<@IntRange(max = 300_000) Integer> sizes) {
        Map<String, HostTensor> tensors = new LinkedHashMap<>();
        for (int size : sizes) {
            double[] values = new double[size];
            Arrays.setAll(values, i -> Math.sin(i + size));
            DType dtype = List.of(DType.values()).get(size % DType.values().length);
            tensors.put("t" + size, HostTensor.of(values, size).cast(dtype));
        }
        Path path = folder.resolve("any.safetensors");
        Safetensors.write(path, tensors);
        assertSame(Safetensors.read(path), tensors);
    }

    static Stream<Arguments> headersAndMessages() {
        String a = "'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}";
        return Stream.of(
                Arguments.of(
                        "{'a':{'dtype':'U8','shape':[2],'data_offsets':[0,2]}}",
                        2,
                        "tensor \"a\": its dtype is \"U8\"; of all dtypes F64, F32, BF16, F16, I64, I32 can be read: convert it"
                                + " to one of them"),
                Arguments.of(
                        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,9]}}",
                        9,
                        "tensor \"a\": F32[2] takes 8 bytes, its data_offsets [0,9] span 9"),
                Arguments.of(
                        "{" + a + "}",
                        7,
                        "tensor \"a\": its data_offsets [0,8] do not lie within the 7 bytes of data; is the file cut off?"),
                Arguments.of(
                        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[-8,0]}}",
                        8,
                        "tensor \"a\": its data_offsets [-8,0] do not lie within the 8 bytes of data; is the file cut off?"),
                Arguments.of(
                        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[8,0]}}",
                        8,
                        "tensor \"a\": its data_offsets [8,0] do not lie within the 8 bytes of data; is the file cut off?"),
                Arguments.of(
                        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,18446744073709551616]}}",
                        8,
                        "tensor \"a\": \"data_offsets\" must be two whole numbers [begin, end], not [0,18446744073709551616]"),
                Arguments.of(
                        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[9223372036854775800,9223372036854775807]}}",
                        8,
                        "tensor \"a\": its data_offsets [9223372036854775800,9223372036854775807] do not lie within the 8 bytes"
                                + " of data; is the file cut off?"),
                Arguments.of(
                        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0]}}",
                        8,
                        "tensor \"a\": \"data_offsets\" must be two whole numbers [begin, end], not [0]"),
                Arguments.of(
                        "{" + a + ",'b':{'dtype':'F32','shape':[1],'data_offsets':[4,8]}}",
                        8,
                        "tensor \"b\" begins at byte 4 of the data, but the tensors before it end at 8; tensors must not overlap"),
                Arguments.of(
                        "{" + a + ",'b':{'dtype':'F32','shape':[1],'data_offsets':[12,16]}}",
                        16,
                        "tensor \"b\" begins at byte 12 of the data, but the tensors before it end at 8; there must be no gaps"),
                Arguments.of("{" + a + "}", 12, "the tensors end at byte 8 of the data, which has 12 bytes"),
                Arguments.of(
                        "{" + a + "," + a + "}", 8, "header line 1 column 58: it is no JSON: a second field \"a\""),
                Arguments.of(
                        "{'a':{'dtype':'F32','shape':[-2],'data_offsets':[0,8]}}",
                        8,
                        "tensor \"a\": \"shape\": a shape has no negative extents: [-2]"),
                Arguments.of(
                        "{'a':{'dtype':'F32','shape':[2000000000,2000000000,0],'data_offsets':[0,0]}}",
                        0,
                        "tensor \"a\": \"shape\": a shape of 2^40 or more elements: [2000000000, 2000000000, 0]"),
                Arguments.of(
                        "{'a':{'dtype':'F32','shape':[2]}}", 8, "tensor \"a\": the field \"data_offsets\" is missing"),
                Arguments.of(
                        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8],'scale':2}}",
                        8,
                        "tensor \"a\": unknown field \"scale\"; known here: dtype, shape, data_offsets"),
                Arguments.of("{'a':3}", 0, "tensor \"a\": it must be an object { … }, not 3"),
                Arguments.of("{'__metadata__':{'k':1}}", 0, "__metadata__: \"k\" must be a string, not 1"),
                Arguments.of("[]", 0, "it is no safetensors file: its header does not begin with {"),
                Arguments.of("{", 0, "header line 1 column 2: it ends in the middle; is it cut off?"));
    }

    @ParameterizedTest
    @MethodSource
    void headersAndMessages(String header, int data, String message) throws IOException {
        assertRefused(bytes(header, data), message);
    }

    @Test
    void lengthsThatCannotBeAreRefused() throws IOException {
        assertRefused(new byte[0], "it is no safetensors file, or cut off: it has 0 bytes");
        assertRefused(new byte[7], "it is no safetensors file, or cut off: it has 7 bytes");
        assertRefused(new byte[8], "it is no safetensors file: its header does not begin with {");
        byte[] tooLong = bytes("{}", 0);
        tooLong[0] = 3;
        assertRefused(
                tooLong, "it is no safetensors file, or cut off: it speaks of a header of 3 bytes and has 10 in all");
        Arrays.fill(tooLong, 0, 8, (byte) 0xFF);
        assertRefused(
                tooLong,
                "it is no safetensors file, or cut off: it speaks of a header of 18446744073709551615 bytes and has 10 in all");
        byte[] notUtf8 = bytes("{}", 0);
        notUtf8[9] = (byte) 0xFF;
        assertRefused(notUtf8, "its header is not UTF-8");
    }

    @Test
    void aHeaderBeyondTheFormatsLimitIsNotEvenRead() throws IOException {
        Path path = file(ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(0, 100_000_001)
                .array());
        try (RandomAccessFile sparse = new RandomAccessFile(path.toFile(), "rw")) {
            sparse.setLength(100_000_100);
        }
        assertThatThrownBy(() -> Safetensors.open(path))
                .isInstanceOf(FormatException.class)
                .hasMessage(path + ": its header has 100000001 bytes; the format allows 100000000");
    }

    private void assertRefused(byte[] bytes, String message) throws IOException {
        Path path = file(bytes);
        FormatException e = catchThrowableOfType(FormatException.class, () -> Safetensors.read(path));
        assertThat(e).as("no error").isNotNull();
        assertThat(e).hasMessage(path + ": " + message);
    }

    @Test
    void aFileThatIsNotThereIsNamed() {
        Path missing = folder.resolve("missing.safetensors");
        assertThatThrownBy(() -> Safetensors.open(missing))
                .isInstanceOf(FileException.class)
                .hasMessage("cannot read " + missing + ": there is no " + missing);
        assertThatThrownBy(() -> Safetensors.open(folder)).isInstanceOf(FileException.class);
    }

    @Test
    void theNameOfTheMetadataIsTaken() {
        assertThatThrownBy(() -> Safetensors.write(
                        folder.resolve("w"), Map.of("__metadata__", HostTensor.zeros(TensorSpec.f32()))))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
