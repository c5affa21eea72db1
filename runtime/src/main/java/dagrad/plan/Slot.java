package dagrad.plan;

import dagrad.tensor.TensorSpec;

/// A dense row-major tensor in the arena.
///
/// @param buffer which of the plan's buffers it lies in
/// @param offset in bytes from the arena's start
public record Slot(int buffer, long offset, TensorSpec spec) {
    /// One past the last byte.
    public long end() {
        return offset + spec.bytes();
    }

    /// `@4096 f32[8,64]`
    @Override
    public String toString() {
        return "@" + offset + " " + spec;
    }
}
