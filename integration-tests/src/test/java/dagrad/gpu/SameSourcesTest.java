package dagrad.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import dagrad.cuda.code.Calls;
import dagrad.cuda.code.CudaCapabilities;
import dagrad.cuda.code.Lowering;
import dagrad.models.bench.Extent;
import dagrad.models.bench.Workload;
import dagrad.plan.Cards;
import dagrad.precision.Precision;
import dagrad.schedule.Scheduler;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// One graph gives the same CUDA sources, byte for byte, and the same calls of them: in one process, and in another, whose
/// hash tables have another order. Else the code that is kept on disk would not be found again, nor would a run be
/// repeated.
class SameSourcesTest {
    private static List<Calls> calls(String workload, Precision precision) {
        return new Lowering(Cards.named("h100"))
                .of(Scheduler.plan(
                        Workload.of(workload, precision, Extent.SMALL).graph(), CudaCapabilities.INSTANCE));
    }

    private static List<List<Calls>> all() {
        return Stream.of("mlp", "gpt")
                .flatMap(workload -> Stream.of(Precision.F32, Precision.BF16).map(p -> calls(workload, p)))
                .toList();
    }

    /// Sources are parts of calls, and these tell all that they have.
    private static String digest() throws NoSuchAlgorithmException {
        byte[] text = all().toString().getBytes(StandardCharsets.UTF_8);
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text));
    }

    /// Prints the digest: what the other process does.
    static final class OtherProcess {
        private OtherProcess() {}

        public static void main(String[] arguments) throws NoSuchAlgorithmException {
            System.out.println(digest());
        }
    }

    @Test
    void twiceInOneProcess() {
        List<List<Calls>> first = all();
        assertThat(first.toString()).contains("__global__");
        assertThat(all()).isEqualTo(first);
    }

    @Test
    void inAnotherProcess() throws IOException, NoSuchAlgorithmException {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        Process other = new ProcessBuilder(
                        java, "-cp", System.getProperty("java.class.path"), OtherProcess.class.getName())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(new String(other.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .isEqualToIgnoringNewLines(digest());
    }
}
