package dagrad.cuda.compile;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What the cache of compiled code does when all is well, and when its folder or a file is not.
class CodeCacheTest {
    private static final byte[] CODE = {1, 2, 3, 4, 5};
    private static final String KEY = CodeCache.key(List.of("text", "option"));

    @TempDir
    Path temporary;

    private CodeCache cache() {
        return new CodeCache(temporary.resolve("cuda"), 1 << 20);
    }

    private Path file() throws IOException {
        try (Stream<Path> files = Files.list(temporary.resolve("cuda"))) {
            return files.findFirst().orElseThrow();
        }
    }

    @Test
    void givesBackWhatAnotherRunKept() {
        assertThat(cache().get(KEY)).isEmpty();
        cache().put(KEY, CODE);
        assertThat(cache().get(KEY)).hasValueSatisfying(code -> assertThat(code).isEqualTo(CODE));
    }

    @Test
    void keysDifferByEachTextAndByWhereOneEnds() {
        assertThat(KEY).isEqualTo(CodeCache.key(List.of("text", "option")));
        assertThat(List.of(
                        KEY,
                        CodeCache.key(List.of("texto", "ption")),
                        CodeCache.key(List.of("text", "option", "")),
                        CodeCache.key(List.of("text", "other"))))
                .doesNotHaveDuplicates();
    }

    @Test
    void doesNotUseADamagedFile() throws IOException {
        cache().put(KEY, CODE);
        byte[] content = Files.readAllBytes(file());
        for (int i = 0; i < content.length; i++) {
            byte[] damaged = content.clone();
            damaged[i] ^= 1;
            Files.write(file(), damaged);
            assertThat(cache().get(KEY)).as("byte %d", i).isEmpty();
            Files.write(file(), Arrays.copyOf(content, i));
            assertThat(cache().get(KEY)).as("cut after %d", i).isEmpty();
        }
        cache().put(KEY, CODE);
        assertThat(cache().get(KEY)).isPresent();
    }

    @Test
    void doesWithoutAFolderThatCannotBe() throws IOException {
        Files.createFile(temporary.resolve("cuda"));
        CodeCache cache = cache();
        cache.put(KEY, CODE);
        assertThat(cache.get(KEY)).isEmpty();
    }

    @Test
    void doesWithoutAFolderThatCannotBeWritten() throws IOException {
        CodeCache cache = cache();
        Files.delete(temporary.resolve("cuda"));
        cache.put(KEY, CODE);
        assertThat(cache.get(KEY)).isEmpty();
    }

    @Test
    void doesNotRunWhatOthersCanHaveWritten() throws IOException {
        cache().put(KEY, CODE);
        Files.setPosixFilePermissions(temporary.resolve("cuda"), PosixFilePermissions.fromString("rwxrwxrwx"));
        assertThat(cache().get(KEY)).isEmpty();
    }

    @Test
    void itsFolderIsThisUsersAlone() throws IOException {
        cache();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(temporary.resolve("cuda"))))
                .isEqualTo("rwx------");
    }

    @Test
    void forgetsWhatWasUnusedForLongest() throws IOException {
        CodeCache cache = new CodeCache(temporary.resolve("cuda"), 3 * (32 + 1000));
        List<String> keys = IntStream.range(0, 5)
                .mapToObj(i -> CodeCache.key(List.of(String.valueOf(i))))
                .toList();
        for (int i = 0; i < 3; i++) {
            cache.put(keys.get(i), new byte[1000]);
            Files.setLastModifiedTime(
                    temporary.resolve("cuda").resolve(keys.get(i) + ".code"),
                    FileTime.from(Instant.ofEpochSecond(1000 + i)));
        }
        assertThat(cache.get(keys.getFirst())).isPresent();
        cache.put(keys.get(3), new byte[1000]);
        assertThat(keys.stream().map(key -> cache.get(key).isPresent()))
                .containsExactly(true, false, true, true, false);
    }
}
