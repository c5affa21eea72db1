package dagrad.data;

import static dagrad.io.Mutations.survives;
import static org.assertj.core.api.Assertions.assertThat;

import dagrad.io.Mutations;
import dagrad.tensor.HostTensor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/// Whatever is in a file, the readers give a tensor that the file has the bytes for, or say in one line what is wrong.
class ReadersFuzzTest {
    private static final String CSV = "height,\"a \"\"b\"\"\",c\r\n1.5,-2e-3,\"3\"\r\n\r\n4,5,6\n7,8,9\n";

    private static Path file = Path.of("");

    @BeforeContainer
    static void makeFile() throws IOException {
        file = Files.createTempFile("fuzz", "");
    }

    @AfterContainer
    static void remove() throws IOException {
        Files.delete(file);
    }

    private static void write(byte[] bytes) throws IOException {
        Files.write(file, bytes);
    }

    private static void readIdx(byte[] bytes) throws IOException {
        write(bytes);
        survives(() -> look(Idx.read(file).tensor()), file.toString());
    }

    private static void readNpy(byte[] bytes) throws IOException {
        write(bytes);
        survives(() -> look(Npy.read(file)), file.toString());
    }

    private static void readCsv(byte[] bytes) throws IOException {
        write(bytes);
        survives(() -> assertThat(look(Csv.read(file).values())).doesNotContain(Double.NaN), file.toString());
        survives(
                () -> look(Csv.read(file, Csv.Format.STANDARD.allowingMissing()).values()), file.toString());
    }

    private static double[] look(HostTensor tensor) {
        double[] elements = tensor.doubles();
        assertThat(elements).hasSize((int) tensor.size());
        return elements;
    }

    @Provide
    static Arbitrary<byte[]> noise() {
        return Mutations.noise();
    }

    @Property(tries = 300)
    void noise(@ForAll("noise") byte[] bytes) throws IOException {
        readIdx(bytes);
        readNpy(bytes);
        readCsv(bytes);
    }

    @Provide
    static Arbitrary<byte[]> idx() {
        return Arbitraries.oneOf(Stream.of(
                        IdxTest.BYTES,
                        IdxTest.compressed(IdxTest.BYTES),
                        IdxTest.hex("00000b01 00000002 0100fffe"),
                        IdxTest.hex("00000e01 00000001 3ff8000000000000"))
                .map(Mutations::of)
                .toList());
    }

    @Property(tries = 1000)
    void damagedIdx(@ForAll("idx") byte[] bytes) throws IOException {
        readIdx(bytes);
    }

    @Provide
    static Arbitrary<byte[]> npy() {
        return Arbitraries.oneOf(Stream.of(
                        NpyTest.file(1, NpyTest.header("'<f4'", "False", "(2, 3)"), new byte[24]),
                        NpyTest.file(3, NpyTest.header("'<i8'", "False", "(3,)"), new byte[24]))
                .map(Mutations::of)
                .toList());
    }

    @Property(tries = 1000)
    void damagedNpy(@ForAll("npy") byte[] bytes) throws IOException {
        readNpy(bytes);
    }

    @Provide
    static Arbitrary<String> npyHeaders() {
        return Mutations.numbers(NpyTest.header("'<f4'", "False", "(2, 3, 1)"));
    }

    @Property(tries = 200)
    void npyWithOtherNumbers(@ForAll("npyHeaders") String header) throws IOException {
        readNpy(NpyTest.file(1, header, new byte[24]));
    }

    @Provide
    static Arbitrary<byte[]> csv() {
        return Arbitraries.oneOf(
                Mutations.of(CSV.getBytes(StandardCharsets.UTF_8)),
                Mutations.numbers(CSV).map(text -> text.getBytes(StandardCharsets.UTF_8)),
                Arbitraries.strings()
                        .withChars("0123456789,.\"\n\reE+-naN ;#\t")
                        .ofMaxLength(80)
                        .map(text -> text.getBytes(StandardCharsets.UTF_8)));
    }

    @Property(tries = 1000)
    void damagedCsv(@ForAll("csv") byte[] bytes) throws IOException {
        readCsv(bytes);
    }
}
