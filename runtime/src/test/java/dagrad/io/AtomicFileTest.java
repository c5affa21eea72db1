package dagrad.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {
    @TempDir
    private Path folder = Path.of("");

    private static AtomicFile.Content text(String text) {
        return channel -> channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void aFileIsWrittenAndReplaced() throws IOException {
        Path file = folder.resolve("a.txt");
        AtomicFile.write(file, text("old"));
        AtomicFile.write(file, text("new"));
        assertThat(file).hasContent("new");
        assertThat(folder.toFile().list()).containsExactly("a.txt");
    }

    @Test
    void aFullDiskLeavesTheOldFileAndNothingElse() throws IOException {
        Path file = folder.resolve("a.txt");
        AtomicFile.write(file, text("old"));
        assertThatThrownBy(() -> AtomicFile.write(file, channel -> {
                    text("half of the new").writeTo(channel);
                    throw new IOException("No space left on device");
                }))
                .isInstanceOf(FileException.class)
                .hasMessage("cannot write " + file
                        + ": the disk is full; free some space, or choose a folder on another disk");
        assertThat(file).hasContent("old");
        assertThat(folder.toFile().list()).containsExactly("a.txt");
    }

    @Test
    void otherFailuresLeaveNothingEither() throws IOException {
        Path file = folder.resolve("a.txt");
        assertThatThrownBy(() -> AtomicFile.write(file, channel -> {
                    throw new IllegalStateException("a bug");
                }))
                .isInstanceOf(IllegalStateException.class);
        assertThat(folder.toFile().list()).isEmpty();
    }

    @Test
    void theFolderMustBeThereAndBeOne() throws IOException {
        Path file = folder.resolve("no").resolve("a.txt");
        assertThatThrownBy(() -> AtomicFile.write(file, text("")))
                .isInstanceOf(FileException.class)
                .hasMessage("cannot write " + file + ": there is no folder " + file.getParent());
        Path inFile = Files.createFile(folder.resolve("file")).resolve("a.txt");
        assertThatThrownBy(() -> AtomicFile.write(inFile, text("")))
                .isInstanceOf(FileException.class)
                .hasMessage("cannot write " + inFile + ": there is no folder " + inFile.getParent());
        assertThatThrownBy(() -> AtomicFile.write(folder, text("")))
                .isInstanceOf(FileException.class)
                .hasMessage("cannot write " + folder + ": it is a folder");
    }

    @Test
    void aFolderThatForbidsItIsNamed() throws IOException {
        Path locked = Files.createDirectory(folder.resolve("locked"));
        assumeThat(locked.toFile().setWritable(false)).isTrue();
        try {
            assumeThat(Files.isWritable(locked)).as("root may write anywhere").isFalse();
            assertThatThrownBy(() -> AtomicFile.write(locked.resolve("a"), text("")))
                    .isInstanceOf(FileException.class)
                    .hasMessage("cannot write " + locked.resolve("a") + ": permission for " + locked + " is denied");
        } finally {
            assertThat(locked.toFile().setWritable(true)).isTrue();
        }
    }
}
