package dagrad.cuda.code;

import dagrad.backend.DeviceException;
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
import dagrad.plan.Card;
import dagrad.plan.Launch;
import dagrad.tensor.TensorSpec;
import java.util.List;

/// The operations that have a kernel of their own: which, and where its calls are made.
public final class KernelCalls {
    private KernelCalls() {}

    static Calls of(Launch.Kernel launch, Card card, int number) {
        return switch (launch.op()) {
            case Gather() -> throw noKernel(launch);
            case ScatterAdd _ -> throw noKernel(launch);
            case ArgMax _ -> throw noKernel(launch);
            case Fold _ -> throw noKernel(launch);
            case Philox _ -> throw noKernel(launch);
            case Input _, Constant _, Iota _, Pointwise _, Cast _, MatMul _, Reduce _, Concat _ ->
                throw noKernel(launch);
            case Reshape _, Permute _, Broadcast _, Slice _, Pad _, Unfold _ -> throw noKernel(launch);
            case Attention _ -> throw noKernel(launch);
            case AttentionGrad _ -> throw noKernel(launch);
            case Conv2d _ -> throw noKernel(launch);
            case ConvTranspose2d _ -> throw noKernel(launch);
            case Conv2dWeightGrad _ -> throw noKernel(launch);
            case CrossEntropy _ -> throw noKernel(launch);
            case CrossEntropyGrad _ -> throw noKernel(launch);
            case Softmax() -> throw noKernel(launch);
            case SoftmaxGrad() -> throw noKernel(launch);
            case LogSoftmax() -> throw noKernel(launch);
            case Normalize _ -> throw noKernel(launch);
            case NormalizeGrad _ -> throw noKernel(launch);
            case MaxPool2d _ -> throw noKernel(launch);
            case MaxPool2dGrad _ -> throw noKernel(launch);
            case AdamWStep _ -> throw noKernel(launch);
        };
    }

    private static DeviceException noKernel(Launch.Kernel launch) {
        return new DeviceException(launch.op().name() + " has no kernel of its own: " + launch.label());
    }

    /// Whether there is a kernel for a composite on such operands.
    public static boolean claims(Composite op, List<TensorSpec> in) {
        return switch (op) {
            // Elementwise: the code for that fuses it with what is around.
            case AdamWStep _ -> false;
            case Attention _, AttentionGrad _ -> false;
            case Conv2d _, ConvTranspose2d _, Conv2dWeightGrad _ -> false;
            case CrossEntropy _, CrossEntropyGrad _ -> false;
            case Softmax _, SoftmaxGrad _, LogSoftmax _ -> false;
            case Normalize _, NormalizeGrad _ -> false;
            case MaxPool2d _, MaxPool2dGrad _ -> false;
        };
    }

    /// Whether the operation's kernel reads the operand with rows apart.
    public static boolean strided(Op op, int operand) {
        return false;
    }
}
