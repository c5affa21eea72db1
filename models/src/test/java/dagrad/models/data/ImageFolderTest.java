package dagrad.models.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dagrad.data.DataException;
import dagrad.io.FormatException;
import dagrad.tensor.HostTensor;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImageFolderTest {
    @TempDir
    private Path outside;

    private Path folder;

    @BeforeEach
    void make() throws IOException {
        folder = Files.createDirectory(outside.resolve("images"));
    }

    private Path image(String name, int grey) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        BufferedImage image = new BufferedImage(2, 2, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 4; i++) {
            image.setRGB(i % 2, i / 2, grey * 0x010101);
        }
        ImageIO.write(image, "png", file.toFile());
        return file;
    }

    @Test
    void subfoldersAreClasses() throws IOException {
        image("boots/2.png", 20);
        image("boots/10.png", 10);
        image("bags/a.png", 30);
        Files.createDirectory(folder.resolve("empty"));
        Files.writeString(folder.resolve("bags/readme.txt"), "not looked at");
        ImageFolder found = ImageFolder.open(folder);
        assertThat(found.classes()).containsExactly("bags", "boots");
        assertThat(found.items())
                .extracting(item -> item.file().getFileName().toString())
                .containsExactly("a.png", "10.png", "2.png");
        assertThat(found.labels().ints()).containsExactly(0, 1, 1);
        HostTensor batch = HostTensor.of(new float[2], 2, 1, 1, 1);
        found.images(1, 1).gather(new int[] {2, 0}, 0, 2, batch);
        assertThat(Math.round(255 * batch.get(0))).isEqualTo(20);
        assertThat(Math.round(255 * batch.get(1))).isEqualTo(30);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "captions.csv|'id,file,caption\n1,a.png,\"a cat, asleep\"\n2,sub/b.png,a dog\n'",
                "captions.tsv|'caption\tfile\na cat, asleep\ta.png\na dog\tsub/b.png\n'",
                "captions.jsonl|'{\"file\":\"a.png\",\"caption\":\"a cat, asleep\"}\n\n"
                        + "{\"caption\":\" a dog \",\"file\":\"./sub/b.png\",\"id\":7}\n'"
            })
    void captionsAreReadInEachForm(String name, String text) throws IOException {
        Path a = image("a.png", 1);
        Path b = image("sub/b.png", 2);
        Files.writeString(folder.resolve(name), text);
        ImageFolder found = ImageFolder.open(folder);
        assertThat(found.items())
                .containsExactly(
                        new ImageFolder.Item(a.toAbsolutePath(), "a cat, asleep", 0),
                        new ImageFolder.Item(b.toAbsolutePath(), "a dog", 0));
        assertThat(found.classes()).isEmpty();
    }

    private void assertRefused(String name, String text, String why) throws IOException {
        Path file = Files.writeString(folder.resolve(name), text);
        assertThatThrownBy(() -> ImageFolder.open(folder))
                .isInstanceOf(FormatException.class)
                .hasMessageStartingWith(file.toString())
                .hasMessageContaining(why);
        Files.delete(file);
    }

    @Test
    void badCaptionFilesAreNamedWithTheLine() throws IOException {
        image("a.png", 1);
        assertRefused("captions.csv", "", "it has no captions");
        assertRefused("captions.csv", "file,text\na.png,a cat\n", "line 2: it has no \"caption\"");
        assertRefused("captions.csv", "file,caption\na.png,\n", "line 2: a caption has 1 to");
        assertRefused("captions.csv", "file,caption\na.png,a\nb.png,b\n", "line 3: there is no file \"b.png\"");
        assertRefused("captions.csv", "file,caption\na.png,\"a\n", "");
        assertRefused("captions.jsonl", "{\"file\":\"a.png\"}\n", "line 1: it has no \"caption\"");
        assertRefused("captions.jsonl", "{\"file\":3,\"caption\":\"x\"}\n", "line 1: it has no \"file\"");
        assertRefused("captions.jsonl", "[1]\n", "line 1");
        assertRefused("captions.jsonl", "{\"file\":\n", "line 1");
        assertRefused("captions.csv", "file,caption\na\0.png,x\n", "is no name of a file");
    }

    @Test
    void filesOutsideAreNotRead() throws IOException {
        Files.write(outside.resolve("secret.png"), new byte[] {1});
        String outer = outside.resolve("secret.png").toString();
        assertRefused("captions.csv", "file,caption\n../secret.png,x\n", "\"../secret.png\" is outside of the folder");
        assertRefused("captions.jsonl", "{\"file\":\"sub/../../secret.png\",\"caption\":\"x\"}\n", "is outside of");
        assertRefused("captions.csv", "file,caption\n" + outer + ",x\n", "is outside of the folder");
        Files.createSymbolicLink(folder.resolve("link.png"), outside.resolve("secret.png"));
        assertRefused("captions.csv", "file,caption\nlink.png,x\n", "\"link.png\" leads out of the folder");
    }

    @Test
    void withoutImagesThereIsNothingToDo() throws IOException {
        assertThatThrownBy(() -> ImageFolder.open(folder))
                .isInstanceOf(DataException.class)
                .hasMessageContaining(folder + " has no images: it should have a subfolder");
        assertThatThrownBy(() -> ImageFolder.open(folder.resolve("nowhere")))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("there is no folder");
    }
}
