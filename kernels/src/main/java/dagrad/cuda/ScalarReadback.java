package dagrad.cuda;

import dagrad.backend.Readback;
import dagrad.cuda.driver.Copy;
import dagrad.cuda.driver.DeviceMemory;
import dagrad.cuda.driver.Event;
import dagrad.cuda.driver.PinnedMemory;
import dagrad.cuda.driver.Resource;
import dagrad.cuda.driver.Resources;
import dagrad.cuda.driver.Stream;
import dagrad.plan.Slot;
import dagrad.tensor.HostTensor;

/// A scalar output on its way back, with the fault words: copied behind the run into pinned memory, in turn.
final class ScalarReadback implements Readback, Resource {
    /// For the value; the fault words follow.
    private static final long VALUE = Long.BYTES;

    private final Resources owned = new Resources();
    private final String name;
    private final Faults faults;
    private final Stream stream;
    private final Runnable enter;
    private final PinnedMemory[] pinned = new PinnedMemory[CAPACITY];
    private final HostTensor[] value = new HostTensor[CAPACITY];
    private final Copy[] copyValue = new Copy[CAPACITY];
    private final Copy[] copyFaults = new Copy[CAPACITY];
    private final Event[] copied = new Event[CAPACITY];
    private int first;
    private int count;

    /// @param enter what goes before anything that reaches the GPU
    ScalarReadback(String name, Slot slot, DeviceMemory arena, Faults faults, Stream stream, Runnable enter) {
        this.name = name;
        this.faults = faults;
        this.stream = stream;
        this.enter = enter;
        long bytes = Readback.requireScalar(name, slot.spec()).bytes();
        try {
            for (int i = 0; i < CAPACITY; i++) {
                pinned[i] = owned.add(new PinnedMemory(VALUE + Faults.BYTES));
                copied[i] = owned.add(new Event());
                value[i] = new HostTensor(slot.spec(), pinned[i].segment().asSlice(0, bytes));
                copyValue[i] = Copy.toHost(arena, slot.offset(), pinned[i], 0, bytes);
                copyFaults[i] = faults.copyTo(pinned[i], VALUE);
            }
        } catch (RuntimeException e) {
            owned.close();
            throw e;
        }
    }

    @Override
    public void ask() {
        if (count == CAPACITY) {
            throw new IllegalStateException(CAPACITY + " values of \"" + name + "\" are not taken yet");
        }
        enter.run();
        int i = (first + count) % CAPACITY;
        copyValue[i].enqueue(stream);
        copyFaults[i].enqueue(stream);
        copied[i].record(stream);
        count++;
    }

    @Override
    public double take() {
        if (count == 0) {
            throw new IllegalStateException("no value of \"" + name + "\" was asked for");
        }
        enter.run();
        int i = first;
        first = (first + 1) % CAPACITY;
        count--;
        copied[i].synchronize();
        faults.check(pinned[i], VALUE, stream);
        return value[i].get(0);
    }

    @Override
    public boolean deferred() {
        return true;
    }

    @Override
    public void close() {
        owned.close();
    }
}
