package dagrad;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The container images, as far as that can be seen without an engine that runs them.
class ImagesTest {
    private static final Path ROOT = Path.of("").toAbsolutePath().getParent();

    /// The instructions of a Dockerfile, continued lines joined.
    private static List<String> instructions(String name) throws IOException {
        String text = Files.readString(ROOT.resolve("docker").resolve(name))
                .replaceAll("(?m)^#.*\n", "")
                .replaceAll("\\s*\\\\\n\\s*", " ");
        return text.lines().filter(line -> !line.isBlank()).toList();
    }

    private static List<String> all(String name, String instruction) throws IOException {
        return instructions(name).stream()
                .filter(line -> line.startsWith(instruction + " "))
                .map(line -> line.substring(instruction.length()).strip())
                .toList();
    }

    /// What is copied from the repository.
    private static Set<String> copied(String name) throws IOException {
        Set<String> sources = new TreeSet<>();
        for (String copy : all(name, "COPY")) {
            List<String> words = List.of(copy.split("\\s+"));
            if (!words.getFirst().startsWith("--from=")) {
                sources.addAll(words.subList(0, words.size() - 1));
            }
        }
        return sources;
    }

    @ParameterizedTest
    @ValueSource(strings = {"Dockerfile.cpu", "Dockerfile.cuda"})
    void copiesWhatThereIs(String name) throws IOException {
        List<String> kept = kept();
        assertThat(copied(name))
                .isNotEmpty()
                .allSatisfy(source -> assertThat(ROOT.resolve(source)).exists())
                .as("what .dockerignore leaves")
                .allSatisfy(source -> assertThat(kept).anyMatch(path -> (path + "/").startsWith(source + "/")));
    }

