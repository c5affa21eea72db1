package dagrad.models.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dagrad.data.DataException;
import dagrad.io.FormatException;
import dagrad.tensor.HostTensor;
import dagrad.train.Run;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// The jobs that look at images, small, on the CPU.
class ImageJobsTest {
    @RegisterExtension
    static final OnCpu CPU = new OnCpu(2);

    @TempDir
    private Path folder;

    @Test
    void theConvolutionalNetworkTellsPicturesApart() throws IOException {
        Path out = folder.resolve("conv");
        FashionJob job = new FashionJob();
        Hyperparameters chosen = job.standard()
                .with("model", "conv")
                .with("channels", 8)
                .with("hidden", 32)
                .with("epochs", 8)
                .with("batch", 20)
                .with("evaluations", 1)
                .with("dropout", 0.1)
                .with("shift", 0)
                .with("learning_rate", 3e-3);
        List<String> said = new ArrayList<>();
        Map<String, Double> tested = job.run(
                chosen, CPU.silent().in(out).saying(said::add), BrightRows.pairs(500, 1), BrightRows.pairs(200, 2));
        assertThat(tested.get("accuracy")).isBetween(0.9, 1.0);
        assertThat(said.getLast().lines()).hasSize(10).first().asString().startsWith("T-shirt/top");
        assertThat(out.resolve("confusion.png")).exists();
        Map<String, HostTensor> test =
                BrightRows.flatPairs(200, 2).inOrder(200).iterator().next();
        List<FashionJob.Prediction> predictions =
                FashionJob.predict(CPU.device(), SavedRun.open(out, "fashion"), test.get("x"));
        double hits = 0;
        for (int i = 0; i < 200; i++) {
            hits += predictions.get(i).label() == test.get("y").getLong(i) ? 1 : 0;
        }
        assertThat((float) (hits / 200)).isEqualTo(tested.get("accuracy").floatValue());
    }

    @Test
    void theConvolutionalNetworkHasOneHiddenLayer() {
        FashionJob job = new FashionJob();
        Hyperparameters two = job.standard().with("model", "conv").with("hidden", "[3,4]");
        assertThatThrownBy(() -> job.run(two, CPU.silent(), BrightRows.pairs(50, 1), BrightRows.pairs(50, 2)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("one hidden layer; hidden is [3, 4]");
    }

    /// Images whose upper or lower half is bright, with captions that say which.
    private Path halves(int count) throws IOException {
        Path images = Files.createDirectory(folder.resolve("halves"));
        SplittableRandom random = new SplittableRandom(3);
        StringBuilder captions = new StringBuilder("file,caption\n");
        for (int i = 0; i < count; i++) {
            BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB);
            for (int p = 0; p < 64; p++) {
                image.setRGB(p % 8, p / 8, 0x010101 * (random.nextInt(60) + (p / 32 == i % 2 ? 190 : 0)));
            }
            ImageIO.write(image, "png", images.resolve(i + ".png").toFile());
            captions.append(i)
                    .append(".png,the ")
                    .append(i % 2 == 0 ? "upper" : "lower")
                    .append(" half is bright\n");
        }
        Files.writeString(images.resolve("captions.csv"), captions);
        return images;
    }

    private static Hyperparameters small(Path data) {
        return new ClipJob()
                .standard()
                .with("data", data.toString())
                .with("side", 8)
                .with("channels", 4)
                .with("hidden", 8)
                .with("embedding", 8)
                .with("width", 8)
                .with("heads", 2)
                .with("layers", 1)
                .with("batch", 10)
                .with("steps", 60)
                .with("shift", 0)
                .with("evaluations", 1)
                .with("learning_rate", 1e-2);
    }

    @Test
    void captionsOfAFolderAreFound() throws IOException {
        Path data = halves(60);
        Path out = folder.resolve("clip");
        List<String> said = CPU.said(at -> new ClipJob().run(small(data), at.in(out)));
        assertThat(said).contains("of 6 test images, 1.0000 are nearest to their own of 2 captions");
        assertThat(Files.readAllLines(out.resolve(ClipJob.VOCABULARY)))
                .containsExactly("bright", "half", "is", "the", "lower", "upper");
        for (String file : List.of("similarity.png", "retrieved.png", "confusion.png", Run.WEIGHTS)) {
            assertThat(out.resolve(file)).exists();
        }
    }

    /// Fashion-MNIST is not taken in the place of what somebody asked for.
    @Test
    void aFolderWithoutImagesIsAnError() {
        assertThatThrownBy(() -> new ClipJob().run(small(folder), CPU.silent()))
                .isInstanceOf(DataException.class)
                .hasMessageContaining(folder + " has no images");
    }

    @Test
    void aDamagedImageIsNamed() throws IOException {
        Path data = halves(30);
        Files.write(data.resolve("7.png"), new byte[100]);
        assertThatThrownBy(() -> new ClipJob().run(small(data), CPU.silent()))
                .isInstanceOf(FormatException.class)
                .hasMessageContaining("7.png: it is neither a PNG nor a JPEG image");
    }
}
