package dagrad.cpu;

import dagrad.backend.DeviceException;
import dagrad.plan.Buffer;
import dagrad.plan.Operand;
import dagrad.plan.Plan;
import dagrad.plan.Slot;
import dagrad.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// A plan's arena as typed Java arrays, one for each block: all buffers that begin at one address share an array, which is
/// as long as the longest of them.
final class Memory {
    private final List<Buffer> buffers;
    private final Map<Long, Object> arrays;

    private Memory(List<Buffer> buffers, Map<Long, Object> arrays) {
        this.buffers = buffers;
        this.arrays = arrays;
    }

    /// @throws DeviceException if a buffer has more elements than an array can, or the heap is too small
    static Memory of(Plan plan) {
        return allocated(plan, longest(plan));
    }

    /// Memory in which nothing can be computed, as all blocks of one type are the same array: enough to find out what else
    /// launches need.
    static Memory sketch(Plan plan) {
        Map<Long, Buffer> longest = longest(plan);
        Map<DType, Buffer> largest = new EnumMap<>(DType.class);
        longest.values().forEach(b -> largest.merge(b.dtype(), b, Memory::longer));
        longest.replaceAll((_, b) -> largest.get(b.dtype()));
        return allocated(plan, longest);
    }

    private static Memory allocated(Plan plan, Map<Long, Buffer> blocks) {
        Map<Buffer, Object> made = new HashMap<>();
        Map<Long, Object> arrays = new HashMap<>();
        try {
            blocks.forEach((offset, b) -> arrays.put(offset, made.computeIfAbsent(b, Memory::allocate)));
        } catch (OutOfMemoryError e) {
            throw new DeviceException(
                    "the plan needs " + plan.arenaBytes() / (1 << 20)
                            + " MiB, more than the Java heap has; raise it with -Xmx",
                    e);
        }
        return new Memory(plan.buffers(), arrays);
    }

    /// Of a plan's arrays.
    static long bytes(Plan plan) {
        return longest(plan).values().stream().mapToLong(Buffer::bytes).sum();
    }

    /// For each block its longest buffer, by where it begins.
    private static Map<Long, Buffer> longest(Plan plan) {
        Map<Long, Buffer> longest = new HashMap<>();
        plan.buffers().forEach(b -> longest.merge(b.offset(), b, Memory::longer));
        return longest;
    }

    private static Buffer longer(Buffer a, Buffer b) {
        return a.bytes() >= b.bytes() ? a : b;
    }

    private static Object allocate(Buffer b) {
        long length = b.bytes() / b.dtype().bytes();
        if (length > Integer.MAX_VALUE - 8) {
            throw new DeviceException(
                    "a tensor of " + length + " elements is too large for the CPU; the limit is 2^31");
        }
        return switch (b.dtype()) {
            case F64 -> new double[(int) length];
            case F32 -> new float[(int) length];
            case BF16 -> new short[(int) length];
            case I64 -> new long[(int) length];
            case I32 -> new int[(int) length];
        };
    }

    /// The array that a slot lies in.
    Object array(Slot slot) {
        return arrays.get(buffers.get(slot.buffer()).offset());
    }

    float[] floats(Operand operand) {
        return (float[]) array(operand.slot());
    }

    int[] ints(Operand operand) {
        return (int[]) array(operand.slot());
    }

    /// Where in its array a slot begins, in elements.
    int start(Slot slot) {
        return Math.toIntExact((slot.offset() - buffers.get(slot.buffer()).offset())
                / slot.spec().dtype().bytes());
    }

    /// Where in its array an operand's index (0, 0, …) lies; outside of the array for some masked layouts.
    int start(Operand operand) {
        return Math.toIntExact(start(operand.slot()) + operand.layout().offset());
    }

    /// A slot's bytes.
    MemorySegment segment(Slot slot) {
        int size = slot.spec().dtype().bytes();
        MemorySegment whole = switch (array(slot)) {
            case double[] a -> MemorySegment.ofArray(a);
            case float[] a -> MemorySegment.ofArray(a);
            case short[] a -> MemorySegment.ofArray(a);
            case long[] a -> MemorySegment.ofArray(a);
            case int[] a -> MemorySegment.ofArray(a);
            case Object other -> throw new IllegalStateException("no array: " + other);
        };
        return whole.asSlice((long) start(slot) * size, slot.spec().bytes());
    }

    /// Whether an operand holds the same in every run.
    boolean isConstant(Operand operand) {
        return buffers.get(operand.slot().buffer()).category() == Buffer.Category.CONSTANT;
    }

    /// Whether an operand can be walked over as a float array.
    static boolean isFloat(Operand operand) {
        return operand.dtype() == DType.F32;
    }
}
