package dagrad.models.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dagrad.data.DataException;
import dagrad.io.Safetensors;
import dagrad.models.text.Characters;
import dagrad.models.transformer.HuggingFaceGpt2;
import dagrad.models.transformer.Transformer;
import dagrad.tensor.HostTensor;
import dagrad.train.Run;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// The small GPT-2 of the golden numbers learns a line of text.
class FinetuneJobTest {
    @RegisterExtension
    static final OnCpu CPU = new OnCpu(2);

    private static final Path GPT2 = Path.of("src/test/resources/gpt2");
    private static final Path WEIGHTS = GPT2.resolve(HuggingFaceGpt2.WEIGHTS);
    private static final String LINE = "the quick brown fox jumps over the lazy dog\n";

    @TempDir
    private Path folder;

    private FinetuneJob job;
    private Hyperparameters small;

    @BeforeEach
    void write() throws IOException {
        Path data = folder.resolve("text.txt");
        Files.writeString(data, LINE.repeat(40));
        job = new FinetuneJob(folder.resolve("cache"));
        small = job.standard()
                .with("data", data.toString())
                .with("weights", WEIGHTS.toString())
                .with("context", 16)
                .with("steps", 60)
                .with("batch", 4)
                .with("learning_rate", 1e-2);
    }

    private List<String> train(Path out, Hyperparameters chosen) {
        return CPU.said(at -> job.run(chosen, at.in(out)));
    }

    private String sample(Path run) {
        Hyperparameters coldly =
                job.sampling().with("temperature", 0.01).with("length", 12).with("prompt", "the quick");
        return CPU.said(at -> job.sample(SavedRun.open(run, "finetune"), coldly, at))
                .getFirst();
    }

    private static double loss(List<String> said) {
        return Double.parseDouble(said.get(1).replaceAll(".*validation loss ([0-9.]+).*", "$1"));
    }

    private Map<String, HostTensor> exported(Path run) throws IOException {
        Path out = Files.createDirectory(folder.resolve("exported"));
        job.export(SavedRun.open(run), out);
        return Safetensors.read(out.resolve(HuggingFaceGpt2.WEIGHTS));
    }

    @Test
    void allWeightsAreTrained() throws IOException {
        Path out = folder.resolve("run");
        List<String> said = train(out, small);
        // Random weights of that size have a loss of about 6, above the log of 320.
        assertThat(loss(said)).isLessThan(2.5);
        assertThat(sample(out)).startsWith("the quick");
        Map<String, HostTensor> before = Safetensors.read(WEIGHTS);
        Map<String, HostTensor> after = exported(out);
        assertThat(after.get("transformer.h.1.ln_2.bias").floats())
                .isNotEqualTo(before.get("h.1.ln_2.bias").floats());
        assertThat(folder.resolve("exported").resolve("tokenizer.json"))
                .hasSameTextualContentAs(GPT2.resolve("tokenizer.json"));
    }

    @Test
    void adaptersAloneAreTrainedAndSaved() throws IOException {
        Path out = folder.resolve("run");
        List<String> said = train(out, small.with("lora", "rank=4,alpha=8"));
        List<String> untrained = train(
                folder.resolve("start"),
                small.with("lora", "rank=4").with("steps", 1).with("learning_rate", 1e-30));
        assertThat(loss(said)).isLessThan(0.9 * loss(untrained));
        assertThat(Safetensors.read(out.resolve(Run.WEIGHTS)))
                .hasSize(16)
                .allSatisfy((name, _) -> assertThat(name).contains("lora"));
        assertThat(SavedRun.open(out).chosen().text("weights"))
                .as("where the weights are, for whoever uses the run from another place")
                .isEqualTo(WEIGHTS.toAbsolutePath().toString());
        Map<String, HostTensor> before = Safetensors.read(WEIGHTS);
        Map<String, HostTensor> after = exported(out);
        assertThat(after.get("transformer.h.1.ln_2.bias").floats())
                .isEqualTo(before.get("h.1.ln_2.bias").floats());
        assertThat(after.get("transformer.h.1.mlp.c_fc.weight").floats())
                .isNotEqualTo(before.get("h.1.mlp.c_fc.weight").floats());
        assertThat(sample(out)).isEqualTo(sample(out)).startsWith("the quick");
    }

    @Test
    void whatIsMissingIsSaid() {
        Path out = folder.resolve("run");
        assertThatThrownBy(() -> train(out, small.with("weights", "")))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("--weights");
        assertThatThrownBy(() -> train(out, small.with("data", "")))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("--data");
        assertThatThrownBy(() -> train(out, small.with("weights", "nowhere/model.safetensors")))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("nowhere");
        assertThatThrownBy(() -> train(out, small.with("weights", GPT2.toString())))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("the model.safetensors itself");
        assertThatThrownBy(() -> train(out, small.with("lora", "rank"))).hasMessageContaining("rank=8");
        assertThatThrownBy(() -> train(out, small.with("lora", "rank=4,targets=query")))
                .hasMessageContaining("no matrix to adapt with a part of its name among [query]");
        assertThat(out).doesNotExist();
    }

    /// As `dagrad export` leaves it of a run of text.
    @Test
    void anAlphabetBesideTheWeightsWillDo() {
        Characters alphabet = new Characters("\n abcdefghijklmnopqrstuvwxyz");
        Transformer model = new Transformer(1, 2, 4, alphabet.vocabulary(), 16);
        Map<String, HostTensor> weights = new LinkedHashMap<>();
        model.shapes().forEach((name, spec) -> weights.put(name, HostTensor.of(spec, 0.1)));
        HuggingFaceGpt2.write(folder, model, weights, Optional.empty());
        alphabet.write(folder);
        Path out = folder.resolve("run");
        train(
                out,
                small.with("weights", folder.resolve(HuggingFaceGpt2.WEIGHTS).toString())
                        .with("steps", 2));
        assertThat(sample(out)).startsWith("the quick").hasSize("the quick".length() + 12);
    }

    @Test
    void adaptersNeedWeights() {
        Hyperparameters chosen = new NamesJob().standard().with("lora", "rank=2");
        assertThatThrownBy(() -> new NamesJob().run(chosen, CPU.silent()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("--weights FILE");
    }
}
