package dagrad.io;

import static dagrad.io.Mutations.survives;
import static org.assertj.core.api.Assertions.assertThat;

import dagrad.tensor.HostTensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/// Whatever is in a file, the reader gives tensors within it or says in one line what is wrong.
class SafetensorsFuzzTest {
    private static Path file = Path.of("");
    private static byte[] valid = new byte[0];

    @BeforeContainer
    static void writeValid() throws IOException {
        file = Files.createTempFile("fuzz", ".safetensors");
        Safetensors.write(file, SafetensorsTest.oneOfEach());
        valid = Files.readAllBytes(file);
    }

    @AfterContainer
    static void remove() throws IOException {
        Files.delete(file);
    }

    private static void read(byte[] bytes) throws IOException {
        Files.write(file, bytes);
        survives(() -> Safetensors.read(file).values().forEach(SafetensorsFuzzTest::look), file.toString());
    }

    private static void look(HostTensor tensor) {
        assertThat(tensor.doubles()).hasSize((int) tensor.size());
    }

    @Provide
    static Arbitrary<byte[]> noise() {
        return Mutations.noise();
    }

    @Property(tries = 500)
    void noise(@ForAll("noise") byte[] bytes) throws IOException {
        read(bytes);
    }

    @Provide
    static Arbitrary<byte[]> damaged() {
        return Mutations.of(valid);
    }

    @Property(tries = 1000)
    void damaged(@ForAll("damaged") byte[] bytes) throws IOException {
        read(bytes);
    }

    /// The header's numbers replaced, under an honest length.
    @Provide
    static Arbitrary<String> otherNumbers() {
        int length = valid[0] & 0xFF | (valid[1] & 0xFF) << 8;
        return Mutations.numbers(Mutations.text(Arrays.copyOfRange(valid, 8, 8 + length)));
    }

    @Property(tries = 1000)
    void otherNumbers(@ForAll("otherNumbers") String header) throws IOException {
        byte[] json = SafetensorsTest.bytes(header, 0);
        int data = valid.length - 8 - (valid[0] & 0xFF | (valid[1] & 0xFF) << 8);
        byte[] whole = Arrays.copyOf(json, json.length + data);
        read(whole);
    }
}
