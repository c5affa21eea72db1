package dagrad.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dagrad.backend.Backend;
import dagrad.backend.Backends;
import dagrad.backend.DeviceOptions;
import dagrad.data.Examples;
import dagrad.graph.Graph;
import dagrad.graph.Value;
import dagrad.optimizer.Optimizer.AdamW;
import dagrad.optimizer.Recipe;
import dagrad.optimizer.Schedule;
import dagrad.tensor.HostTensor;
import dagrad.tensor.TensorSpec;
import dagrad.train.Model;
import dagrad.train.Settings;
import dagrad.train.Trainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// The README's example, and that the README shows it as it is here.
final class ReadmeTest {
    // example begins
    /// y = sin(3x), learned by a network with one hidden layer.
    static double learnASine() {
        Model model = batch -> Graph.build(g -> {
            Value x = g.input("x", TensorSpec.f32(batch, 1));
            Value y = g.input("y", TensorSpec.f32(batch, 1));
            Value w1 = g.parameter("w1", TensorSpec.f32(32, 1));
            Value w2 = g.parameter("w2", TensorSpec.f32(1, 32));
            Value hidden = g.tanh(g.linear(x, w1, g.parameter("b1", TensorSpec.f32(32))));
            g.output("loss", g.meanSquaredError(g.linear(hidden, w2), y));
        });
        float[] x = new float[256];
        float[] y = new float[256];
        for (int i = 0; i < x.length; i++) {
            x[i] = i / 128f - 1;
            y[i] = (float) Math.sin(3 * x[i]);
        }
        Examples data = Examples.ofTensors(Map.of("x", HostTensor.of(x, 256, 1), "y", HostTensor.of(y, 256, 1)));
        Recipe recipe = Recipe.of(new AdamW(), new Schedule.Constant(1e-2));
        try (Backend device = Backends.open("auto", DeviceOptions.standard(), _ -> {});
                Trainer trainer = new Trainer(device, model, recipe, Settings.of(64, 1000))) {
            trainer.train(data.shuffled(64, 1), List.of());
            return trainer.evaluate(data.inOrder(256)).get("loss");
        }
    }
    // example ends

    @Test
    void theExampleLearns() {
        assertThat(learnASine()).isBetween(0.0, 1e-2);
    }

    @Test
    void theReadmeShowsIt() throws IOException {
        Path root = Path.of(System.getProperty("user.dir")).getParent();
        String source = Files.readString(root.resolve("integration-tests/src/test/java/dagrad/docs/ReadmeTest.java"));
        String example = source.substring(
                source.indexOf("// example begins\n") + "// example begins\n".length(),
                source.indexOf("    // example ends"));
        assertThat(Files.readString(root.resolve("README.md"))).contains(example.indent(-4));
    }
}
