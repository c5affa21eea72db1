package dagrad.plan;

import dagrad.tensor.DType;

/// A stretch of the arena with a lifetime. Buffers whose lifetimes meet never share bytes.
///
/// @param dtype of all tensors in it
/// @param offset in bytes, a multiple of [Plan#ALIGNMENT]
/// @param from the first launch that writes it, or -1 if it holds its content before the first
/// @param to the last launch that reads it, or the number of launches if it is read after the last
public record Buffer(int id, Category category, DType dtype, long offset, long bytes, int from, int to) {
    /// What the memory is for, as `dagrad plan` sums it up.
    public enum Category {
        PARAMETER,
        STATE,
        INPUT,
        GRADIENT,
        ACTIVATION,
        CONSTANT;

        /// Whether the content outlives a run: such a buffer keeps its place for itself alone.
        public boolean pinned() {
            return switch (this) {
                case PARAMETER, STATE, INPUT, CONSTANT -> true;
                case GRADIENT, ACTIVATION -> false;
            };
        }
    }

    public boolean pinned() {
        return category.pinned();
    }
}
