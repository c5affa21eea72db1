package dagrad.cuda.compile;

import dagrad.backend.DeviceException;
import dagrad.cuda.driver.CudaInstallation;
import dagrad.cuda.driver.Device;
import dagrad.cuda.driver.Module;
import dagrad.cuda.driver.Nvrtc;
import dagrad.flight.CompileEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// Compiles kernels for one card by NVRTC, or takes what an earlier run compiled.
public final class Compiler {
    private static final Pattern PLACE =
            Pattern.compile("\\((\\d+)\\): (?:catastrophic )?error|:(\\d+):\\d+: (?:fatal )?error");
    private static final int LINES_AROUND = 2;
    private static final int ERRORS_SHOWN = 5;

    /// A text to be compiled as one.
    ///
    /// @param name for messages, such as `softmax.cu`
    record Unit(String name, String text) {}

    private final CodeCache cache;
    private final String version;
    private final boolean ptx;
    private final List<String> options;
    private final String card;

    /// @throws DeviceException if NVRTC cannot compile for the card
    public Compiler(Device device, CodeCache cache) {
        this.cache = cache;
        this.version = Nvrtc.version();
        int target = target(device, Nvrtc.capabilities());
        // Machine code runs on cards of its generation; PTX is what newer generations are told in.
        this.ptx = target / 10 != device.capability() / 10;
        this.options = List.of("--gpu-architecture=" + (ptx ? "compute_" : "sm_") + target, "--std=c++17");
        this.card = device.name() + (CudaInstallation.emulated() ? " (emulated)" : "");
    }

    private int target(Device device, List<Integer> capabilities) {
        return capabilities.stream()
                .filter(capability -> capability <= device.capability())
                .reduce((_, last) -> last)
                .orElseThrow(() -> new DeviceException("NVRTC " + version + " compiles for compute capability "
                        + capabilities.getFirst() / 10.0 + " and newer, and " + device.name() + " has "
                        + device.capability() / 10.0 + "; install an older CUDA toolkit, or use another device"));
    }

    /// The unit's code on the GPU of the current context.
    ///
    /// @throws DeviceException if the text is wrong; with the compiler's messages and the lines they are about
    Module load(Unit unit) {
        return loadImage(unit, image(unit));
    }

    /// @param image of the unit, from [#image]
    Module loadImage(Unit unit, byte[] image) {
        // What was kept for a card of the same name may still be refused, after the driver changed.
        return Module.tryLoad(image, unit.name()).orElseGet(() -> Module.load(compile(unit), unit.name()));
    }

    /// The unit's machine code or PTX.
    byte[] image(Unit unit) {
        return cache.get(key(unit)).orElseGet(() -> compile(unit));
    }

    private String key(Unit unit) {
        List<String> dependencies = new ArrayList<>(options);
        dependencies.addAll(List.of(card, version, unit.text()));
        Sources.headers(unit.text()).forEach((name, text) -> dependencies.addAll(List.of(name, text)));
        return CodeCache.key(dependencies);
    }

    private byte[] compile(Unit unit) {
        Map<String, String> headers = Sources.headers(unit.text());
        CompileEvent event = CompileEvent.begun();
        Nvrtc.Outcome outcome = Nvrtc.compile(unit.name(), unit.text(), headers, options, ptx);
        event.done(unit.name());
        return switch (outcome) {
            case Nvrtc.Outcome.Code(byte[] image) -> {
                cache.put(key(unit), image);
                yield image;
            }
            case Nvrtc.Outcome.Errors(String log) ->
                throw new DeviceException("NVRTC " + version + " does not compile " + unit.name() + " ("
                        + String.join(" ", options) + "):\n" + log + "\n" + lines(unit, log));
        };
    }

    /// The numbered lines that the messages are about; all lines if they name none.
    private static String lines(Unit unit, String log) {
        String[] text = unit.text().split("\n", -1);
        List<Integer> places = log.lines()
                .filter(line -> line.contains(unit.name()))
                .map(Compiler::place)
                .flatMap(Optional::stream)
                .filter(line -> line <= text.length)
                .distinct()
                .limit(ERRORS_SHOWN)
                .toList();
        return IntStream.rangeClosed(1, text.length)
                .filter(line -> places.isEmpty() || places.stream().anyMatch(at -> Math.abs(at - line) <= LINES_AROUND))
                .mapToObj(line -> "%5d%s %s".formatted(line, places.contains(line) ? ">" : "|", text[line - 1]))
                .collect(Collectors.joining("\n"));
    }

    private static Optional<Integer> place(String message) {
        Matcher place = PLACE.matcher(message);
        return place.find()
                ? Optional.of(Integer.valueOf(place.group(1) == null ? place.group(2) : place.group(1)))
                : Optional.empty();
    }
}
