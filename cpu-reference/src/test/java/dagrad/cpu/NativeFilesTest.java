package dagrad.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NativeFilesTest {
    private static final String NAME = "openblas.properties";

    @TempDir
    private Path cache;

    private NativeFiles files() {
        return new NativeFiles(cache.resolve("made"), "folder", "/dagrad/cpu/", List.of(NAME));
    }

    @Test
    void unpacksOnce() throws IOException {
        Path path = files().paths().getFirst();
        assertThat(path).hasFileName(NAME).content().startsWith("version=");
        Files.setLastModifiedTime(path, FileTime.fromMillis(0));
        assertThat(files().paths()).containsExactly(path);
        assertThat(Files.getLastModifiedTime(path).toMillis()).isZero();
        try (Stream<Path> all = Files.list(path.getParent().getParent())) {
            assertThat(all).containsExactly(path.getParent());
        }
    }

    @Test
    void unpacksAnewWhatIsDamaged() throws IOException {
        Path path = files().paths().getFirst();
        Files.writeString(path, "cut");
        files().paths();
        assertThat(path).content().startsWith("version=");
        Files.delete(path);
        files().paths();
        assertThat(path).content().startsWith("version=");
    }

    @Test
    void namesWhatIsMissing() {
        NativeFiles none = new NativeFiles(cache, "folder", "/nowhere/", List.of("libnone.so"));
        assertThatThrownBy(none::paths)
                .isInstanceOf(IOException.class)
                .hasMessage("there is no /nowhere/libnone.so on the class path");
        assertThat(cache).isEmptyDirectory();
    }

    @ParameterizedTest
    @ValueSource(strings = {"linux-x86_64", "linux-arm64", "macosx-arm64", "macosx-x86_64", "windows-x86_64"})
    void knowsEveryPlatformsLibraries(String platform) throws IOException {
        assertThat(OpenBlas.files(platform).names().getLast()).startsWith("libopenblas.");
    }

    @Test
    void knowsNoneOfOthers() {
        assertThatThrownBy(() -> OpenBlas.files("plan9-mips"))
                .isInstanceOf(IOException.class)
                .hasMessage("there is none for plan9-mips");
    }
}
