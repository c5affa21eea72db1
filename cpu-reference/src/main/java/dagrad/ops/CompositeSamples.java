package dagrad.ops;

import static dagrad.ops.Operand.f;
import static dagrad.ops.Operand.i;
import static dagrad.ops.Operand.ints;
import static dagrad.ops.Operand.l;
import static dagrad.ops.Row.op;
import static dagrad.ops.Row.sugar;

import dagrad.graph.AdamWStep;
import dagrad.graph.Attention;
import dagrad.graph.AttentionGrad;
import dagrad.graph.Conv2d;
import dagrad.graph.Conv2dWeightGrad;
import dagrad.graph.ConvSpec;
import dagrad.graph.ConvTranspose2d;
import dagrad.graph.CrossEntropy;
import dagrad.graph.CrossEntropyGrad;
import dagrad.graph.EdgeProduct;
import dagrad.graph.EdgeSum;
import dagrad.graph.LogSoftmax;
import dagrad.graph.MaxPool2d;
import dagrad.graph.MaxPool2dGrad;
import dagrad.graph.Normalize;
import dagrad.graph.NormalizeGrad;
import dagrad.graph.Softmax;
import dagrad.graph.SoftmaxGrad;
import dagrad.graph.Window;
import java.util.List;
import java.util.stream.Stream;

/// The rows of the composites.
final class CompositeSamples {
    private CompositeSamples() {}

    static List<Row> rows() {
        return Stream.of(
                        softmaxes(),
                        crossEntropy(),
                        normalize(),
                        attention(),
                        convolutions(),
                        pooling(),
                        edges(),
                        optimizer())
                .flatMap(List::stream)
                .toList();
    }

    private static List<Row> softmaxes() {
        Operand wild = f(2, 4).holding(-1e4, 1e4, 0.0, 1.0);
        return List.of(
                op(new Softmax())
                        .saves(1)
                        .on(f(4, 7))
                        .on(f(2, 3, 5))
                        .on(f(7))
                        .edges(n -> List.of(f(3, n)))
                        .extremes(wild)
                        .golden("softmax"),
                op(new SoftmaxGrad()).on(f(4, 7), f(4, 7)).edges(n -> List.of(f(3, n), f(3, n))),
                op(new LogSoftmax())
                        .saves(1)
                        .on(f(4, 7))
                        .on(f(2, 3, 5))
                        .edges(n -> List.of(f(3, n)))
                        .extremes(wild)
                        .golden("log_softmax"));
    }

    private static List<Row> crossEntropy() {
        return List.of(
                op(new CrossEntropy(-100))
                        .saves(1)
                        .on(f(4, 7), i(7, 4))
                        .on(f(4, 7), ints(3, -100, 6, 0))
                        .on(f(2, 3), ints(-100, -100))
                        .on(f(3, 1), i(1, 3))
                        .edges(n -> List.of(f(3, n), i(n, 3)))
                        .edges(n -> List.of(f(n, 3), i(3, n)))
                        .extremes(f(2, 4).holding(-1e4, 1e4, 0.0, 1.0), ints(0, 1))
                        .golden("cross_entropy_each")
                        .rejects("cross_entropy: logits must be floating [n, classes], not f32[7]", f(7), i(7, 7))
                        .rejects("cross_entropy: targets for f32[4,7] must be i32[4], not i32[5]", f(4, 7), i(7, 5))
                        .rejects("cross_entropy: targets for f32[4,7] must be i32[4], not i64[4]", f(4, 7), l(7, 4)),
                op(new CrossEntropy(2)).on(f(4, 7), ints(3, 2, 6, 2)),
                op(new CrossEntropyGrad(-100))
                        .on(f(4, 7), ints(3, -100, 6, 0), f(4).wide(), f(4).wide())
                        .edges(n -> List.of(f(3, n), i(n, 3), f(3).wide(), f(3).wide()))
                        .rejects(
                                "cross_entropy_grad: logsumexp and dl must be f32[4], not f32[3] and f32[4]",
                                f(4, 7),
                                i(7, 4),
                                f(3),
                                f(4)));
    }

