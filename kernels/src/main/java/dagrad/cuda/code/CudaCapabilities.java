package dagrad.cuda.code;

import dagrad.graph.Composite;
import dagrad.graph.Normalize;
import dagrad.graph.NormalizeGrad;
import dagrad.graph.Op;
import dagrad.plan.Capabilities;
import dagrad.tensor.TensorSpec;
import java.util.List;

/// What plans for GPUs may use: the same for every card.
public enum CudaCapabilities implements Capabilities {
    INSTANCE;

    /// Norms of rows that are not too long are left to their expansion: so they become one launch with what is around
    /// them.
    @Override
    public boolean claims(Composite op, List<TensorSpec> in) {
        boolean fuses = op instanceof Normalize || op instanceof NormalizeGrad;
        return !(fuses && in.getFirst().shape().dim(-1) <= RowCalls.LONGEST_ROW) && KernelCalls.claims(op, in);
    }

    @Override
    public boolean strided(Op op, int operand) {
        return KernelCalls.strided(op, operand);
    }

    @Override
    public boolean writesStrided(Op op, int result) {
        return KernelCalls.writesStrided(op, result);
    }

    @Override
    public boolean overwrites(Op op, int operand, int result) {
        return KernelCalls.overwrites(op, operand, result);
    }

    @Override
    public int longestRow() {
        return RowCalls.LONGEST_ROW;
    }

    @Override
    public boolean sideBySide() {
        return true;
    }

    /// A tanh takes about 20 instructions, while a GPU can do 100 in the time in which it reads 4 bytes.
    @Override
    public boolean repeatsFunctions() {
        return true;
    }
}
