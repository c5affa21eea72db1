package dagrad.cpu;

import dagrad.backend.Backend;
import dagrad.backend.Executable;
import dagrad.flight.LoadEvent;
import dagrad.graph.Composite;
import dagrad.graph.Op;
import dagrad.plan.Capabilities;
import dagrad.plan.Plan;
import dagrad.tensor.TensorSpec;
import java.util.List;

/// The CPU as a device: worker threads, a BLAS, and the code generated so far.
public final class CpuBackend implements Backend {
    private final Workers workers;
    private final Blas blas;

    /// @param threads the number of threads that compute, the caller's included
    public CpuBackend(int threads) {
        this(threads, OpenBlas.orJava());
    }

    CpuBackend(int threads, Blas blas) {
        this.workers = new Workers(threads);
        this.blas = blas;
    }

    @Override
    public String name() {
        int threads = workers.count();
        return "cpu (" + threads + (threads == 1 ? " thread, " : " threads, ") + blas.name() + ")";
    }

    @Override
    public Capabilities capabilities() {
        return Claims.INSTANCE;
    }

    /// What the heap has left.
    @Override
    public long memory() {
        long free = free();
        if (free > Runtime.getRuntime().maxMemory() / 2) {
            return free;
        }
        System.gc(); // else what nobody holds any more would count
        return free();
    }

    private static long free() {
        Runtime heap = Runtime.getRuntime();
        return heap.maxMemory() - heap.totalMemory() + heap.freeMemory();
    }

    @Override
    public boolean usesHeap() {
        return true;
    }

    @Override
    public long needs(Plan plan) {
        return CpuExecutable.bytes(plan, workers.count(), blas);
    }

    @Override
    public Executable load(Plan plan) {
        LoadEvent event = LoadEvent.begun();
        Executable loaded = new CpuExecutable(plan, workers, blas);
        event.done(name(), plan.launches().size(), plan.arenaBytes());
        return loaded;
    }

    @Override
    public void close() {
        workers.close();
    }

    /// The composites that [Kernels] computes.
    private enum Claims implements Capabilities {
        INSTANCE;

        @Override
        public boolean claims(Composite op, List<TensorSpec> in) {
            return Kernels.claims(op, in);
        }

        @Override
        public boolean strided(Op op, int operand) {
            return Kernels.strided(op, operand);
        }

        @Override
        public boolean blocks() {
            return true;
        }
    }
}
