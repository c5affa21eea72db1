package dagrad.models.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dagrad.data.DataException;
import dagrad.io.FormatException;
import dagrad.train.Run;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// Small transformers on a text that repeats itself.
class TextJobTest {
    @RegisterExtension
    static final OnCpu CPU = new OnCpu(2);

    private static final String LINE = "the quick brown fox jumps over the lazy dog\n";

    @TempDir
    private Path folder;

    private TextJob job;
    private Hyperparameters small;

    @BeforeEach
    void write() throws IOException {
        Path data = folder.resolve("text.txt");
        Files.writeString(data, LINE.repeat(60));
        job = new TextJob(folder.resolve("cache"));
        small = job.standard()
                .with("data", data.toString())
                .with("context", 16)
                .with("layers", 1)
                .with("heads", 2)
                .with("width", 32)
                .with("steps", 150)
                .with("batch", 8)
                .with("learning_rate", 1e-2);
    }

    private List<String> train(Path out, Hyperparameters chosen) {
        return CPU.said(at -> job.run(chosen, at.in(out)));
    }

    private List<String> sample(Path run, Hyperparameters chosen) {
        return CPU.said(at -> job.sample(SavedRun.open(run, "text"), chosen, at));
    }

    @Test
    void aTextIsLearntAndGoneOnWith() throws IOException {
        Path out = folder.resolve("run");
        List<String> said = train(out, small);
        assertThat(said.get(0)).isEqualTo("2640 tokens, 28 characters different");
        assertThat(said.get(1)).matches("150 steps in .*; validation loss 0\\.[0-3].*");
        assertThat(Files.readString(out.resolve("alphabet.txt")))
                .startsWith("\n abc")
                .hasSize(28);
        Hyperparameters coldly = job.sampling().with("temperature", 0.1).with("length", 37);
        assertThat(sample(out, coldly.with("prompt", "the qu"))).containsExactly(LINE.strip());
        assertThat(sample(out, coldly.with("prompt", "the qu").with("count", 2)))
                .hasSize(2);
        assertThat(Files.readString(out.resolve("sample.txt"))).hasSize(501).contains("fox jumps");
        assertThatThrownBy(() -> sample(out, coldly.with("prompt", "The")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("U+0054 (LATIN CAPITAL LETTER T)");
        Files.delete(out.resolve("alphabet.txt"));
        assertThatThrownBy(() -> sample(out, coldly)).hasMessageContaining("alphabet.txt");
    }

    @Test
    void bytesAreTokensToo() throws IOException {
        Path out = folder.resolve("run");
        train(
                out,
                small.with("tokenizer", "bytes")
                        .with("steps", 3)
                        .with("dropout", 0.1)
                        .with("tied", "false"));
        assertThat(sample(out, job.sampling().with("length", 5)).getFirst()).isNotEmpty();
        assertThat(out.resolve(Run.WEIGHTS)).exists();
    }

    @Test
    void whatCannotBeTrainedOnIsSaid() throws IOException {
        Path out = folder.resolve("run");
        assertThatThrownBy(() -> train(out, job.standard()))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("--data");
        assertThatThrownBy(() -> train(out, small.with("tokenizer", "words")))
                .hasMessageContaining("characters, bytes or a file tokenizer.json")
                .hasMessageContaining("words");
        assertThatThrownBy(() -> train(out, small.with("context", 300)))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("264 tokens, and one example takes 301");
        Path bad = folder.resolve("bad.txt");
        Files.write(bad, new byte[] {1, 2, -1});
        assertThatThrownBy(() -> train(out, small.with("data", bad.toString())))
                .isInstanceOf(FormatException.class)
                .hasMessageContaining("byte 3");
        assertThat(out).doesNotExist();
    }
}
