package dagrad.plan;

import dagrad.tensor.DType;
import dagrad.tensor.Shape;

/// A slot and how a launch walks over it.
public record Operand(Slot slot, Layout layout) {
    public static Operand dense(Slot slot) {
        return new Operand(slot, Layout.dense(slot.spec().shape()));
    }

    public Shape shape() {
        return layout.shape();
    }

    public DType dtype() {
        return slot.spec().dtype();
    }

    /// Number of different bytes read or written.
    public long bytes() {
        long elements = 1;
        for (int i = 0; i < shape().rank(); i++) {
            Layout.Range range = layout.valid().get(i);
            elements *= layout.stride(i) == 0 ? 1 : Math.max(0, range.to() - range.from());
        }
        return Math.min(elements, slot.spec().shape().size()) * dtype().bytes();
    }

    @Override
    public String toString() {
        return slot.toString() + layout;
    }
}
