package dagrad.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dagrad.backend.Backend;
import dagrad.backend.Backends;
import dagrad.backend.DeviceOptions;
import dagrad.io.FormatException;
import dagrad.io.Safetensors;
import dagrad.models.transformer.HuggingFaceGpt2;
import dagrad.models.transformer.Transformer;
import dagrad.reference.GraphInterpreter;
import dagrad.tensor.HostTensor;
import dagrad.tensor.TensorSpec;
import dagrad.train.Evaluator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A small GPT-2 that `src/test/python/gpt2.py` made, with the logits that it computed by PyTorch in float64.
class HuggingFaceGpt2Test {
    private static final Path GPT2 = Path.of("src/test/resources/gpt2");
    private static final Path SCRIPT = Path.of("src/test/python/gpt2.py");
    private static final Path FILE = GPT2.resolve(HuggingFaceGpt2.WEIGHTS);
    private static final Map<String, HostTensor> GOLDEN = Safetensors.read(GPT2.resolve("golden.safetensors"));

    /// Logits are up to 5 in size, and f32 has 24 bits.
    private static final double ALLOWED = 1e-5;

    @TempDir
    private Path folder;

    private static Transformer model() {
        return HuggingFaceGpt2.model(GPT2.resolve(HuggingFaceGpt2.CONFIG));
    }

    private static double farthest(float[] a, float[] b) {
        double farthest = 0;
        for (int i = 0; i < b.length; i++) {
            farthest = Math.max(farthest, Math.abs(a[i] - b[i]));
        }
        return farthest;
    }

    @Test
    void itsLogitsAreThoseOfAnotherImplementation() {
        Map<String, HostTensor> weights = HuggingFaceGpt2.read(FILE, model());
        Map<String, HostTensor> inputs = new LinkedHashMap<>(weights);
        inputs.put("x", GOLDEN.get("tokens"));
        float[] expected = GOLDEN.get("logits").floats();
        HostTensor exact = GraphInterpreter.exact()
                .evaluate(model().logits(2, 12), inputs)
                .outputs()
                .get("logits");
        assertThat(farthest(exact.floats(), expected)).isLessThan(1e-6);
        try (Backend cpu = Backends.open("cpu", new DeviceOptions(1), _ -> {});
                Evaluator evaluator = Evaluator.of(cpu, size -> model().logits(size, 12), weights)) {
            HostTensor found = evaluator.run(Map.of("x", GOLDEN.get("tokens"))).get("logits");
            assertThat(farthest(found.floats(), expected)).isLessThan(ALLOWED);
            assertThat(farthest(new float[expected.length], expected)).isGreaterThan(1e4 * ALLOWED);
        }
    }

    @Test
    void whatIsReadIsWrittenAgain() {
        Transformer model = model();
        HuggingFaceGpt2.write(folder, model, HuggingFaceGpt2.read(FILE, model), Optional.of(316));
        assertThat(HuggingFaceGpt2.model(folder.resolve(HuggingFaceGpt2.CONFIG)))
                .isEqualTo(model);
        Map<String, HostTensor> there = Safetensors.read(folder.resolve(HuggingFaceGpt2.WEIGHTS));
        Map<String, HostTensor> given = Safetensors.read(FILE);
        given.keySet().removeIf(name -> name.endsWith(".attn.bias"));
        assertThat(there).hasSameSizeAs(given);
        given.forEach((name, tensor) -> {
            HostTensor other = there.get("transformer." + name);
            assertThat(other.spec()).isEqualTo(tensor.spec());
            assertThat(other.data().mismatch(tensor.data())).isEqualTo(-1);
        });
        Map<String, HostTensor> back = HuggingFaceGpt2.read(folder.resolve(HuggingFaceGpt2.WEIGHTS), model);
        assertThat(back.keySet()).isEqualTo(model.shapes().keySet());
    }

    @Test
    void anUntiedHeadIsAWeight() {
        Transformer apart = new Transformer(1, 2, 4, 7, 5, 0, false);
        Map<String, HostTensor> weights = new LinkedHashMap<>();
        apart.shapes().forEach((name, spec) -> weights.put(name, HostTensor.of(spec, weights.size())));
        HuggingFaceGpt2.write(folder, apart, weights, Optional.empty());
        Transformer read = HuggingFaceGpt2.model(folder.resolve(HuggingFaceGpt2.CONFIG));
        assertThat(read).isEqualTo(apart);
        Path file = folder.resolve(HuggingFaceGpt2.WEIGHTS);
        assertThat(HuggingFaceGpt2.read(file, read).get("head").get(0)).isEqualTo(weights.size() - 1);
        assertThat(HuggingFaceGpt2.read(file, new Transformer(1, 2, 4, 7, 5))).doesNotContainKey("head");
    }

