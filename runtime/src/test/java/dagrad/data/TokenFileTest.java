package dagrad.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dagrad.io.FileException;
import dagrad.io.FormatException;
import dagrad.tensor.HostTensor;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenFileTest {
    @TempDir
    private Path folder;

    private Path written(int vocabulary, int... tokens) {
        Path file = folder.resolve("text.tokens");
        TokenFile.write(file, vocabulary, sink -> {
            for (int token : tokens) {
                sink.accept(token);
            }
        });
        return file;
    }

    @ParameterizedTest
    @ValueSource(ints = {65536, 65537})
    void tokensComeBack(int vocabulary) throws IOException {
        Path file = written(vocabulary, 0, 1, 65535, 40000, vocabulary - 1);
        assertThat(Files.size(file)).isEqualTo(vocabulary == 65536 ? 10 : 20);
        try (TokenFile tokens = TokenFile.open(file, vocabulary)) {
            assertThat(tokens.size()).isEqualTo(5);
            assertThat(new int[] {tokens.at(0), tokens.at(2), tokens.at(3), tokens.at(4)})
                    .containsExactly(0, 65535, 40000, vocabulary - 1);
        }
    }

    @Test
    void aWindowAndWhatFollowsEachOfItsTokens() {
        try (TokenFile tokens = TokenFile.open(written(10, 0, 1, 2, 3, 4, 5, 6, 7), 10)) {
            Examples all = tokens.windows(1, 8, 3, 1);
            assertThat(all.size()).isEqualTo(4);
            Map<String, HostTensor> batch =
                    all.select(3, 0).inOrder(2).iterator().next();
            assertThat(batch.get("x").ints()).containsExactly(4, 5, 6, 1, 2, 3);
            assertThat(batch.get("y").ints()).containsExactly(5, 6, 7, 2, 3, 4);
            assertThat(tokens.windows(0, 8, 3, 3).size()).isEqualTo(2);
            assertThat(tokens.windows(0, 7, 3, 3).size()).isEqualTo(2);
            assertThat(tokens.windows(0, 6, 3, 3).size()).isEqualTo(1);
            assertThatThrownBy(() -> tokens.windows(4, 8, 4, 1))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("has 4 tokens, and one example takes 5");
        }
    }

    /// Five gigabytes that take no room on the disk, as nothing was written to them: more examples than an int counts.
    @Test
    void aFileLargerThanMemoryIsReadWhereItIsLookedAt() throws IOException {
        Path file = folder.resolve("large.tokens");
        long size = 5L << 30;
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.setLength(size);
            sparse.seek(size - 2);
            sparse.write(7);
        }
        try (TokenFile tokens = TokenFile.open(file, 50_000)) {
            assertThat(tokens.size()).isEqualTo(size / 2).isGreaterThan(Integer.MAX_VALUE);
            Examples all = tokens.windows(0, tokens.size(), 64, 1);
            assertThat(all.size()).isEqualTo((int) ((size / 2 - 64) / 2));
            try (Batches batches = all.shuffled(2, 1)) {
                for (int i = 0; i < 3; i++) {
                    assertThat(batches.next().get("y").shape().dims()).containsExactly(2, 64);
                }
            }
            Examples end = tokens.windows(tokens.size() - 65, tokens.size(), 64, 1);
            assertThat(end.inOrder(1).iterator().next().get("y").get(63)).isEqualTo(7);
        }
    }

    @Test
    void whatIsDamagedIsSaid() throws IOException {
        Path file = written(10, 1, 2, 3);
        try (TokenFile tokens = TokenFile.open(file, 3)) {
            assertThatThrownBy(() -> tokens.at(2))
                    .isInstanceOf(FormatException.class)
                    .hasMessageContaining("token 2 is 3, and 3 are known");
        }
        Files.write(file, new byte[5]);
        assertThatThrownBy(() -> TokenFile.open(file, 10))
                .isInstanceOf(FormatException.class)
                .hasMessageContaining("cut off: 5 bytes");
        assertThatThrownBy(() -> TokenFile.open(folder.resolve("none"), 10)).isInstanceOf(FileException.class);
    }

    @Test
    void aTokenOutOfRangeLeavesNoFileBehind() {
        assertThatThrownBy(() -> written(3, 1, 3))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the token 3 is not among the 3");
        assertThat(folder.toFile().list()).isEmpty();
    }
}
