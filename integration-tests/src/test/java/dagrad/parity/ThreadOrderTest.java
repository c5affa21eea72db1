package dagrad.parity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/// In which order the threads of a block run, and the blocks, is nowhere to be seen in results. The emulator runs them
/// forwards, backwards and shuffled, each in a process of its own; a GPU cannot be told, so there the test is skipped.
class ThreadOrderTest {
    @Test
    void resultsAreTheSameInAnyOrder() throws IOException, InterruptedException {
        try (Devices devices = new Devices()) {
            assumeTrue(
                    Devices.ids().anyMatch("cuda"::equals)
                            && devices.open("cuda").name().contains("emulator"),
                    "no emulator");
        }
        Set<String> fingerprints = new TreeSet<>();
        for (String order : List.of("forward", "reverse", "shuffled")) {
            fingerprints.add(fingerprint(order));
        }
        assertThat(fingerprints).hasSize(1);
        assertThat(fingerprints.iterator().next()).startsWith("fingerprint ");
    }

    private static String fingerprint(String order) throws IOException, InterruptedException {
        ProcessBuilder child = new ProcessBuilder(
                ProcessHandle.current().info().command().orElse("java"),
                "--add-modules=jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Fingerprint.class.getName());
        child.environment().put("DAGRAD_EMU_ORDER", order);
        Process process = child.redirectErrorStream(true).start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(printed).isZero();
        return printed.lines()
                .filter(line -> line.startsWith("fingerprint"))
                .findFirst()
                .orElse(printed);
    }
}
