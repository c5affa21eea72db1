package dagrad.io;

import static dagrad.io.Numbers.json;

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
import dagrad.graph.ConvSpec;
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
import dagrad.graph.Primitive;
import dagrad.graph.Reduce;
import dagrad.graph.Reshape;
import dagrad.graph.ScatterAdd;
import dagrad.graph.Slice;
import dagrad.graph.Softmax;
import dagrad.graph.SoftmaxGrad;
import dagrad.graph.Unfold;
import dagrad.graph.Window;
import dagrad.tensor.TensorSpec;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// An operation's attributes as a node's fields; the mirror of [OpReader]. Fields at their defaults are left out.
final class OpWriter {
    private OpWriter() {}

    static void write(Op op, ObjectNode node) {
        node.put("op", op.name());
        switch (op) {
            case Primitive primitive -> write(primitive, node);
            case Composite composite -> write(composite, node);
        }
    }

    private static void write(Primitive op, ObjectNode node) {
        switch (op) {
            case Input input -> {
                node.put("name", input.label()).put("kind", Fields.lower(input.kind()));
                spec(input.spec(), node);
            }
            case Constant constant -> constant(constant, node);
            case Cast cast -> node.put("to", cast.to().text());
            case Reduce reduce -> node.set("axes", json(reduce.axes()));
            case ArgMax argMax -> node.put("axis", argMax.axis());
            case Reshape reshape -> node.set("shape", json(reshape.shape()));
            case Permute permute -> node.set("order", json(permute.order()));
            case Broadcast broadcast -> node.set("shape", json(broadcast.shape()));
            case Slice slice -> node.set("from", json(slice.from())).set("to", json(slice.to()));
            case Pad pad -> {
                node.set("low", json(pad.low())).set("high", json(pad.high()));
                node.set("value", json(pad.value()));
            }
            case Concat concat -> node.put("axis", concat.axis());
            case MatMul matMul -> {
                if (matMul.wide()) {
                    node.put("wide", true);
                }
            }
            case ScatterAdd scatterAdd -> node.put("rows", scatterAdd.rows());
            case Iota iota -> node.put("axis", iota.axis()).set("shape", json(iota.shape()));
            case Philox philox -> node.put("stream", philox.stream()).set("shape", json(philox.shape()));
            case Unfold unfold -> window(unfold.window(), node);
            case Fold fold -> {
                window(fold.window(), node);
                pair("image", fold.h(), fold.w(), node);
            }
            case Pointwise pointwise -> {}
            case Gather gather -> {}
        }
    }

    private static void write(Composite op, ObjectNode node) {
        switch (op) {
            case CrossEntropy loss -> ignored(loss.ignoreIndex(), node);
            case CrossEntropyGrad loss -> ignored(loss.ignoreIndex(), node);
            case Normalize normalize -> node.set("eps", json(normalize.eps()));
            case NormalizeGrad normalize -> node.set("eps", json(normalize.eps()));
            case Attention attention -> node.put("causal", attention.causal()).set("scale", json(attention.scale()));
            case AttentionGrad attention ->
                node.put("causal", attention.causal()).set("scale", json(attention.scale()));
            case Conv2d conv -> convolution(conv.conv(), node);
            case ConvTranspose2d conv -> {
                convolution(conv.conv(), node);
                pair("image", conv.h(), conv.w(), node);
            }
            case Conv2dWeightGrad conv -> {
                convolution(conv.conv(), node);
                pair("kernel", conv.kh(), conv.kw(), node);
            }
            case MaxPool2d pool -> {
                window(pool.window(), node);
                pair("padding", pool.padH(), pool.padW(), node);
            }
            case MaxPool2dGrad pool -> {
                window(pool.window(), node);
                pair("padding", pool.padH(), pool.padW(), node);
                pair("image", pool.h(), pool.w(), node);
            }
            case EdgeSum sum -> {
                node.put("rows", sum.rows());
                if (sum.back()) {
                    node.put("back", true);
                }
            }
            case EdgeProduct product -> {}
            case AdamWStep step -> {
                node.set("beta1", json(step.beta1())).set("beta2", json(step.beta2()));
                node.set("epsilon", json(step.epsilon())).set("weight_decay", json(step.weightDecay()));
            }
            case Softmax softmax -> {}
            case SoftmaxGrad softmaxGrad -> {}
            case LogSoftmax logSoftmax -> {}
        }
    }

    private static void spec(TensorSpec spec, ObjectNode node) {
        node.put("type", spec.dtype().text()).set("shape", json(spec.shape()));
    }

    private static void constant(Constant constant, ObjectNode node) {
        spec(constant.spec(), node);
        if (constant.isFill()) {
            node.set("value", json(constant.values(), 0));
        } else {
            ArrayNode values = node.putArray("values");
            for (int i = 0; i < constant.values().size(); i++) {
                values.add(json(constant.values(), i));
            }
        }
    }

    private static void ignored(int index, ObjectNode node) {
        if (index != Integer.MIN_VALUE) {
            node.put("ignore_index", index);
        }
    }

    private static void window(Window window, ObjectNode node) {
        pair("kernel", window.kh(), window.kw(), node);
        pair("stride", window.sh(), window.sw(), node);
        pair("dilation", window.dh(), window.dw(), node);
    }

    private static void convolution(ConvSpec conv, ObjectNode node) {
        pair("stride", conv.strideH(), conv.strideW(), node);
        pair("padding", conv.padH(), conv.padW(), node);
        pair("dilation", conv.dilationH(), conv.dilationW(), node);
        node.put("groups", conv.groups());
    }

    private static void pair(String name, int height, int width, ObjectNode node) {
        node.set(name, json(List.of(height, width)));
    }
}
