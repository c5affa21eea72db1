package dagrad.cuda.code;

import dagrad.plan.Operand;
import dagrad.plan.Slot;

/// An argument of a kernel, before the arena has an address.
public sealed interface Argument {
    /// The address of a byte of the arena.
    record Arena(long offset) implements Argument {}

    /// The address of a byte of the workspace: memory that holds nothing from one launch of the plan to the next.
    record Workspace(long offset) implements Argument {}

    /// The address of the fault words, u32[2]: a kernel that meets bad data (an index out of range) sets the first to
    /// the number of its launch plus one, if it is still 0, and the second to the bad value.
    record Fault() implements Argument {}

    /// The address of the tickets, u32[[#TICKETS]], all 0 before a kernel and after it: by them the blocks of a kernel
    /// find out which of them is last.
    record Tickets() implements Argument {}

    /// Number of tickets.
    int TICKETS = 4096;

    /// `int`
    record Int(int value) implements Argument {}

    /// `long long`
    record Int64(long value) implements Argument {}

    /// `float`
    record Real(float value) implements Argument {}

    /// The address of a slot's first element.
    static Argument of(Slot slot) {
        return new Arena(slot.offset());
    }

    /// The address of an operand's index (0, 0, …). For a masked layout that may lie outside of the slot.
    static Argument of(Operand operand) {
        return new Arena(operand.slot().offset()
                + operand.layout().offset() * operand.dtype().bytes());
    }

    static Argument of(int value) {
        return new Int(value);
    }

    static Argument of(long value) {
        return new Int64(value);
    }

    static Argument of(float value) {
        return new Real(value);
    }
}
