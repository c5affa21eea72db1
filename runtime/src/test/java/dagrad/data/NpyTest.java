package dagrad.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dagrad.io.FileException;
import dagrad.io.FormatException;
import dagrad.tensor.DType;
import dagrad.tensor.HostTensor;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class NpyTest {
    /// `numpy.save(file, numpy.array([[1.5, -2, 3], [4, 5, 1e-3]], dtype="<f4"))`, by NumPy itself.
    private static final String NUMPY =
            "k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLC"
                    + "B9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAMA/AAAA"
                    + "wAAAQEAAAIBAAACgQG8Sgzo=";

    @TempDir
    private Path folder = Path.of("");

    static byte[] file(int version, String header, byte[] data) {
        byte[] text = header.getBytes(StandardCharsets.UTF_8);
        ByteBuffer file = ByteBuffer.allocate(8 + (version == 1 ? 2 : 4) + text.length + data.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', (byte) version, 0});
        if (version == 1) {
            file.putShort((short) text.length);
        } else {
            file.putInt(text.length);
        }
        return file.put(text).put(data).array();
    }

    static String header(String descr, String order, String shape) {
        return "{'descr': " + descr + ", 'fortran_order': " + order + ", 'shape': " + shape + ", }   \n";
    }

    private HostTensor read(byte[] bytes) throws IOException {
        return Npy.read(Files.write(folder.resolve("a.npy"), bytes));
    }

    @Test
    void aFileOfNumPyIsRead() throws IOException {
        byte[] bytes = Base64.getDecoder().decode(NUMPY);
        HostTensor tensor = read(bytes);
        assertThat(tensor.spec()).isEqualTo(TensorSpec.f32(2, 3));
        assertThat(tensor.floats()).containsExactly(1.5f, -2, 3, 4, 5, 1e-3f);
    }

    @ParameterizedTest
    @CsvSource({"<f4, F32, 1", "<f8, F64, 2", "<i4, I32, 3", "<i8, I64, 3"})
    void elementsOfFourTypesInThreeVersions(String descr, DType dtype, int version) throws IOException {
        HostTensor values = HostTensor.of(new TensorSpec(dtype, Shape.of(300_000)), 0);
        for (int i = 0; i < values.size(); i++) {
            values.set(i, i * 3 - 7);
        }
        byte[] data = values.data().toArray(ValueLayout.JAVA_BYTE);
        HostTensor read = read(file(version, header("'" + descr + "'", "False", "(300000,)"), data));
        assertThat(read.spec()).isEqualTo(values.spec());
        assertThat(read.data().mismatch(values.data())).isEqualTo(-1);
    }

    @ParameterizedTest
    @CsvSource({"'()', 1", "'(0, 7)', 0", "'(2,3)', 6", "'(1, 1, 1, 1, 2)', 2"})
    void shapes(String shape, int size) throws IOException {
        HostTensor read = read(file(1, header("'<i4'", "False", shape), new byte[4 * size]));
        assertThat(read.size()).isEqualTo(size);
    }

    static Stream<Arguments> damaged() {
        byte[] eight = new byte[8];
        return Stream.of(
                Arguments.of(new byte[0], "it ends after 0 bytes; is it no file of numpy.save, or cut off?"),
                Arguments.of(new byte[9], "it is no file of numpy.save: it does not begin with \\x93NUMPY"),
                Arguments.of(file(4, "", eight), "its version is 4; 1 to 3 can be read"),
                Arguments.of(
                        Arrays.copyOf(file(1, header("'<f4'", "False", "(2,)"), eight), 30),
                        "it ends after 30 bytes; is it no file of numpy.save, or cut off?"),
                Arguments.of(file(2, " ".repeat(10_001), eight), "its header has 10001 bytes; at most 10000 are read"),
                Arguments.of(
                        file(1, header("'<f4'", "False", "(3,)"), eight),
                        "it should hold f32[3], 12 bytes, but has 8; is it cut off?"),
                Arguments.of(
                        file(1, header("'<f4'", "False", "(1,)"), eight),
                        "it should hold f32[1], 4 bytes, but has 8; only one array is read"),
                Arguments.of(
                        file(1, header("'>f4'", "False", "(2,)"), eight),
                        "its elements are \">f4\"; <f4, <f8, <i4 and <i8 can be read: save array.astype(\"<f4\")"),
                Arguments.of(
                        file(1, header("'<f4'", "True", "(2,)"), eight),
                        "it is in Fortran's order; save numpy.ascontiguousarray(array) instead"),
                Arguments.of(
                        file(1, header("[('x', '<f4')]", "False", "(2,)"), eight),
                        "its header lacks a plain descr, fortran_order or shape: "
                                + "\"{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (…\""
                                + "; arrays of records cannot be read"),
                Arguments.of(
                        file(1, header("'<f4'", "False", "(2 2)"), eight),
                        "its shape \"(2 2)\" is not made of whole numbers below 2^31"),
                Arguments.of(
                        file(1, header("'<f4'", "False", "(1048576, 524288, 33554432)"), eight),
                        "its shape is wrong: a shape of 2^40 or more elements: " + "[1048576, 524288, 33554432]"),
                Arguments.of(
                        file(1, header("'<f4'", "False", "(3000000000,)"), eight),
                        "its shape \"(3000000000,)\" is not made of whole numbers below 2^31"));
    }

    @ParameterizedTest
    @MethodSource
    void damaged(byte[] bytes, String message) {
        assertThatThrownBy(() -> read(bytes))
                .isInstanceOf(FormatException.class)
                .hasMessage(folder.resolve("a.npy") + ": " + message);
    }

    @Test
    void aFileThatIsNotThereIsNamed() {
        assertThatThrownBy(() -> Npy.read(folder.resolve("none")))
                .isInstanceOf(FileException.class)
                .hasMessageStartingWith("cannot read " + folder.resolve("none") + ": there is no ");
    }
}
