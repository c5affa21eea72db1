package dagrad.cuda;

import dagrad.cuda.driver.Context;
import dagrad.cuda.driver.Copy;
import dagrad.cuda.driver.DeviceMemory;
import dagrad.cuda.driver.Event;
import dagrad.cuda.driver.PinnedMemory;
import dagrad.cuda.driver.Resource;
import dagrad.cuda.driver.Resources;
import dagrad.cuda.driver.Stream;
import dagrad.plan.Plan;
import dagrad.plan.Slot;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;

/// The way of a step's inputs to the GPU while the step before computes:
///
/// ```
/// host ─▶ pinned memory (one of two) ─▶ a place beside the arena ─▶ the arena
///        at once                        on a stream of its own      when the step begins
/// ```
///
/// Pinned memory is filled again when its copy of two steps ago is done, the place beside the arena when the step
/// before has begun. Nothing here is allocated after construction.
final class Staging implements Resource {
    private static final class Input {
        final MemorySegment[] pinned = new MemorySegment[2];
        final Copy[] upload = new Copy[2];
        final Copy take;
        boolean written;

        Input(Copy take) {
            this.take = take;
        }
    }

    private final Resources owned = new Resources();
    private final Map<String, Input> inputs = new HashMap<>();
    private final Input[] all;
    private final Stream uploads;
    private final Event[] uploaded = new Event[2];
    private final Event taken;
    private int turn;
    private boolean open;

    /// @param slots of the inputs, by name
    Staging(Context context, DeviceMemory arena, Map<String, Slot> slots) {
        try {
            this.uploads = owned.add(new Stream());
            this.taken = owned.add(new Event());
            long total = bytes(slots);
            DeviceMemory beside = owned.add(DeviceMemory.allocate(context, total, "the next batch"));
            PinnedMemory[] pinned = new PinnedMemory[2];
            for (int i = 0; i < 2; i++) {
                uploaded[i] = owned.add(new Event());
                pinned[i] = owned.add(new PinnedMemory(total));
            }
            long at = 0;
            for (Map.Entry<String, Slot> entry : slots.entrySet()) {
                long bytes = entry.getValue().spec().bytes();
                Input input = new Input(
                        Copy.onDevice(beside, at, arena, entry.getValue().offset(), bytes));
                for (int i = 0; i < 2; i++) {
                    input.pinned[i] = pinned[i].segment().asSlice(at, bytes);
                    input.upload[i] = Copy.toDevice(pinned[i], at, beside, at, bytes);
                }
                inputs.put(entry.getKey(), input);
                at += aligned(bytes);
            }
            this.all = inputs.values().toArray(Input[]::new);
        } catch (RuntimeException e) {
            owned.close();
            throw e;
        }
    }

    /// What the inputs take together, each from a multiple of the arena's alignment on.
    static long bytes(Map<String, Slot> slots) {
        return slots.values().stream()
                .mapToLong(slot -> aligned(slot.spec().bytes()))
                .sum();
    }

    private static long aligned(long bytes) {
        return Math.ceilDiv(bytes, Plan.ALIGNMENT) * Plan.ALIGNMENT;
    }

    boolean has(String name) {
        return inputs.containsKey(name);
    }

    /// Takes the data and begins its way; it arrives with [#take].
    void write(String name, MemorySegment data) {
        Input input = inputs.get(name);
        if (!open) {
            open = true;
            turn = 1 - turn;
            uploaded[turn].synchronize();
            uploads.await(taken);
        }
        input.pinned[turn].copyFrom(data);
        input.upload[turn].enqueue(uploads);
        input.written = true;
    }

    /// Queues that what was written since the last time is put into the arena.
    void take(Stream compute) {
        if (!open) {
            return;
        }
        open = false;
        uploaded[turn].record(uploads);
        compute.await(uploaded[turn]);
        for (Input input : all) {
            if (input.written) {
                input.take.enqueue(compute);
                input.written = false;
            }
        }
        taken.record(compute);
    }

    @Override
    public void close() {
        owned.close();
    }
}
