package dagrad.cpu;

import dagrad.backend.Backend;
import dagrad.backend.Executable;
import dagrad.flight.LoadEvent;
import dagrad.graph.Composite;
import dagrad.graph.Op;
import dagrad.plan.Capabilities;
import dagrad.plan.Plan;
import dagrad.tensor.TensorSpec;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
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

    /// What the part of the heap has left where objects grow old, as arrays of plans do.
    @Override
    public long memory() {
        long heap = Runtime.getRuntime().maxMemory();
        if (free(heap) < heap / 2) {
            System.gc(); // else what nobody holds any more would count
        }
        return free(heap);
    }

    /// What is young grows old, too.
    private static long free(long heap) {
        long used = 0;
        long largest = 0;
        for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
            if (pool.getType() == MemoryType.HEAP) {
                used += pool.getUsage().getUsed();
                largest = Math.max(
                        largest,
                        pool.getUsage().getMax() < 0 ? heap : pool.getUsage().getMax());
            }
        }
        return Math.max(0, largest - used);
    }

    @Override
    public boolean usesHeap() {
        return true;
    }

    @Override
    public long needs(Plan plan) {
        long arrays = Memory.bytes(plan);
        if (arrays > memory()) {
            return arrays; // there may be no room to find out what else it takes, and it does not matter
        }
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
