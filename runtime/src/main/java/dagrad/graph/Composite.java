package dagrad.graph;

import dagrad.tensor.TensorSpec;
import java.util.List;

/// An operation that is defined by other operations. A backend may claim one and compute it by a kernel of its own;
/// otherwise the scheduler puts the expansion in its place.
public sealed interface Composite extends Op
        permits Softmax,
                SoftmaxGrad,
                LogSoftmax,
                CrossEntropy,
                CrossEntropyGrad,
                Normalize,
                NormalizeGrad,
                Attention,
                AttentionGrad,
                Conv2d,
                ConvTranspose2d,
                Conv2dWeightGrad,
                MaxPool2d,
                MaxPool2dGrad,
                EdgeSum,
                EdgeProduct,
                AdamWStep {
    /// The definition: emits the operations that compute the results from the operands.
    List<Value> expand(GraphBuilder g, List<Value> in);

    @Override
    default List<TensorSpec> infer(List<TensorSpec> in) {
        return GraphBuilder.inferByExpanding(this, in);
    }

    /// The derivative of the expansion, which is emitted anew for it. Override to save work or memory.
    @Override
    default Gradient gradient(Rule r) {
        return r.throughExpansion(this);
    }
}
