package dagrad.nvcc;

import dagrad.cuda.compile.Sources;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// A kernel as its file declares it, found in the text that a preprocessor leaves: names and parameters may be put
/// together by macros.
///
/// @param hot whether it takes a large part of a training step's time: the line before its declaration is `// hot`
/// @param threads the most that a block may have
/// @param parameters their types, `pointer`, `int`, `long long` or `float`
public record ShippedKernel(String file, String name, boolean hot, int threads, List<String> parameters) {
    /// The folder of the sources; tests run in their module's.
    static final Path FOLDER = Path.of("..", "kernels", "src", "main", "cuda");

    private static final int MOST_THREADS = 1024;
    private static final String HOT = "// hot";

    /// `extern "C" __global__ void __launch_bounds__(256, 2) name(parameters)`
    private static final Pattern KERNEL = Pattern.compile(
            "extern \"C\" __global__ void\\s+(?:__launch_bounds__\\((\\w+)[^)]*\\)\\s*)?(\\w+)\\(([^)]*)\\)");

    private static final Pattern NUMBER = Pattern.compile("constexpr int (\\w+) = (\\d+);");

    public ShippedKernel {
        parameters = List.copyOf(parameters);
    }

    /// Whether there is a preprocessor: g++, which the emulator needs as well.
    public static boolean canBeRead() {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(":"))
                .anyMatch(folder -> Path.of(folder, "g++").toFile().canExecute());
    }

    /// The sources' names, `softmax.cu`.
    static List<String> files() {
        return Stream.of(FOLDER.toFile().list())
                .filter(file -> file.endsWith(".cu"))
                .sorted()
                .toList();
    }

    /// Those of all files.
    static List<ShippedKernel> all() {
        return files().stream().flatMap(file -> of(file).stream()).toList();
    }

    /// Those of a file, in its order.
    public static List<ShippedKernel> of(String file) {
        String text = Command.run(List.of(
                "g++", "-E", "-P", "-C", "-x", "c++", FOLDER.resolve(file).toString()));
        Map<String, String> numbers = new TreeMap<>();
        NUMBER.matcher(text).results().forEach(number -> numbers.put(number.group(1), number.group(2)));
        List<ShippedKernel> found = new ArrayList<>();
        Matcher kernel = KERNEL.matcher(text);
        while (kernel.find()) {
            String bound = kernel.group(1) == null ? String.valueOf(MOST_THREADS) : kernel.group(1);
            List<String> parameters = Stream.of(kernel.group(3).split(","))
                    .map(ShippedKernel::type)
                    .toList();
            int threads = Integer.parseInt(numbers.getOrDefault(bound, bound));
            found.add(new ShippedKernel(file, kernel.group(2), hot(text, kernel.start()), threads, parameters));
        }
        return found;
    }

    /// Whether what is written in the line of that place is marked.
    private static boolean hot(String text, int place) {
        return text.substring(0, text.lastIndexOf('\n', place)).endsWith("\n" + HOT);
    }

    /// Of a parameter `const float *x` or `int n`.
    private static String type(String parameter) {
        if (parameter.contains("*")) {
            return "pointer";
        }
        String type = parameter.strip().replaceFirst("\\s*\\w+$", "");
        return type.equals("unsigned") ? "int" : type;
    }

    /// Whether a source has that text at all: a mark in a place where it marks nothing is a mistake.
    static long marks() {
        return files().stream()
                .flatMap(file -> Sources.text(file).lines())
                .filter(HOT::equals)
                .count();
    }
}
