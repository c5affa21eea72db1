package dagrad.cuda.driver;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.Optional;
import java.util.stream.Stream;

/// A shared library that this process has open, until it ends. The system's linker knows an open library by its name
/// (SONAME), so one that was opened by its path serves all that ask for its name later: so libraries outside of the
/// linker's folders, and the bridge, come before JCuda's natives.
///
/// @param file its name or path
@SuppressWarnings("restricted") // the launcher allows native access
record DynamicLibrary(String file, SymbolLookup symbols) {
    private static final int LAZILY = 1;

    /// No status of any library.
    static final int ABSENT = -1;

    /// Opens a library that the linker finds by its name, or the one at a path; empty if that fails.
    static Optional<DynamicLibrary> open(String file) {
        try {
            return Optional.of(new DynamicLibrary(file, SymbolLookup.libraryLookup(file, Arena.global())));
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    /// Why a library cannot be opened, in the linker's words:
    /// `libx.so.1: cannot open shared object file: No such file`.
    static String error(String file) {
        try (Arena arena = Arena.ofConfined()) {
            Linker linker = Linker.nativeLinker();
            SymbolLookup system = linker.defaultLookup();
            AddressLayout textLayout = ADDRESS.withTargetLayout(MemoryLayout.sequenceLayout(Long.MAX_VALUE, JAVA_BYTE));
            MethodHandle open = linker.downcallHandle(
                    system.findOrThrow("dlopen"), FunctionDescriptor.of(ADDRESS, ADDRESS, JAVA_INT));
            MethodHandle error =
                    linker.downcallHandle(system.findOrThrow("dlerror"), FunctionDescriptor.of(textLayout));
            MemorySegment library = (MemorySegment) open.invokeExact(arena.allocateFrom(file), LAZILY);
            MemorySegment text = (MemorySegment) error.invokeExact();
            return library.equals(MemorySegment.NULL) && !text.equals(MemorySegment.NULL)
                    ? text.getString(0)
                    : file + " cannot be opened";
        } catch (Throwable e) {
            throw new IllegalStateException("the linker cannot say what is wrong with " + file, e);
        }
    }

    /// Calls a function that returns a status. Each call is linked anew: good for a few questions, not for work.
    ///
    /// @param arguments memory or `int`s
    /// @return the status; [#ABSENT] if the library has no such function
    int call(String name, Object... arguments) {
        Optional<MemorySegment> address = symbols.find(name);
        if (address.isEmpty()) {
            return ABSENT;
        }
        MemoryLayout[] layouts = Stream.of(arguments)
                .map(argument -> argument instanceof MemorySegment ? ADDRESS : JAVA_INT)
                .toArray(MemoryLayout[]::new);
        try {
            return (int) Linker.nativeLinker()
                    .downcallHandle(address.get(), FunctionDescriptor.of(JAVA_INT, layouts))
                    .invokeWithArguments(arguments);
        } catch (Throwable e) {
            throw new IllegalStateException(file + " cannot be asked " + name, e);
        }
    }
}
