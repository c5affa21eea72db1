package dagrad.cpu;

import dagrad.graph.AdamWStep;
import dagrad.graph.ArgMax;
import dagrad.graph.Attention;
import dagrad.graph.AttentionGrad;
import dagrad.graph.Broadcast;
import dagrad.graph.Cast;
import dagrad.graph.Composite;
import dagrad.graph.Concat;
import dagrad.graph.Constant;
import dagrad.graph.Conv2d;
import dagrad.graph.Conv2dWeightGrad;
import dagrad.graph.ConvTranspose2d;
import dagrad.graph.CrossEntropy;
import dagrad.graph.CrossEntropyGrad;
import dagrad.graph.EdgeProduct;
import dagrad.graph.EdgeSum;
import dagrad.graph.Fold;
import dagrad.graph.Gather;
import dagrad.graph.Input;
import dagrad.graph.Iota;
import dagrad.graph.LogSoftmax;
import dagrad.graph.MatMul;
import dagrad.graph.MaxPool2d;
import dagrad.graph.MaxPool2dGrad;
import dagrad.graph.Normalize;
import dagrad.graph.NormalizeGrad;
import dagrad.graph.Op;
import dagrad.graph.Pad;
import dagrad.graph.Permute;
import dagrad.graph.Philox;
import dagrad.graph.Pointwise;
import dagrad.graph.Reduce;
import dagrad.graph.Reshape;
import dagrad.graph.ScatterAdd;
import dagrad.graph.Slice;
import dagrad.graph.Softmax;
import dagrad.graph.SoftmaxGrad;
import dagrad.graph.Unfold;
import dagrad.plan.Launch;
import dagrad.tensor.DType;
import dagrad.tensor.TensorSpec;
import java.util.List;

/// The operations that have a kernel of their own: which, and where it is.
final class Kernels {
    private Kernels() {}

    /// A launch of one operation, bound to its memory.
    ///
    /// @throws IllegalArgumentException if the operation is never launched by itself here
    static Step of(Launch.Kernel launch, Memory memory, Blas blas, Scratch scratch) {
        return switch (launch.op()) {
            case Gather() -> new GatherKernel(launch, memory, scratch);
            case ScatterAdd _ -> new ScatterAddKernel(launch, memory, scratch);
            case ArgMax(int axis) -> new ArgMaxKernel(launch, axis, memory);
            case Fold fold -> new FoldKernel(launch, fold, memory);
            case Philox philox -> new PhiloxKernel(launch, philox, memory);
            case Input _, Constant _, Iota _, Pointwise _, Cast _, MatMul _, Reduce _, Concat _ ->
                throw noKernel(launch);
            case Reshape _, Permute _, Broadcast _, Slice _, Pad _, Unfold _ -> throw noKernel(launch);
            case Attention attention -> new AttentionKernel(launch, attention, memory, blas, scratch);
            case AttentionGrad grad -> new AttentionGradKernel(launch, grad, memory, blas, scratch);
            case Conv2d conv -> new Conv2dKernel(launch, conv, memory, blas, scratch);
            case ConvTranspose2d conv -> new ConvTranspose2dKernel(launch, conv, memory, blas, scratch);
            case Conv2dWeightGrad grad -> new Conv2dWeightGradKernel(launch, grad, memory, blas, scratch);
            case CrossEntropy loss -> CrossEntropyKernels.loss(launch, loss, memory, scratch);
            case CrossEntropyGrad grad -> CrossEntropyKernels.gradient(launch, grad, memory, scratch);
            case Softmax() -> SoftmaxKernels.softmax(launch, memory, scratch);
            case SoftmaxGrad() -> SoftmaxKernels.gradient(launch, memory, scratch);
            case LogSoftmax() -> SoftmaxKernels.logSoftmax(launch, memory, scratch);
            case Normalize normalize -> NormalizeKernels.normalize(launch, normalize, memory, scratch);
            case NormalizeGrad grad -> NormalizeKernels.gradient(launch, grad, memory, scratch);
            case MaxPool2d pool -> new MaxPool2dKernel(launch, pool, memory);
            case MaxPool2dGrad grad -> new MaxPool2dGradKernel(launch, grad, memory);
            case EdgeSum sum -> new EdgeSumKernel(launch, sum, memory, scratch);
            case EdgeProduct() -> new EdgeProductKernel(launch, memory, scratch);
            case AdamWStep _ -> throw noKernel(launch);
        };
    }

    private static IllegalArgumentException noKernel(Launch.Kernel launch) {
        return new IllegalArgumentException(launch.op().name() + " has no kernel of its own: " + launch.label());
    }

    /// Whether there is a kernel for a composite on such operands.
    static boolean claims(Composite op, List<TensorSpec> in) {
        return switch (op) {
            // Elementwise: the code for that fuses it with what is around.
            case AdamWStep _ -> false;
            case Attention _, AttentionGrad _, Conv2d _, ConvTranspose2d _, Conv2dWeightGrad _ -> isFloat(in);
            case CrossEntropy _, CrossEntropyGrad _, Softmax _, SoftmaxGrad _, LogSoftmax _ -> isFloat(in);
            case EdgeSum sum -> isFloat(in) && EdgeOrder.pays(in, sum.rows());
            case EdgeProduct() ->
                isFloat(in) && EdgeOrder.pays(in, in.get(1).shape().dim(0));
            case Normalize _, NormalizeGrad _, MaxPool2d _, MaxPool2dGrad _ -> isFloat(in);
        };
    }

    private static boolean isFloat(List<TensorSpec> in) {
        return in.stream().allMatch(x -> x.dtype() == DType.F32 || !x.dtype().isFloating());
    }

    /// Whether the operation's kernel reads the operand with rows apart.
    static boolean strided(Op op, int operand) {
        return op instanceof Attention || op instanceof AttentionGrad;
    }
}