    /// Where there is PyTorch.
    @Test
    void pytorchReadsWhatIsWritten() throws IOException, InterruptedException {
        assumeThat(python("-c", "import torch")).isEqualTo(0);
        Transformer model = model();
        HuggingFaceGpt2.write(folder, model, HuggingFaceGpt2.read(FILE, model), Optional.empty());
        assertThat(python(SCRIPT.toString(), "run", folder.toString())).isZero();
        String[] lines = Files.readString(folder.resolve("said")).lines().toArray(String[]::new);
        float[] found = new float[lines.length];
        for (int i = 0; i < lines.length; i++) {
            found[i] = Float.parseFloat(lines[i]);
        }
        assertThat(farthest(GOLDEN.get("logits").floats(), found)).isLessThan(1e-6);
    }

    private int python(String... arguments) throws IOException, InterruptedException {
        String debian = "/usr/bin/python3";
        String[] command = new String[arguments.length + 1];
        command[0] = Files.exists(Path.of(debian)) ? debian : "python3";
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        try {
            return new ProcessBuilder(command)
                    .redirectOutput(folder.resolve("said").toFile())
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
        } catch (IOException _) {
            return -1;
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    "model_type": "gpt2"           | "model_type": "llama"      | of type "llama", and gpt2 is needed
                    "gelu_new"                     | "relu"                     | "activation_function" is not as GPT-2 has it
                    1e-05                          | 1e-06                      | "layer_norm_epsilon" is not as GPT-2 has it
                    "n_head": 2                    | "n_head": 3                | a width of 16 cannot be shared by 3 heads
                    "n_layer": 2                   | "n_layer": "two"           | "n_layer" must be a whole number
                    "n_ctx": 24                    | "n_inner": 32              | "n_inner" is not as GPT-2 has it
                    "n_embd": 16,                  |                            | the field "n_embd" is missing
                    }                              | ]                          | config.json
                    """)
    void otherConfigurationsAreRefused(String part, String by, String message) throws IOException {
        String config = Files.readString(GPT2.resolve(HuggingFaceGpt2.CONFIG));
        Path file = folder.resolve(HuggingFaceGpt2.CONFIG);
        Files.writeString(file, config.replace(part, by == null ? "" : by));
        assertThatThrownBy(() -> HuggingFaceGpt2.model(file))
                .isInstanceOf(FormatException.class)
                .hasMessageContaining(message);
    }

    @Test
    void weightsThatDoNotFitAreRefused() {
        Path file = folder.resolve(HuggingFaceGpt2.WEIGHTS);
        Map<String, HostTensor> tensors = Safetensors.read(FILE);
        HostTensor norm = tensors.remove("ln_f.bias");
        Safetensors.write(file, tensors);
        assertThatThrownBy(() -> HuggingFaceGpt2.read(file, model()))
                .isInstanceOf(FormatException.class)
                .hasMessageContaining("there is no tensor \"ln_f.bias\"");
        tensors.put("ln_f.bias", norm);
        tensors.put("h.2.ln_1.bias", norm);
        Safetensors.write(file, tensors);
        assertThatThrownBy(() -> HuggingFaceGpt2.read(file, model()))
                .hasMessageContaining("has no tensor \"h.2.ln_1.bias\"");
        tensors.remove("h.2.ln_1.bias");
        tensors.put("wte.weight", HostTensor.zeros(TensorSpec.f32(319, 16)));
        Safetensors.write(file, tensors);
        assertThatThrownBy(() -> HuggingFaceGpt2.read(file, model()))
                .hasMessageContaining("\"wte.weight\" is f32[319,16]")
                .hasMessageContaining("f32[320,16]");
        tensors.put("h.0.attn.c_attn.weight", HostTensor.zeros(TensorSpec.f32(16)));
        Safetensors.write(file, tensors);
        assertThatThrownBy(() -> HuggingFaceGpt2.read(file, model())).isInstanceOf(FormatException.class);
    }
}
