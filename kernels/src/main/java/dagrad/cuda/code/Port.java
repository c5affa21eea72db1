package dagrad.cuda.code;

import dagrad.plan.Layout;
import dagrad.plan.Operand;
import dagrad.tensor.DType;

/// Memory that generated code reads or writes.
///
/// @param layout of the domain's shape; its offset is part of the address
record Port(DType dtype, Layout layout, Argument address) {
    static Port of(Operand operand, Layout layout) {
        return new Port(operand.dtype(), layout, Argument.of(operand));
    }

    static Port of(Operand operand) {
        return of(operand, operand.layout());
    }

    /// Whether the address is a multiple of so many bytes, given that arena and workspace begin at one.
    boolean isAligned(int bytes) {
        return switch (address) {
            case Argument.Arena(long offset) -> offset % bytes == 0;
            case Argument.Workspace(long offset) -> offset % bytes == 0;
            case Argument.Fault _, Argument.Tickets _, Argument.Int _, Argument.Int64 _, Argument.Real _ -> false;
        };
    }

    /// Whether no index has an element: only the fill is read.
    boolean isEmpty() {
        return layout.extent().isEmpty();
    }
}
