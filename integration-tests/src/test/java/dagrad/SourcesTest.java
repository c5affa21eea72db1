package dagrad;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// What every source file keeps to and no compiler checks.
class SourcesTest {
    private static final int MOST_LINES = 500;

    /// Tests run in their module's folder.
    private static final Path ROOT = Path.of("").toAbsolutePath().getParent();

    @Test
    void aFileIsReadInOneSitting() throws IOException {
        assertThat(javaFiles("src"))
                .as("files of more than %d lines", MOST_LINES)
                .filteredOn(file -> lines(file).size() > MOST_LINES)
                .isEmpty();
    }

    @Test
    void everyPackageTellsItsPurposeAndMarksItsNulls() throws IOException {
        List<Path> packages = javaFiles("src/main/java").stream()
                .map(Path::getParent)
                .distinct()
                .toList();
        assertThat(packages)
                .isNotEmpty()
                .as("packages without a package-info.java that begins with a comment and is @NullMarked")
                .filteredOn(folder -> !isDescribed(folder.resolve("package-info.java")))
                .isEmpty();
    }

    private static boolean isDescribed(Path info) {
        return Files.exists(info)
                && lines(info).getFirst().startsWith("///")
                && lines(info).contains("@NullMarked");
    }

    private static List<Path> javaFiles(String folder) throws IOException {
        List<Path> roots;
        try (Stream<Path> modules = Files.list(ROOT)) {
            roots = modules.filter(module -> Files.exists(module.resolve("pom.xml")))
                    .map(module -> module.resolve(folder))
                    .filter(Files::exists)
                    .toList();
        }
        return roots.stream().flatMap(SourcesTest::below).toList();
    }

    private static Stream<Path> below(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.toString().endsWith(".java")).toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