    /// The paths that .dockerignore takes back from its first line, which leaves out all.
    private static List<String> kept() throws IOException {
        List<String> lines = Files.readAllLines(ROOT.resolve(".dockerignore"));
        assertThat(lines).contains("*", "**/target");
        return lines.stream()
                .filter(line -> line.startsWith("!"))
                .map(line -> line.substring(1))
                .toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"Dockerfile.cpu", "Dockerfile.cuda"})
    void leavesNoModuleOut(String name) throws IOException {
        List<String> modules = matches("<module>(.*)</module>", Files.readString(ROOT.resolve("pom.xml")));
        assertThat(modules).hasSizeGreaterThan(4);
        assertThat(copied(name)).containsAll(modules).contains("pom.xml", "mvnw", ".mvn", "scripts");
        assertThat(kept())
                .contains("scripts/bundle")
                .containsAll(modules.stream()
                        .filter(module -> !module.equals("integration-tests"))
                        .toList());
    }

    /// Rules of hadolint, by their numbers there.
    @ParameterizedTest
    @ValueSource(strings = {"Dockerfile.cpu", "Dockerfile.cuda"})
    void keepsToTheLinter(String name) throws IOException {
        assertThat(all(name, "FROM"))
                .as("DL3006, DL3007: a tag, and not latest")
                .hasSize(2)
                .allSatisfy(from -> assertThat(from)
                        .matches("[a-z/-]+:[a-z0-9.-]+( AS [a-z]+)?")
                        .doesNotContain(":latest"));
        assertThat(all(name, "USER")).as("DL3002: not root in the end").containsExactly("10001:10001");
        assertThat(all(name, "WORKDIR")).as("DL3000: absolute").allMatch(path -> path.startsWith("/"));
        assertThat(instructions(name))
                .as("DL3004, DL3020, DL4000, DL3027: no sudo, ADD, MAINTAINER, or apt")
                .noneMatch(line -> line.matches("(ADD|MAINTAINER) .*|.*\\b(sudo|apt (install|update))\\b.*"));
        assertThat(all(name, "RUN"))
                .filteredOn(run -> run.contains("apt-get install"))
                .as("DL3009, DL3014, DL3015: quiet, lean, and clean")
                .hasSize(1)
                .allMatch(run -> run.startsWith("apt-get update && apt-get install -y --no-install-recommends ")
                        && run.contains("rm -rf /var/lib/apt/lists/*"));
        assertThat(Stream.concat(all(name, "ENTRYPOINT").stream(), all(name, "CMD").stream()))
                .as("DL3025: as lists")
                .hasSize(2)
                .allMatch(list -> list.matches("\\[\".*\"]"));
        assertThat(all(name, "RUN")).as("DL4006: no pipes").noneMatch(run -> run.contains(" | "));
    }

    /// But for the base, its comment and what only a GPU needs, so that a change in one is not forgotten in the other.
    @Test
    void theImagesAreAlike() throws IOException {
        List<String> cpu = new ArrayList<>(instructions("Dockerfile.cpu"));
        List<String> cuda = new ArrayList<>(instructions("Dockerfile.cuda"));
        assertThat(cuda).hasSameSizeAs(cpu);
        for (String differing : List.of("FROM ubuntu", "FROM nvidia", "LABEL", "ENV")) {
            cpu.removeIf(line -> line.startsWith(differing));
            cuda.removeIf(line -> line.startsWith(differing));
        }
        assertThat(cuda).isEqualTo(cpu);
    }

    @Test
    void theServicesNameTheImagesFiles() throws IOException {
        String compose = Files.readString(ROOT.resolve("docker/compose.yaml"));
        assertThat(matches("dockerfile: (.*)", compose))
                .containsExactly("docker/Dockerfile.cpu", "docker/Dockerfile.cuda")
                .allSatisfy(file -> assertThat(ROOT.resolve(file)).isRegularFile());
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void scriptsParse() throws IOException, InterruptedException {
        for (Path script : executables()) {
            String shell = Files.readAllLines(script).getFirst().replaceFirst("^#!/(usr/)?bin/(env )?", "");
            Process check = new ProcessBuilder(shell, "-n", script.toString())
                    .redirectErrorStream(true)
                    .start();
            String said = new String(check.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(check.waitFor()).as(script + " " + said).isZero();
        }
    }

    private static List<Path> executables() throws IOException {
        List<Path> scripts = new ArrayList<>(List.of(ROOT.resolve("dagrad"), ROOT.resolve(".ci/run")));
        scripts.add(ROOT.resolve("kernels/bridge/build"));
        scripts.add(ROOT.resolve("kernels/emulator/build"));
        try (Stream<Path> files = Files.list(ROOT.resolve("scripts"))) {
            // Python has no such option, and need not be here.
            files.filter(Files::isExecutable)
                    .filter(file -> !file.toString().endsWith(".py"))
                    .forEach(scripts::add);
        }
        assertThat(scripts).hasSizeGreaterThan(4).allMatch(Files::isExecutable);
        return scripts;
    }

    /// What `scripts/bundle` puts into its Java is what the jars ask for, so that no class is missed at run time.
    @Test
    void theBundledJavaHasTheModulesThatTheJarsUse() throws IOException {
        String script = Files.readString(ROOT.resolve("scripts/bundle"));
        List<String> bundled = matches("(?m)^modules=(.*)$", script).stream()
                .flatMap(list -> Arrays.stream(list.split(",")))
                .toList();
        assertThat(used())
                .as("java.desktop is what the charts use")
                .contains("java.desktop")
                .isSubsetOf(bundled);
    }

    /// By the jars but those of the dashboard's web server: they name modules that are left out, which jdeps refuses.
    /// They use no others than these, but for Kerberos.
    private static Collection<String> used() {
        List<String> path = Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> entry.matches(
                        ".*/(target/classes|(dagrad|jcu|jackson|snakeyaml|logback|slf4j|picocli|fastcsv)[^/]*\\.jar)"))
                .filter(entry -> Files.exists(Path.of(entry)))
                .toList();
        List<String> command = new ArrayList<>(List.of(
                "--ignore-missing-deps",
                "--multi-release",
                "25",
                "--print-module-deps",
                "--class-path",
                String.join(File.pathSeparator, path)));
        command.addAll(path.stream().filter(entry -> !entry.contains("natives")).toList());
        StringWriter printed = new StringWriter();
        PrintWriter out = new PrintWriter(printed);
        ToolProvider jdeps = ToolProvider.findFirst("jdeps").orElseThrow();
        assertThat(jdeps.run(out, out, command.toArray(String[]::new)))
                .as(printed.toString())
                .isZero();
        return List.of(printed.toString().lines().toList().getLast().split(","));
    }

    private static List<String> matches(String pattern, String text) {
        return Pattern.compile(pattern)
                .matcher(text)
                .results()
                .map((MatchResult match) -> match.group(1))
                .toList();
    }
}
