package dagrad.plan;

import dagrad.graph.Value;
import dagrad.tensor.TensorSpec;

/// A dense row-major tensor in the arena.
///
/// @param buffer which of the plan's buffers it lies in
/// @param offset in bytes from the arena's start
/// @param value which value of the plan's graph it holds: that is what makes a plan checkable
public record Slot(int buffer, long offset, TensorSpec spec, Value value) {
    /// One past the last byte.
    public long end() {
        return offset + spec.bytes();
    }

    /// The same place with another value in it.
    public Slot holding(Value other) {
        return new Slot(buffer, offset, spec, other);
    }

    /// `%12@4096 f32[8,64]`
    @Override
    public String toString() {
        return value + "@" + offset + " " + spec;
    }
}
