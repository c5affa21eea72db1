package dagrad.cuda;

import dagrad.backend.Readback;
import dagrad.cuda.code.Call;
import dagrad.cuda.code.Grid;
import dagrad.cuda.code.Source;
import dagrad.cuda.compile.Compiler;
import dagrad.cuda.compile.Kernels;
import dagrad.cuda.driver.Context;
import dagrad.cuda.driver.Copy;
import dagrad.cuda.driver.DeviceMemory;
import dagrad.cuda.driver.Event;
import dagrad.cuda.driver.KernelLaunch;
import dagrad.cuda.driver.PinnedMemory;
import dagrad.cuda.driver.Resource;
import dagrad.cuda.driver.Resources;
import dagrad.cuda.driver.Stream;
import dagrad.plan.Slot;
import dagrad.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Scalars on their way back. When one of them is asked for after a run, `report.cu` puts them all and the fault words
/// side by side, and one copy behind it brings them to pinned memory, where the host looks when it wants to. Asking and
/// taking make no garbage.
final class Report implements Resource {
    private static final Source SOURCE = new Source.Shipped("report.cu");
    private static final int THREADS = 128;

    /// The scalars after some run.
    private static final class Page {
        final PinnedMemory memory;
        final Copy copy;
        final Event arrived;
        /// How many have asked for it and not taken it.
        int wanted;

        Page(PinnedMemory memory, Copy copy, Event arrived) {
            this.memory = memory;
            this.copy = copy;
            this.arrived = arrived;
        }
    }

    private final Resources owned = new Resources();
    private final List<String> names;
    private final Map<String, Slot> slots;
    private final Faults faults;
    private final Stream stream;
    private final Runnable enter;
    private final KernelLaunch gather;
    private final Page[] pages;
    private Page latest;
    private boolean current;

    /// @param slots of the scalars, by name
    /// @param transfers in the stream
    /// @param enter what goes before anything that reaches the GPU
    Report(
            Map<String, Slot> slots,
            DeviceMemory arena,
            Faults faults,
            Context context,
            Compiler compiler,
            Stream stream,
            Transfers transfers,
            Runnable enter) {
        this.slots = new LinkedHashMap<>(slots);
        this.names = List.copyOf(this.slots.keySet());
        this.faults = faults;
        this.stream = stream;
        this.enter = enter;
        int count = names.size();
        long bytes = (long) Long.BYTES * count + Faults.BYTES;
        try {
            DeviceMemory places =
                    owned.add(DeviceMemory.allocate(context, 2L * Long.BYTES * count, "the places of scalars"));
            DeviceMemory out = owned.add(DeviceMemory.allocate(context, bytes, "scalars"));
            transfers.upload(places(arena), places, 0);
            Grid grid = Grid.of(Math.ceilDiv(count + 1, THREADS), THREADS);
            Call.Kernel call = new Call.Kernel(SOURCE, "report", grid, List.of());
            Kernels kernels = owned.add(new Kernels(compiler, List.of(call)));
            this.gather = new KernelLaunch(
                    kernels.function(call),
                    new int[] {grid.x(), 1, 1, grid.threadsX(), 1, 1, 0},
                    new long[] {places.address(), count, faults.words().address(), out.address()});
            // So many can be asked for and not taken; when another is asked for, one of them is not wanted.
            this.pages = new Page[Readback.CAPACITY * count];
            for (int i = 0; i < pages.length; i++) {
                PinnedMemory memory = owned.add(new PinnedMemory(bytes));
                pages[i] = new Page(memory, Copy.toHost(out, 0, memory, 0, bytes), owned.add(new Event()));
            }
            this.latest = pages[0];
        } catch (RuntimeException e) {
            owned.close();
            throw e;
        }
    }

    /// Of each scalar the address and the number of bytes.
    private MemorySegment places(DeviceMemory arena) {
        MemorySegment table = Arena.ofAuto().allocate(2L * Long.BYTES * names.size(), Long.BYTES);
        for (int i = 0; i < names.size(); i++) {
            Slot slot = slots.get(names.get(i));
            table.setAtIndex(ValueLayout.JAVA_LONG, 2L * i, arena.address() + slot.offset());
            table.setAtIndex(ValueLayout.JAVA_LONG, 2L * i + 1, slot.spec().bytes());
        }
        return table;
    }

    /// To be called when a run begins.
    void outdate() {
        current = false;
    }

    Readback readback(String name) {
        int number = names.indexOf(name);
        return new Scalar(
                name, (long) number * Long.BYTES, slots.get(name).spec().dtype());
    }

    /// The page of the last run, on its way.
    private Page page() {
        if (!current) {
            latest = unwanted();
            gather.enqueue(stream);
            latest.copy.enqueue(stream);
            latest.arrived.record(stream);
            current = true;
        }
        return latest;
    }

    private Page unwanted() {
        for (Page page : pages) {
            if (page.wanted == 0) {
                return page;
            }
        }
        throw new IllegalStateException("all pages are wanted, though there is one for all that can be asked for");
    }

    private double value(Page page, long offset, DType type) {
        page.arrived.synchronize();
        faults.check(page.memory, (long) names.size() * Long.BYTES, stream);
        MemorySegment memory = page.memory.segment();
        return switch (type) {
            case F64 -> memory.get(ValueLayout.JAVA_DOUBLE, offset);
            case F32 -> memory.get(ValueLayout.JAVA_FLOAT, offset);
            case BF16 -> DType.bf16ToFloat(memory.get(ValueLayout.JAVA_SHORT, offset));
            case I64 -> memory.get(ValueLayout.JAVA_LONG, offset);
            case I32 -> memory.get(ValueLayout.JAVA_INT, offset);
        };
    }

    @Override
    public void close() {
        owned.close();
    }

    /// One of the scalars.
    private final class Scalar implements Readback {
        private final String name;
        private final long offset;
        private final DType type;
        private final Page[] asked = new Page[CAPACITY];
        private int count;

        Scalar(String name, long offset, DType type) {
            this.name = name;
            this.offset = offset;
            this.type = type;
        }

        @Override
        public void ask() {
            if (count == CAPACITY) {
                throw new IllegalStateException(CAPACITY + " values of \"" + name + "\" are not taken yet");
            }
            enter.run();
            asked[count] = page();
            asked[count].wanted++;
            count++;
        }

        @Override
        public double take() {
            if (count == 0) {
                throw new IllegalStateException("no value of \"" + name + "\" was asked for");
            }
            enter.run();
            Page page = asked[0];
            count--;
            System.arraycopy(asked, 1, asked, 0, count);
            page.wanted--;
            return value(page, offset, type);
        }

        @Override
        public boolean deferred() {
            return true;
        }
    }
}
