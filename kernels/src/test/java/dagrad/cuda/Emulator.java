package dagrad.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/// The CUDA emulator under this process, if its libraries are the ones that are found.
final class Emulator {
    /// In the order of `dagrad_emu_counters`.
    enum Counter {
        KERNELS,
        GEMMS,
        GEMM_BYTES,
        GRAPH_LAUNCHES,
        COPIES_TO_DEVICE,
        COPIES_TO_HOST,
        COPIES_ON_DEVICE,
        FILLS,
        BYTES_TO_DEVICE,
        BYTES_TO_HOST,
        BYTES_ON_DEVICE,
        BYTES_FILLED,
        ALLOCATIONS,
        LIVE_ALLOCATIONS,
        LIVE_BYTES,
        PEAK_BYTES,
        LIVE_PINNED,
        LIVE_STREAMS,
        LIVE_EVENTS,
        LIVE_MODULES,
        LIVE_GRAPHS,
        LIVE_CONTEXTS,
        LIVE_HANDLES,
        COMPILATIONS,
        FAULTS,
        THREADS,
        FIBER_SWITCHES;

        boolean isOfLiveThings() {
            return name().startsWith("LIVE_");
        }
    }

    private static final Optional<MemorySegment> COUNTERS = find();

    private Emulator() {}

    @SuppressWarnings("restricted")
    private static Optional<MemorySegment> find() {
        try {
            return SymbolLookup.libraryLookup("libcuda.so.1", Arena.global()).find("dagrad_emu_counters");
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    /// For [org.junit.jupiter.api.condition.EnabledIf].
    static boolean isThere() {
        return COUNTERS.isPresent();
    }

    @SuppressWarnings("restricted")
    static Map<Counter, Long> counters() {
        Linker linker = Linker.nativeLinker();
        var descriptor = FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG);
        Map<Counter, Long> result = new EnumMap<>(Counter.class);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment words = arena.allocate(ValueLayout.JAVA_LONG, Counter.values().length);
            long known = (long)
                    linker.downcallHandle(COUNTERS.orElseThrow(), descriptor).invokeExact(words, words.byteSize());
            if (known < words.byteSize()) {
                throw new IllegalStateException("the emulator knows " + known / Long.BYTES + " counters");
            }
            long at = 0;
            for (Counter counter : Counter.values()) {
                result.put(counter, words.getAtIndex(ValueLayout.JAVA_LONG, at++));
            }
            return result;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /// What is not given back yet.
    static Map<Counter, Long> live() {
        Map<Counter, Long> live = counters();
        live.keySet().removeIf(counter -> !counter.isOfLiveThings());
        return live;
    }
}
