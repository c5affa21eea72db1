package dagrad.cuda.emulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// The emulator's own tests, `kernels/emulator/test`: that it computes what CUDA does, and that it finds each kind of
/// fault. A case is a process, since the emulator reads its settings once.
class EmulatorTest {
    private static final Path PROGRAM = Path.of("target", "emulator", "emulator-test");

    @TestFactory
    Stream<DynamicTest> cases() throws Exception {
        assumeTrue(Files.exists(PROGRAM), "there is no CUDA emulator: g++ was not there when it was to be built");
        Outcome listed = run();
        assertThat(listed.status).as(listed.output).isZero();
        List<String> names = listed.output.lines().toList();
        assertThat(names).hasSizeGreaterThan(60).doesNotHaveDuplicates();
        return names.stream()
                .map(name -> DynamicTest.dynamicTest(name, () -> {
                    Outcome outcome = run(name);
                    assertThat(outcome.status).as(outcome.output).isZero();
                }));
    }

    private record Outcome(int status, String output) {}

    private static Outcome run(String... arguments) throws IOException, InterruptedException {
        List<String> command = Stream.concat(Stream.of(PROGRAM.toAbsolutePath().toString()), Stream.of(arguments))
                .toList();
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Outcome(process.waitFor(), output);
    }
}
