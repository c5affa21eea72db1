package dagrad.backend;

import dagrad.plan.Capabilities;
import dagrad.plan.Card;
import dagrad.plan.Plan;

/// A device that runs plans. Closing it ends its threads and frees what its executables left; they are closed first.
public interface Backend extends AutoCloseable {
    /// For people: `cpu (2 threads, OpenBLAS Zen)`.
    String name();

    Capabilities capabilities();

    /// How many bytes are free for plans now; [Long#MAX_VALUE] if nobody knows.
    default long memory() {
        return Long.MAX_VALUE;
    }

    /// Whether that memory is Java's heap.
    default boolean usesHeap() {
        return false;
    }

    /// How many bytes [#load] takes for the plan: the arena, and what kernels work with beside it.
    ///
    /// @throws DeviceException if the device cannot run it at all
    default long needs(Plan plan) {
        return plan.arenaBytes();
    }

    /// What is known of its speed. Where nothing is, the ratio of memory's speed to arithmetic is that of a common
    /// processor: enough to compare plans.
    default Card card() {
        return new Card(name(), 0, 1, memory(), 10e9, 50e9, 50e9, 50e9);
    }

    /// Allocates the plan's arena, compiles what must be compiled and writes the constants. Inputs of all kinds are
    /// zero.
    ///
    /// @throws DeviceException if the device cannot: too little memory, an operation or type it does not have
    Executable load(Plan plan);

    @Override
    void close();
}
