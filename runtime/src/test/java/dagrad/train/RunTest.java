package dagrad.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dagrad.io.FileException;
import dagrad.io.Safetensors;
import dagrad.tensor.HostTensor;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunTest {
    @TempDir
    private Path folder;

    private static Event.Step step(
            long step, double loss, Map<String, Double> outputs, Map<String, Double> validation) {
        return new Event.Step(step, loss, outputs, validation, 0.5, OptionalDouble.of(2), 1234.56);
    }

    private static Event.Finished finished(long steps) {
        return new Event.Finished(steps, Event.Reason.STEPS_DONE, Map.of(), 0, 1);
    }

    @Test
    void aRunLeavesItsFiles() throws IOException {
        Path out = folder.resolve("runs/first");
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("job", "test");
        config.put("rate", 0.5);
        try (Run run = Run.create(out, config)) {
            run.accept(new Event.Started("cpu", 3, 2));
            run.accept(step(1, 0.25, Map.of("accuracy", 0.5), Map.of()));
            run.accept(step(2, 0.125, Map.of("accuracy", 0.75), Map.of("loss", Double.NaN)));
            run.accept(finished(2));
            run.save(Map.of("layer/weight", HostTensor.of(new float[] {1, 2, 3}, 3)));
        }
        assertThat(Files.readString(out.resolve(Run.CONFIG)))
                .isEqualToNormalizingNewlines("{\n  \"job\" : \"test\",\n  \"rate\" : 0.5\n}\n");
        assertThat(Files.readString(out.resolve(Run.METRICS))).isEqualTo("""
                        {"step":1,"loss":0.25,"accuracy":0.5,"learning_rate":0.5,"gradient_norm":2.0,"items_per_s":1234.6}
                        {"step":2,"loss":0.125,"accuracy":0.75,"val_loss":null,"learning_rate":0.5,"gradient_norm":2.0,"items_per_s":1234.6}
                        """);
        assertThat(Safetensors.read(out.resolve(Run.WEIGHTS))
                        .get("layer/weight")
                        .floats())
                .containsExactly(1, 2, 3);
        assertThat(ImageIO.read(out.resolve(Run.CURVE).toFile()).getHeight()).isEqualTo(800);
        try (var files = Files.list(out)) {
            assertThat(files.map(f -> f.getFileName().toString()))
                    .containsExactlyInAnyOrder(Run.CONFIG, Run.METRICS, Run.WEIGHTS, Run.CURVE);
        }
    }

    /// 5000 steps make a line every fifth step, with the mean of the losses since, and one for each evaluation.
    @Test
    void longRunsAreThinnedOut() throws IOException {
        try (Run run = Run.create(folder, Map.of())) {
            run.accept(new Event.Started("cpu", 3, 5000));
            for (int i = 1; i <= 13; i++) {
                run.accept(step(i, i, Map.of(), i == 12 ? Map.of("loss", 0.5) : Map.of()));
            }
        }
        assertThat(Files.readAllLines(folder.resolve(Run.METRICS)))
                .extracting(line -> line.replaceAll(",\"learning.*", ""))
                .containsExactly(
                        "{\"step\":1,\"loss\":1.0",
                        "{\"step\":5,\"loss\":3.5",
                        "{\"step\":10,\"loss\":8.0",
                        "{\"step\":12,\"loss\":11.5,\"val_loss\":0.5");
    }

    /// The line of the training is where it belongs: high on the left, low on the right, in its colour.
    @Test
    void theCurveFalls() {
        LearningCurve curve = new LearningCurve();
        for (int i = 0; i <= 100; i++) {
            curve.add(step(i, 100 - i, Map.of(), Map.of()), 100 - i);
        }
        BufferedImage image = Chart.draw(curve.charts());
        int[] height = new int[image.getWidth()];
        for (int x = 0; x < image.getWidth(); x++) {
            for (int y = 60; y < image.getHeight() && height[x] == 0; y++) {
                Color color = new Color(image.getRGB(x, y));
                height[x] = color.getBlue() - color.getRed() > 60 ? y : 0;
            }
        }
        List<Integer> seen = Arrays.stream(height).filter(y -> y > 0).boxed().toList();
        assertThat(seen).hasSizeGreaterThan(300).isSorted();
        assertThat(seen.getLast() - seen.getFirst()).isGreaterThan(200);
    }

    @Test
    void aFolderWithSomethingInItIsLeftAlone() throws IOException {
        Files.writeString(folder.resolve("thesis.txt"), "precious");
        assertThatThrownBy(() -> Run.create(folder, Map.of()))
                .isInstanceOf(FileException.class)
                .hasMessageContaining("there is something in it already; choose another folder");
        assertThat(folder.resolve(Run.CONFIG)).doesNotExist();
        Path file = folder.resolve("thesis.txt");
        assertThatThrownBy(() -> Run.create(file, Map.of()))
                .isInstanceOf(FileException.class)
                .hasMessageContaining("thesis.txt");
    }

    @Test
    void withoutAStepThereIsNoPicture() {
        try (Run run = Run.create(folder, Map.of())) {
            run.accept(new Event.Started("cpu", 3, 5));
            run.accept(finished(0));
        }
        assertThat(folder.resolve(Run.CURVE)).doesNotExist();
    }
}
