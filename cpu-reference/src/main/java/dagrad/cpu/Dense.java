package dagrad.cpu;

import java.lang.foreign.MemorySegment;

/// Scratch memory of one worker: floats, and the same as bytes for [Blas].
record Dense(float[] floats, MemorySegment bytes) {
    /// @param size in floats
    static Dense of(int size) {
        float[] floats = new float[size];
        return new Dense(floats, MemorySegment.ofArray(floats));
    }
}
