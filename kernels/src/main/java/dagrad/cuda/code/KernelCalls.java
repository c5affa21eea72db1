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
import dagrad.plan.Card;
import dagrad.plan.Launch;
import dagrad.tensor.DType;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.util.List;
import java.util.stream.Stream;

/// The operations that have a kernel of their own: which, and where its calls are made.
public final class KernelCalls {
    private KernelCalls() {}

    static Calls of(Launch.Kernel launch, Card card, int number) {
        return switch (launch.op()) {
            case Gather() -> GatherCalls.of(launch, number);
            case ScatterAdd _ -> ScatterAddCalls.of(launch, number);
            case ArgMax(int axis) -> ArgMaxCalls.of(launch, axis);
            case Fold fold -> PoolCalls.of(launch, fold);
            case Philox philox -> PhiloxCalls.of(launch, philox);
            case Input _, Constant _, Iota _, Pointwise _, Cast _, MatMul _, Reduce _, Concat _ -> noKernel(launch);
            case Reshape _, Permute _, Broadcast _, Slice _, Pad _, Unfold _ -> noKernel(launch);
            case Attention attention -> AttentionCalls.of(launch, attention, card);
            case AttentionGrad grad -> AttentionCalls.of(launch, grad, card);
            case Conv2d conv -> ConvCalls.of(launch, conv);
            case ConvTranspose2d conv -> ConvCalls.of(launch, conv);
            case Conv2dWeightGrad grad -> ConvCalls.of(launch, grad);
            case CrossEntropy loss -> CrossEntropyCalls.loss(launch, loss, number);
            case CrossEntropyGrad grad -> CrossEntropyCalls.gradient(launch, grad);
            case Softmax(), SoftmaxGrad(), LogSoftmax() -> SoftmaxCalls.of(launch);
            case Normalize(double epsilon) -> NormalizeCalls.of(launch, epsilon);
            case NormalizeGrad(double epsilon) -> NormalizeCalls.of(launch, epsilon);
            case MaxPool2d pool -> PoolCalls.of(launch, pool);
            case MaxPool2dGrad grad -> PoolCalls.of(launch, grad);
            case AdamWStep _, EdgeSum _, EdgeProduct _ -> noKernel(launch);
        };
    }

    private static Calls noKernel(Launch.Kernel launch) {
        throw new DeviceException(launch.op().name() + " has no kernel of its own: " + launch.label());
    }

    /// Whether there is a kernel for a composite on such operands.
    public static boolean claims(Composite op, List<TensorSpec> in) {
        return switch (op) {
            // Elementwise: the code for that fuses it with what is around.
            case AdamWStep _ -> false;
            // A GPU multiplies matrices so fast that even a thin one pays; else these are a gather and a sum by rows.
            case EdgeSum _, EdgeProduct _ -> false;
            case Attention _, AttentionGrad _ -> AttentionCalls.claims(in);
            case Conv2d _, ConvTranspose2d _, Conv2dWeightGrad _ -> ConvCalls.claims(in);
            case CrossEntropy _, CrossEntropyGrad _ -> areRows(op, in);
            case Softmax _, SoftmaxGrad _, LogSoftmax _ -> areRows(op, in);
            case Normalize _, NormalizeGrad _ -> areRows(op, in);
            case MaxPool2d _, MaxPool2dGrad _ -> isFloatOrBf16(in);
        };
    }

    private static boolean isFloatOrBf16(List<TensorSpec> in) {
        return in.stream().map(TensorSpec::dtype).noneMatch(type -> type == DType.F64 || type == DType.I64);
    }

    /// Whether the tensors are of f32 or bf16, and what there is one of for each row, a sum or a mean, is of f32.
    private static boolean areRows(Composite op, List<TensorSpec> in) {
        Shape rows = in.getFirst().shape();
        return Stream.concat(in.stream(), op.infer(in).stream())
                .filter(spec -> spec.dtype().isFloating())
                .allMatch(spec -> spec.dtype() == DType.F32
                        || spec.dtype() == DType.BF16 && spec.shape().equals(rows));
    }

    /// Whether the operation's kernel reads the operand with rows apart.
    public static boolean strided(Op op, int operand) {
        return switch (op) {
            case Attention _ -> true;
            case AttentionGrad grad -> AttentionCalls.strided(grad, operand);
            case Op _ -> false;
        };
    }

    /// Whether the operation's kernel writes the result with rows apart.
    public static boolean writesStrided(Op op, int result) {
        return op instanceof Attention && result == 0;
    }

    /// Whether the operation's kernel may write the result over the operand: it reads each element before it writes it.
    public static boolean overwrites(Op op, int operand, int result) {
        return op instanceof CrossEntropyGrad && operand == 0 && result == 0;
    }
}
