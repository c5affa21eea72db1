package dagrad.nvcc;

import dagrad.nvcc.Nvcc.Usage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// The table of `docs/kernels.md`: what the shipped kernels need of each kind of card.
final class KernelTable {
    private static final Path FILE = Path.of("..", "docs", "kernels.md");
    private static final String BEGIN = "<!-- table begins -->\n";
    private static final String END = "<!-- table ends -->\n";
    private static final Pattern ROW = Pattern.compile("^\\| `(\\w+)` \\| (hot)? *\\|", Pattern.MULTILINE);

    private KernelTable() {}

    /// The kernels that the file lists, `softmax_f32`, or `softmax_f32 hot`.
    static List<String> listed() throws IOException {
        return ROW.matcher(Files.readString(FILE))
                .results()
                .map(row -> label(row.group(1), row.group(2) != null))
                .toList();
    }

    static String label(String kernel, boolean hot) {
        return hot ? kernel + " hot" : kernel;
    }

    /// Puts a new table in the place of the file's.
    ///
    /// @param release of the compiler
    /// @param usage by card and kernel
    static void record(String release, List<ShippedKernel> kernels, Map<Integer, Map<String, Usage>> usage)
            throws IOException {
        StringBuilder table = new StringBuilder("As nvcc " + release + " compiles them.\n");
        for (String file : ShippedKernel.files()) {
            table.append("\n### ").append(file).append("\n\n| kernel | |");
            usage.keySet().forEach(card -> table.append(" sm_").append(card).append(" |"));
            table.append(" shared |\n| --- | --- |")
                    .append(" ---: |".repeat(usage.size() + 1))
                    .append("\n");
            kernels.stream()
                    .filter(kernel -> kernel.file().equals(file))
                    .map(kernel -> row(kernel, usage))
                    .forEach(table::append);
        }
        String text = Files.readString(FILE);
        String before = text.substring(0, text.indexOf(BEGIN) + BEGIN.length());
        Files.writeString(FILE, before + table + text.substring(text.indexOf(END)));
    }

    private static String row(ShippedKernel kernel, Map<Integer, Map<String, Usage>> usage) {
        List<Usage> onCards = usage.values().stream()
                .map(kernels -> kernels.get(kernel.name()))
                .toList();
        String registers = onCards.stream().map(KernelTable::cell).collect(Collectors.joining(" | "));
        int shared = onCards.stream().mapToInt(Usage::shared).max().orElse(0);
        return "| `%s` | %s | %s | %d |\n".formatted(kernel.name(), kernel.hot() ? "hot" : "", registers, shared);
    }

    private static String cell(Usage usage) {
        return usage.spilled() == 0
                ? String.valueOf(usage.registers())
                : usage.registers() + ", spills " + usage.spilled();
    }
}
