package dagrad.cpu;

import java.lang.foreign.MemorySegment;

/// Scratch memory of one worker: floats, and the same as bytes for [Blas].
record Dense(float[] floats, MemorySegment bytes) {
    static Dense of(float[] floats) {
        return new Dense(floats, MemorySegment.ofArray(floats));
    }
}