    private static List<Row> normalize() {
        return List.of(
                op(new Normalize(1e-5))
                        .saves(2)
                        .on(f(4, 7))
                        .on(f(2, 3, 5))
                        .on(f(1, 2))
                        .edges(n -> List.of(f(3, n)))
                        .extremes(f(2, 4).holding(1e9, -1e9, 0.0, 1e8)),
                op(new NormalizeGrad(1e-5))
                        .on(f(4, 7), f(4, 1).in(0.3, 2).wide(), f(4, 7))
                        .edges(n -> List.of(f(3, n), f(3, 1).in(0.3, 2).wide(), f(3, n))));
    }

    private static List<Row> attention() {
        Operand q = f(2, 5, 4);
        Operand k = f(2, 6, 4);
        Operand v = f(2, 6, 3);
        return List.of(
                op(new Attention(0.5, false, false))
                        .saves(2)
                        .on(q, k, v)
                        .on(f(2, 3, 5, 4), f(2, 3, 5, 4), f(2, 3, 5, 4))
                        .on(f(5, 4), f(1, 4), f(1, 3))
                        .rejects("attention: queries and keys differ in width: 4 and 3", f(2, 5, 4), f(2, 6, 3), v)
                        .rejects("attention: 6 keys but 5 values", q, k, f(2, 5, 3)),
                op(new Attention(0.5, true, false))
                        .saves(2)
                        .on(f(2, 5, 4), f(2, 5, 4), f(2, 5, 3))
                        .on(q, k, v)
                        .edges(n -> List.of(f(3, 2), f(n, 2), f(n, 2)))
                        .on(f(33, 2), f(33, 2), f(33, 2)),
                op(new Attention(0.5, false, true))
                        .saves(2)
                        .on(q, k, v, f(2, 5, 6))
                        .rejects("attention: the mask must be [2,5,6], not [5,6]", q, k, v, f(5, 6)),
                op(new Attention(0.5, true, true)).saves(2).on(q, k, v, f(2, 5, 6)),
                op(new AttentionGrad(0.5, false, false))
                        .on(q, k, v, f(2, 5, 3), f(2, 5, 1).in(3, 4).wide(), f(2, 5, 3)),
                op(new AttentionGrad(0.5, true, true))
                        .on(q, k, v, f(2, 5, 6), f(2, 5, 3), f(2, 5, 1).in(3, 4).wide(), f(2, 5, 3)));
    }

    private static List<Row> convolutions() {
        ConvSpec plain = ConvSpec.of(1, 0);
        ConvSpec full = new ConvSpec(2, 3, 1, 2, 2, 1, 2);
        return List.of(
                op(new Conv2d(plain))
                        .saves(0)
                        .on(f(2, 3, 5, 6), f(4, 3, 3, 2))
                        .on(f(1, 1, 1, 1), f(1, 1, 1, 1))
                        .edges(n -> List.of(f(1, 1, 2, n + 2), f(1, 1, 2, 3)))
                        .golden("conv2d_plain")
                        .rejects(
                                "conv2d: 1 groups of f32[4,2,3,3] do not fit the channels of f32[1,3,5,5]",
                                f(1, 3, 5, 5),
                                f(4, 2, 3, 3))
                        .rejects(
                                "conv2d: f32[1,3,2,2] is smaller than the kernel of f32[4,3,3,3]",
                                f(1, 3, 2, 2),
                                f(4, 3, 3, 3)),
                op(new Conv2d(ConvSpec.of(2, 1)))
                        .saves(0)
                        .on(f(2, 2, 6, 5), f(3, 2, 3, 3))
                        .golden("conv2d_stride"),
                op(new Conv2d(full)).saves(0).on(f(2, 4, 8, 7), f(6, 2, 3, 2)).golden("conv2d_full"),
                op(new Conv2d(new ConvSpec(1, 1, 1, 1, 1, 1, 4)))
                        .on(f(1, 4, 5, 5), f(4, 1, 3, 3))
                        .golden("conv2d_depthwise"),
                op(new ConvTranspose2d(ConvSpec.of(2, 1), 6, 5)).on(f(2, 3, 3, 3), f(3, 2, 3, 3)),
                op(new ConvTranspose2d(full, 8, 7)).on(f(2, 6, 3, 4), f(6, 2, 3, 2)),
                op(new ConvTranspose2d(plain, 4, 4))
                        .rejects(
                                "conv_transpose2d: no convolution of 4x4 images gives f32[1,2,3,3]",
                                f(1, 2, 3, 3),
                                f(2, 1, 3, 3))
                        .rejects(
                                "conv_transpose2d: 1 groups of f32[3,1,3,3] do not fit the channels of f32[1,2,2,2]",
                                f(1, 2, 2, 2),
                                f(3, 1, 3, 3)),
                op(new Conv2dWeightGrad(ConvSpec.of(2, 1), 3, 3)).on(f(2, 2, 6, 5), f(2, 3, 3, 3)),
                op(new Conv2dWeightGrad(full, 3, 2))
                        .on(f(2, 4, 8, 7), f(2, 6, 3, 4))
                        .rejects(
                                "conv2d_weight_grad: no convolution of f32[2,4,8,7] with a 3x2 kernel gives "
                                        + "f32[2,6,4,4]",
                                f(2, 4, 8, 7),
                                f(2, 6, 4, 4)));
    }

