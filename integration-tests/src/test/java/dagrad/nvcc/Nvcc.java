package dagrad.nvcc;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// CUDA's compiler, where it is: that of the variable NVCC, of the PATH, or of the usual folder.
record Nvcc(Path file) {
    private static final Pattern ENTRY = Pattern.compile("Compiling entry function '(\\w+)' for 'sm_\\d+\\w*'");
    private static final Pattern SPILLED = Pattern.compile("(\\d+) bytes spill stores");
    private static final Pattern USED = Pattern.compile("Used (\\d+) registers");
    private static final Pattern SHARED = Pattern.compile("(\\d+) bytes smem");
    private static final Pattern RELEASE = Pattern.compile("release ([\\d.]+)");

    /// What a kernel needs on a card.
    ///
    /// @param registers of each thread
    /// @param spilled bytes that each thread writes to memory because registers ran out
    /// @param shared bytes of each block that the code declares; more may be asked for at launch
    record Usage(int registers, int spilled, int shared) {}

    /// What came of a compilation.
    ///
    /// @param usage by kernel
    /// @param messages the compiler's warnings and errors, empty if it has none
    record Outcome(Map<String, Usage> usage, String messages) {}

    static Optional<Nvcc> find() {
        String path = System.getenv().getOrDefault("PATH", "");
        String home = System.getenv().getOrDefault("CUDA_HOME", "/usr/local/cuda");
        Stream<Path> folders = Stream.concat(Stream.of(path.split(":")), Stream.of(home + "/bin"))
                .map(folder -> Path.of(folder, "nvcc"));
        return Stream.concat(Stream.ofNullable(System.getenv("NVCC")).map(Path::of), folders)
                .filter(Files::isExecutable)
                .findFirst()
                .map(Nvcc::new);
    }

    /// `13.0`
    String release() {
        Matcher release = RELEASE.matcher(Command.run(List.of(file.toString(), "--version")));
        return release.find() ? release.group(1) : "unknown";
    }

    /// Those of some cards that this compiler knows, as compute capabilities times ten.
    List<Integer> known(List<Integer> cards) {
        String all = Command.run(List.of(file.toString(), "--list-gpu-arch"));
        return cards.stream()
                .filter(card -> all.lines().anyMatch(("compute_" + card)::equals))
                .toList();
    }

    /// Machine code of a source for a card, which is thrown away. Every warning is an error.
    ///
    /// @param headers the folder of what it includes
    Outcome compile(Path source, Path headers, int card) {
        String output = Command.run(List.of(
                file.toString(),
                "-std=c++17",
                "--Werror=all-warnings",
                "--resource-usage",
                "-I" + headers,
                "-arch=sm_" + card,
                "-cubin",
                "-o",
                "/dev/null",
                source.toString()));
        String messages = output.lines()
                .filter(line -> line.contains("error") || line.contains("warning"))
                .collect(Collectors.joining("\n"));
        return new Outcome(usage(output), messages);
    }

    /// ptxas names each kernel, and then what it needs.
    private static Map<String, Usage> usage(String output) {
        Map<String, Usage> usage = new TreeMap<>();
        String entry = "";
        int spilled = 0;
        for (String line : output.lines().toList()) {
            Matcher named = ENTRY.matcher(line);
            if (named.find()) {
                entry = named.group(1);
            }
            spilled = number(SPILLED, line).orElse(spilled);
            Optional<Integer> registers = number(USED, line);
            if (registers.isPresent()) {
                usage.put(
                        entry,
                        new Usage(registers.get(), spilled, number(SHARED, line).orElse(0)));
            }
        }
        return usage;
    }

    private static Optional<Integer> number(Pattern pattern, String line) {
        Matcher matcher = pattern.matcher(line);
        return matcher.find() ? Optional.of(Integer.valueOf(matcher.group(1))) : Optional.empty();
    }
}
