package dagrad.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dagrad.io.FileException;
import dagrad.io.FormatException;
import dagrad.tensor.DType;
import dagrad.tensor.HostTensor;
import dagrad.tensor.Shape;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class IdxTest {
    /// u8 `[2,3]`
    static final byte[] BYTES = hex("00000802 00000002 00000003 000102 7f80ff");

    @TempDir
    private Path folder = Path.of("");

    static byte[] hex(String text) {
        return HexFormat.of().parseHex(text.replace(" ", ""));
    }

    static byte[] compressed(byte[] bytes) {
        ByteArrayOutputStream result = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(result)) {
            out.write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return result.toByteArray();
    }

    private Idx read(byte[] bytes) throws IOException {
        return Idx.read(Files.write(folder.resolve("a"), bytes));
    }

    @Test
    void plainAndCompressedFilesAreRead() throws IOException {
        for (byte[] bytes : new byte[][] {BYTES, compressed(BYTES)}) {
            Idx idx = read(bytes);
            assertThat(idx.type()).isEqualTo(Idx.Type.U8);
            assertThat(idx.shape()).isEqualTo(Shape.of(2, 3));
            assertThat(idx.data()).containsExactly(0, 1, 2, 127, -128, -1);
            assertThat(idx.tensor().spec().dtype()).isEqualTo(DType.I32);
            assertThat(idx.tensor().ints()).containsExactly(0, 1, 2, 127, 128, 255);
        }
    }

    static Stream<Arguments> elements() {
        return Stream.of(
                Arguments.of("00000901 00000002 7fff", DType.I32, new double[] {127, -1}),
                Arguments.of("00000b01 00000002 0100fffe", DType.I32, new double[] {256, -2}),
                Arguments.of("00000c01 00000002 01000000fffffffe", DType.I32, new double[] {1 << 24, -2}),
                Arguments.of("00000d01 00000002 3fc00000c0000000", DType.F32, new double[] {1.5, -2}),
                Arguments.of("00000e01 00000001 3ff8000000000000", DType.F64, new double[] {1.5}),
                Arguments.of("00000800 07", DType.I32, new double[] {7}),
                Arguments.of("00000802 00000000 00000005", DType.I32, new double[0]));
    }

    @ParameterizedTest
    @MethodSource
    void elements(String file, DType dtype, double[] values) throws IOException {
        HostTensor tensor = read(hex(file)).tensor();
        assertThat(tensor.spec().dtype()).isEqualTo(dtype);
        assertThat(tensor.doubles()).containsExactly(values);
    }

    static Stream<Arguments> damaged() {
        String begins = " and not with 00 00, a type (08, 09, 0b, 0c, 0d or 0e) and a number of dimensions";
        return Stream.of(
                Arguments.of(new byte[0], "it is no IDX file: it begins with nothing" + begins),
                Arguments.of(hex("0000"), "it is no IDX file: it begins with 00 00" + begins),
                Arguments.of(hex("00000a01 00000000"), "it is no IDX file: it begins with 00 00 0a 01" + begins),
                Arguments.of(hex("504b0304 00000000"), "it is no IDX file: it begins with 50 4b 03 04" + begins),
                Arguments.of(hex("00000802 00000002 0000"), "it ends within its 2 dimensions; is it cut off?"),
                Arguments.of(
                        hex("00000801 ffffffff"), "its dimensions are wrong: a shape has no negative extents: [-1]"),
                Arguments.of(
                        hex("00000803 00100000 00080000 02000000"),
                        "its dimensions are wrong: a shape of 2^40 or more elements: [1048576, 524288, 33554432]"),
                Arguments.of(
                        hex("00000801 00000010 00"),
                        "it should hold U8[16], 16 bytes, but has at most 9; is it cut off?"),
                Arguments.of(
                        hex("00000801 00000003 0001"),
                        "it should hold U8[3], 3 bytes, but ends after 2; is it cut off?"),
                Arguments.of(
                        hex("00000801 00000003 00010203"), "it goes on after the 3 bytes of U8[3] that it should hold"),
                Arguments.of(
                        compressed(hex("00000801 00000003 0001")),
                        "it should hold U8[3], 3 bytes, but ends after 2; is it cut off?"),
                Arguments.of(
                        Arrays.copyOf(compressed(BYTES), 25),
                        "it ends in the middle of the compressed data; is it cut off?"),
                Arguments.of(hex("1f8b08"), "it ends in the middle of the compressed data; is it cut off?"),
                Arguments.of(
                        hex("1f8b0700000000000000"), "its compressed data is damaged: Unsupported compression method"));
    }

    @ParameterizedTest
    @MethodSource
    void damaged(byte[] bytes, String message) {
        assertThatThrownBy(() -> read(bytes))
                .isInstanceOf(FormatException.class)
                .hasMessage(folder.resolve("a") + ": " + message);
    }

    @Test
    void aSmallFileThatClaimsALotIsRefusedBeforeItIsBelieved() {
        byte[] claims = hex("00000802 00007fff 0000ffff");
        assertThatThrownBy(() -> read(compressed(claims)))
                .isInstanceOf(FormatException.class)
                .hasMessageContaining("it should hold U8[32767,65535], 2147385345 bytes, but has at most ");
    }

    @Test
    void aFileThatIsNotThereIsNamed() {
        assertThatThrownBy(() -> Idx.read(folder.resolve("none")))
                .isInstanceOf(FileException.class)
                .hasMessageStartingWith("cannot read " + folder.resolve("none") + ": there is no ");
    }
}
