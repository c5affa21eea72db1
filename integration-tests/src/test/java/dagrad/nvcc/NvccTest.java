package dagrad.nvcc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dagrad.nvcc.Nvcc.Outcome;
import dagrad.nvcc.Nvcc.Usage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A second compiler, NVIDIA's own, beside the emulator's: all shipped kernels and a corpus of generated ones, without
/// a warning. `-Dnvcc.all` takes every card and the whole corpus, some minutes, in place of one card and a part;
/// `-Dnvcc.record` besides writes the table of `docs/kernels.md`.
class NvccTest {
    private static final List<Integer> CARDS = List.of(75, 80, 90, 100, 120);
    private static final List<Integer> ONE_CARD = List.of(90);

    /// Of the corpus's operations every so many-th is compiled, if not all are.
    private static final int SPREAD = 24;

    /// Generated kernels in one file: what they have in common is compiled once for all.
    private static final int TOGETHER = 200;

    private static final boolean RECORD = Boolean.parseBoolean(property("nvcc.record"));
    private static final boolean ALL = RECORD || Boolean.parseBoolean(property("nvcc.all"));

    @TempDir
    private static Path folder;

    private static Nvcc nvcc;
    private static List<Integer> cards;

    /// A property that is there without a value is true.
    private static String property(String name) {
        String value = System.getProperty(name, "false");
        return value.isEmpty() ? "true" : value;
    }

    @BeforeAll
    static void find() {
        assumeTrue(Nvcc.find().isPresent(), "no nvcc: kernels are compiled by the emulator's compiler alone");
        nvcc = Nvcc.find().orElseThrow();
        cards = nvcc.known(ALL ? CARDS : ONE_CARD);
        assertThat(cards).isNotEmpty();
    }

    private record Job(Path source, int card) {
        Outcome outcome() {
            return nvcc.compile(source, ShippedKernel.FOLDER, card);
        }
    }

    /// What the kernels need, by card and kernel; they are compiled as many at once as there are processors.
    private static Map<Integer, Map<String, Usage>> compile(List<Path> sources) {
        List<Job> jobs = cards.stream()
                .flatMap(card -> sources.stream().map(source -> new Job(source, card)))
                .toList();
        Map<Job, Outcome> outcomes = jobs.parallelStream().collect(Collectors.toMap(job -> job, Job::outcome));
        Map<Integer, Map<String, Usage>> usage = new TreeMap<>();
        for (Job job : jobs) {
            Outcome outcome = outcomes.get(job);
            assertThat(outcome.messages()).as(job.toString()).isEmpty();
            usage.computeIfAbsent(job.card(), _ -> new TreeMap<>()).putAll(outcome.usage());
        }
        return usage;
    }

    /// No warnings, and no hot kernel has too few registers.
    @Test
    void shippedKernels() throws IOException {
        Map<Integer, Map<String, Usage>> usage = compile(ShippedKernel.files().stream()
                .map(ShippedKernel.FOLDER::resolve)
                .toList());
        assumeTrue(ShippedKernel.canBeRead(), "no g++: nobody says which kernels are hot");
        List<ShippedKernel> kernels = ShippedKernel.all();
        usage.forEach((card, used) -> {
            assertThat(used.keySet())
                    .containsExactlyInAnyOrderElementsOf(
                            kernels.stream().map(ShippedKernel::name).toList());
            assertThat(kernels)
                    .filteredOn(ShippedKernel::hot)
                    .as("hot kernels that spill on sm_%d", card)
                    .isNotEmpty()
                    .filteredOn(kernel -> used.get(kernel.name()).spilled() > 0)
                    .isEmpty();
        });
        if (RECORD) {
            assertThat(cards).isEqualTo(CARDS);
            KernelTable.record(nvcc.release(), kernels, usage);
        }
    }

    /// No warnings, and no kernel of a training step has too few registers.
    @Test
    void generatedKernels() {
        Map<String, String> steps = Corpus.steps();
        List<String> texts = new ArrayList<>(steps.values());
        List<String> operations = List.copyOf(Corpus.operations().values());
        for (int i = 0; i < operations.size(); i += ALL ? 1 : SPREAD) {
            if (!steps.containsValue(operations.get(i))) {
                texts.add(operations.get(i));
            }
        }
        compile(units(texts)).forEach((card, used) -> {
            assertThat(used).hasSize(texts.size());
            assertThat(steps.keySet())
                    .as("kernels of training steps that spill on sm_%d", card)
                    .filteredOn(name -> used.get(name).spilled() > 0)
                    .isEmpty();
        });
    }

    private static List<Path> units(List<String> texts) {
        List<Path> units = new ArrayList<>();
        for (int i = 0; i < texts.size(); i += TOGETHER) {
            List<String> some = texts.subList(i, Math.min(texts.size(), i + TOGETHER));
            units.add(write("generated-" + units.size() + ".cu", String.join("\n", some)));
        }
        return units;
    }

    private static Path write(String name, String text) {
        try {
            return Files.writeString(folder.resolve(name), "#include \"dagrad.cuh\"\n\n" + text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// A compiler that finds nothing wrong would be no test: a variable that is not used is a warning, and more values
    /// at once than there are registers is a spill.
    @Test
    void whatIsWrongIsFound() {
        Path unused = write("unused.cu", "extern \"C\" __global__ void unused() { int i = 1; }\n");
        assertThat(new Job(unused, cards.getFirst()).outcome().messages()).contains("never referenced");
        Path spilling = write("spilling.cu", """
                extern "C" __global__ void __launch_bounds__(1024) spilling(const float *in, float *out) {
                    float values[128];
                #pragma unroll
                    for (int i = 0; i < 128; i++) {
                        values[i] = in[i * 1024 + threadIdx.x];
                    }
                    __syncthreads();
                #pragma unroll
                    for (int i = 0; i < 128; i++) {
                        out[i * 1024 + threadIdx.x] = values[127 - i] * values[i];
                    }
                }
                """);
        Outcome outcome = new Job(spilling, cards.getFirst()).outcome();
        assertThat(outcome.messages()).isEmpty();
        assertThat(outcome.usage().get("spilling").spilled()).isPositive();
    }
}
