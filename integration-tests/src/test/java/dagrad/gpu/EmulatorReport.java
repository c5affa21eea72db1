package dagrad.gpu;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// What the CUDA emulator under this process has counted since it began.
record EmulatorReport(Map<String, Long> counters) {
    private static final Pattern COUNTER = Pattern.compile("\"(\\w+)\": (\\d+)");
    private static final Optional<MethodHandle> WRITE = find();

    @SuppressWarnings("restricted")
    private static Optional<MethodHandle> find() {
        try {
            return SymbolLookup.libraryLookup("libcuda.so.1", Arena.global())
                    .find("dagrad_emu_report")
                    .map(function -> Linker.nativeLinker()
                            .downcallHandle(
                                    function, FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS)));
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    /// Whether CUDA is the emulator here.
    static boolean canBeHad() {
        return WRITE.isPresent();
    }

    /// @param file to be written to on the way
    static EmulatorReport now(Path file) {
        try (Arena arena = Arena.ofConfined()) {
            int written = (int) WRITE.orElseThrow().invokeExact(arena.allocateFrom(file.toString()));
            if (written == 0) {
                throw new IOException("the emulator does not write " + file);
            }
            Map<String, Long> counters = new TreeMap<>();
            COUNTER.matcher(Files.readString(file))
                    .results()
                    .forEach(counter -> counters.put(counter.group(1), Long.valueOf(counter.group(2))));
            return new EmulatorReport(counters);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    long get(String counter) {
        return counters.get(counter);
    }

    /// What came to a counter since an earlier report.
    long since(EmulatorReport before, String counter) {
        return get(counter) - before.get(counter);
    }
}
