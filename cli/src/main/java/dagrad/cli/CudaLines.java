package dagrad.cli;

import dagrad.cuda.driver.CudaCard;
import dagrad.cuda.driver.CudaDriver;
import dagrad.cuda.driver.CudaInstallation;
import dagrad.cuda.driver.CudaLibrary;
import java.util.ArrayList;
import java.util.List;

/// What of CUDA is on this machine, in lines for people.
final class CudaLines {
    private CudaLines() {}

    /// A line of a table of two columns.
    static String line(String name, String text) {
        return "%-10s %s".formatted(name, text);
    }

    static List<String> of(CudaInstallation cuda) {
        List<String> lines = new ArrayList<>();
        lines.add(line("driver", driver(cuda.driver())));
        lines.addAll(cards(cuda));
        lines.add(line("cuBLAS", library(cuda.cublas())));
        lines.add(line("NVRTC", library(cuda.nvrtc())));
        return List.copyOf(lines);
    }

    static List<String> cards(CudaInstallation cuda) {
        return cuda.cards().stream()
                .map(card -> line("GPU " + card.ordinal(), card + support(card)))
                .toList();
    }

    /// `release 550.54.14, for CUDA 12.4`
    static String driver(CudaDriver driver) {
        return switch (driver) {
            case CudaDriver.Missing missing -> "not there: " + missing.error();
            case CudaDriver.Failing failing -> "does not start: cuInit answers " + failing.status();
            case CudaDriver.Working working ->
                working.release().map(release -> "release " + release + ", ").orElse("") + "for CUDA "
                        + working.version();
        };
    }

    private static String support(CudaCard card) {
        return card.isSupported() ? "" : " (too old for Dagrad)";
    }

    private static String library(CudaLibrary library) {
        return switch (library) {
            case CudaLibrary.Found found ->
                found.version() + ", " + found.file() + (found.bridged() ? ", through Dagrad's bridge" : "");
            case CudaLibrary.Missing missing ->
                "not there: " + missing.error()
                        + missing.other().map(file -> "; only " + file).orElse("");
        };
    }
}