    private static List<Row> pooling() {
        Window square = new Window(2, 2, 2, 2, 1, 1);
        Window tall = new Window(3, 2, 1, 2, 1, 1);
        return List.of(
                op(new MaxPool2d(square, 0, 0))
                        .saves(1)
                        .on(f(2, 3, 4, 6).apart())
                        .on(f(1, 1, 5, 5).apart())
                        .edges(n -> List.of(f(1, 1, 2, n + 1).apart()))
                        .golden("max_pool2d"),
                op(new MaxPool2d(tall, 1, 1)).saves(1).on(f(2, 3, 4, 6).apart()).golden("max_pool2d_overlapping"),
                op(new MaxPool2dGrad(square, 0, 0, 4, 6)).on(i(4, 2, 3, 2, 3), f(2, 3, 2, 3)),
                op(new MaxPool2dGrad(tall, 1, 1, 4, 6)).on(i(6, 2, 3, 4, 4), f(2, 3, 4, 4)));
    }

    /// Few edges of those that could be, and most of them: sums go by edges there, and by matrices here.
    private static List<Row> edges() {
        Operand tails = i(20, 11);
        Operand heads = i(30, 11);
        Operand all = i(2, 9);
        return List.of(
                op(new EdgeSum(30, false))
                        .saves(0)
                        .on(f(20, 4), f(11), tails, heads)
                        .edges(n -> List.of(f(20, n), f(3), i(20, 3), i(30, 3)))
                        .rejects("edge_sum: needs a matrix, not f32[20]", f(20), f(11), tails, heads)
                        .rejects(
                                "edge_sum: f32[10] are not the weights of the edges i32[11]",
                                f(20, 4),
                                f(10),
                                tails,
                                heads)
                        .rejects(
                                "edge_sum: tails and heads must be i32 vectors of one length, not i32[11] and i64[11]",
                                f(20, 4),
                                f(11),
                                tails,
                                l(30, 11)),
                op(new EdgeSum(20, true)).saves(0).on(f(30, 33), f(11), tails, heads),
                op(new EdgeSum(8, false)).on(f(60, 12), f(40), i(60, 40), i(3, 40)),
                sugar(
                                "edge_sum of a network",
                                (g, in) -> g.edgeSum(
                                        in.get(0), in.get(1), g.indices(3, 3, 0, 19), g.indices(0, 0, 5, 6), 7, false))
                        .on(f(20, 9), f(4)),
                op(new EdgeSum(2, false)).saves(0).on(f(2, 5), f(9), all, all),
                op(new EdgeSum(2, true)).on(f(3, 5), f(9), all, i(3, 9)),
                op(new EdgeProduct())
                        .on(f(20, 4), f(30, 4), tails, heads)
                        .on(f(60, 12), f(8, 12), i(60, 40), i(3, 40))
                        .on(f(2, 5), f(3, 5), all, i(3, 9))
                        .edges(n -> List.of(f(20, n), f(30, n), i(20, 3), i(30, 3)))
                        .rejects(
                                "edge_product: rows of different widths: f32[20,4] and f32[30,5]",
                                f(20, 4),
                                f(30, 5),
                                tails,
                                heads));
    }

    private static List<Row> optimizer() {
        return List.of(op(new AdamWStep(0.9, 0.99, 1e-8, 0.01))
                .on(f(5, 7), f(5, 7), f(5, 7), f(5, 7).in(0.3, 2), f().in(0.1, 0.2), f().in(0.1, 0.2), f().in(0.1, 0.2))
                .edges(n -> List.of(
                        f(n), f(n), f(n), f(n).in(0.3, 2), f().in(0.1, 0.2), f().in(0.1, 0.2), f().in(0.1, 0.2))));
    }
}
