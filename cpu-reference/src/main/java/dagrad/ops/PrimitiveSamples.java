package dagrad.ops;

import static dagrad.ops.Operand.f;
import static dagrad.ops.Operand.i;
import static dagrad.ops.Operand.ints;
import static dagrad.ops.Operand.l;
import static dagrad.ops.Row.op;
import static dagrad.tensor.TensorSpec.f32;
import static dagrad.tensor.TensorSpec.i32;

import dagrad.graph.ArgMax;
import dagrad.graph.Broadcast;
import dagrad.graph.Cast;
import dagrad.graph.Concat;
import dagrad.graph.Constant;
import dagrad.graph.Fold;
import dagrad.graph.Gather;
import dagrad.graph.Iota;
import dagrad.graph.MatMul;
import dagrad.graph.Pad;
import dagrad.graph.Permute;
import dagrad.graph.Philox;
import dagrad.graph.Reduce;
import dagrad.graph.Reshape;
import dagrad.graph.ScatterAdd;
import dagrad.graph.Slice;
import dagrad.graph.Unfold;
import dagrad.graph.Window;
import dagrad.tensor.DType;
import dagrad.tensor.Literal;
import dagrad.tensor.Shape;
import java.util.List;
import java.util.stream.Stream;

/// The rows of the primitives that are not scalar functions.
final class PrimitiveSamples {
    private PrimitiveSamples() {}

    static List<Row> rows() {
        return Stream.of(numbers(), casts(), matmul(), reductions(), shapes(), boxes(), indices(), windows())
                .flatMap(List::stream)
                .toList();
    }

    private static List<Row> numbers() {
        return List.of(
                op(Constant.of(f32(2, 3), 0.1)).on(),
                op(new Constant(f32(2, 2), Literal.of(1.0, -2.0, 3.5, 1e-9))).on(),
                op(new Constant(i32(3), Literal.of(1, 1 << 30, -5))).on(),
                op(new Iota(Shape.of(3, 5), 0)).on(),
                op(new Iota(Shape.of(3, 5), 1)).on(),
                op(new Iota(Shape.of(1025), 0)).on(),
                op(new Philox(3, Shape.of(5, 7)))
                        .on(ints(42, -7), i(9))
                        .rejects("philox: the seed must be i32[2], not i32[3]", ints(1, 2, 3), i(9))
                        .rejects("philox: the step must be i32[], not i32[1]", ints(1, 2), ints(1)),
                op(new Philox(0, Shape.of(1025))).on(ints(0, 1), i(9)));
    }

    private static List<Row> casts() {
        return List.of(
                op(new Cast(DType.F64)).saves(0).on(f(5, 7)).on(i(9, 5)).on(l(9, 5)),
                op(new Cast(DType.F32))
                        .saves(0)
                        .on(f(5, 7))
                        .on(f(0))
                        .on(i(9, 5))
                        .on(l(9, 5)),
                op(new Cast(DType.BF16)).saves(0).on(f(5, 7)).on(i(9, 5)),
                op(new Cast(DType.I32))
                        .on(f(5, 7).apart())
                        .on(f(4).holding(-1e20, -1.5, 1.5, 1e20).fixed())
                        .on(l(9, 5)),
                op(new Cast(DType.I64)).on(f(5, 7).apart()).on(i(9, 5)));
    }

    private static List<Row> matmul() {
        Row wide = op(new MatMul(true)).saves(0).on(f(8, 5), f(5, 3)).on(f(2, 3, 4, 5), f(2, 3, 5, 2));
        Row plain = op(new MatMul())
                .saves(0)
                .on(f(8, 5), f(5, 3))
                .on(f(2, 64, 33), f(2, 33, 17))
                .on(f(2, 3, 4, 5), f(2, 3, 5, 2))
                .on(f(1, 1), f(1, 1))
                .on(f(3, 0), f(0, 2))
                .on(f(0, 3), f(3, 2))
                .edges(n -> List.of(f(2, n), f(n, 3)))
                .edges(n -> List.of(f(n, 2), f(2, 3)))
                .edges(n -> List.of(f(3, 2), f(2, n)))
                .rejects("matmul: inner dimensions differ: 3 and 4", f(2, 3), f(4, 5))
                .rejects("matmul: types differ: f32[2,3] and i32[3,2]; cast one", f(2, 3), i(9, 3, 2))
                .rejects("matmul: not defined on i32; cast to f32", i(9, 2, 3), i(9, 3, 2))
                .rejects("matmul: needs operands of one rank, 2 or more: f32[3] and f32[3]", f(3), f(3))
                .rejects("matmul: leading axes differ: f32[2,3,3] and f32[4,3,3]", f(2, 3, 3), f(4, 3, 3));
        return List.of(plain, wide);
    }

    private static List<Row> reductions() {
        return List.of(
                op(new Reduce(Reduce.Kind.SUM, List.of(1)))
                        .saves(0)
                        .on(f(4, 5, 6))
                        .on(f(2, 0))
                        .on(i(9, 4, 5))
                        .edges(n -> List.of(f(3, n)))
                        .rejects("reduce_sum: no axis 1 in f32[4]", f(4)),
                op(new Reduce(Reduce.Kind.SUM, List.of(0)))
                        .saves(0)
                        .on(f(4, 5, 6))
                        .edges(n -> List.of(f(n, 3))),
                op(new Reduce(Reduce.Kind.SUM, List.of(0, 2))).saves(0).on(f(4, 5, 6)),
                op(new Reduce(Reduce.Kind.MAX, List.of(1)))
                        .on(f(4, 5, 6).apart())
                        .on(i(9, 4, 5))
                        .edges(n -> List.of(f(3, n).apart()))
                        .rejects("reduce_max: nothing along axis 1 of f32[2,0]", f(2, 0)),
                op(new Reduce(Reduce.Kind.MAX, List.of(0, 2)))
                        .on(f(4, 5, 6).apart())
                        .on(f(1, 1, 1)),
                op(new Reduce(Reduce.Kind.MIN, List.of(0, 1))).on(f(4, 5, 6).apart()),
                op(new Reduce(Reduce.Kind.MIN, List.of(0)))
                        .on(f(4, 5, 6).apart())
                        .on(i(9, 4, 5))
                        .edges(n -> List.of(f(n, 2).apart())),
                op(new ArgMax(1))
                        .on(f(4, 5, 6).apart())
                        .on(i(3, 4, 9))
                        .edges(n -> List.of(f(3, n).apart()))
                        .rejects("argmax: nothing along axis 1 of f32[2,0]", f(2, 0))
                        .rejects("argmax: no axis 1 in f32[2]", f(2)),
                op(new ArgMax(0)).on(f(4, 5).apart()).edges(n -> List.of(f(n, 3).apart())));
    }

    private static List<Row> shapes() {
        return List.of(
                op(new Reshape(Shape.of(6, 4)))
                        .saves(0)
                        .on(f(2, 3, 4))
                        .on(i(9, 24))
                        .rejects("reshape: f32[5,5] has 25 elements, [6,4] has 24", f(5, 5)),
                op(new Reshape(Shape.SCALAR)).saves(0).on(f(1, 1)),
                op(new Permute(List.of(1, 0)))
                        .saves(0)
                        .on(f(5, 7))
                        .on(i(9, 5, 7))
                        .edges(n -> List.of(f(n, 3)))
                        .rejects("permute: [1, 0] is no order of the axes of f32[2,3,4]", f(2, 3, 4)),
                op(new Permute(List.of(2, 0, 1))).saves(0).on(f(2, 3, 4)),
                op(new Permute(List.of(3, 1, 0, 2))).saves(0).on(f(2, 3, 4, 5)),
                op(new Broadcast(Shape.of(4, 5, 6)))
                        .saves(0)
                        .on(f(1, 5, 1))
                        .on(f(4, 1, 6))
                        .on(f(1, 1, 1))
                        .on(i(9, 4, 5, 1))
                        .rejects("broadcast: f32[4,3,6] does not stretch to [4,5,6]", f(4, 3, 6))
                        .rejects("broadcast: f32[5,6] does not stretch to [4,5,6]", f(5, 6)),
                op(new Broadcast(Shape.of(0, 3))).saves(0).on(f(1, 3)));
    }

    private static List<Row> boxes() {
        return List.of(
                op(new Slice(List.of(1, 0), List.of(3, 4)))
                        .saves(0)
                        .on(f(5, 7))
                        .on(i(9, 3, 4))
                        .rejects("slice: from [1, 0] to [3, 4] is no part of f32[2,4]", f(2, 4)),
                op(new Slice(List.of(2, 2), List.of(2, 5))).saves(0).on(f(5, 7)),
                op(new Pad(List.of(1, 0), List.of(0, 2), -0.5))
                        .saves(0)
                        .on(f(3, 4))
                        .on(i(9, 3, 4))
                        .on(f(0, 2))
                        .edges(n -> List.of(f(2, n)))
                        .rejects("pad: margins [1, 0] and [0, 2] do not fit f32[3]", f(3)),
                op(new Pad(List.of(0, 1), List.of(0, 1), Double.NEGATIVE_INFINITY))
                        .on(f(2, 3).fixed()),
                op(new Concat(0))
                        .saves(0)
                        .on(f(2, 3), f(4, 3), f(1, 3))
                        .on(f(2, 3))
                        .on(i(9, 3), i(9, 2)),
                op(new Concat(1))
                        .saves(0)
                        .on(f(2, 3, 2), f(2, 0, 2), f(2, 1, 2))
                        .edges(n -> List.of(f(3, n), f(3, 2)))
                        .rejects("concat: f32[2,3] and f32[3,3] differ outside of axis 1", f(2, 3), f(3, 3))
                        .rejects("concat: types differ: f32[2,3] and i32[2,3]; cast one", f(2, 3), i(9, 2, 3))
                        .rejects("concat: no axis 1 in f32[2]", f(2), f(2)));
    }

    private static List<Row> indices() {
        return List.of(
                op(new Gather())
                        .saves(0)
                        .on(f(7, 3), i(7, 5))
                        .on(f(7, 3), l(7, 5))
                        .on(f(7), i(7, 2, 3))
                        .on(f(3, 2, 2), i(3))
                        .on(f(3, 2), ints(2, 2, 2, 0))
                        .on(f(3, 2), i(3, 0))
                        .on(i(9, 4), i(4, 6))
                        .edges(n -> List.of(f(n, 3), i(n, 40)))
                        .edges(n -> List.of(f(5, 3), i(5, n)))
                        .rejects("gather: indices must be integers, not f32[2]", f(3), f(2))
                        .rejects("gather: no axis to choose from in f32[]", f(), i(3, 2)),
                op(new ScatterAdd(4))
                        .saves(0)
                        .on(i(4, 6), f(6, 3))
                        .on(l(4, 6), f(6, 3))
                        .on(i(4, 2, 3), f(2, 3))
                        .on(ints(1, 1, 1), f(3))
                        .on(i(4, 0), f(0, 2))
                        .on(i(4, 6), i(9, 6))
                        .edges(n -> List.of(i(4, n), f(n, 2)))
                        .rejects("scatter_add: indices must be integers, not f32[6]", f(6), f(6, 3))
                        .rejects("scatter_add: f32[5,3] must begin with the indices' shape [6]", i(4, 6), f(5, 3)),
                op(new ScatterAdd(1025)).saves(0).on(i(1025, 40), f(40, 2)).on(i(1025, 40), f(40)));
    }

    private static List<Row> windows() {
        Window dense = new Window(3, 2, 1, 1, 1, 1);
        Window sparse = new Window(2, 3, 2, 3, 3, 2);
        return List.of(
                op(new Unfold(dense))
                        .saves(0)
                        .on(f(2, 3, 5, 6))
                        .on(f(1, 1, 3, 2))
                        .rejects("unfold: needs [n, c, h, w], not f32[3,5,6]", f(3, 5, 6))
                        .rejects(
                                "unfold: f32[1,1,2,2] is smaller than the Window[kh=3, kw=2, sh=1, sw=1, dh=1, dw=1]",
                                f(1, 1, 2, 2)),
                op(new Unfold(sparse)).saves(0).on(f(2, 3, 9, 11)).edges(n -> List.of(f(1, 1, 4, n + 4))),
                op(new Fold(dense, 5, 6)).saves(0).on(f(2, 3, 3, 2, 3, 5)),
                op(new Fold(sparse, 9, 11))
                        .saves(0)
                        .on(f(2, 3, 2, 3, 3, 3))
                        .rejects(
                                "fold: f32[2,3,2,3,3,2] is not what unfolding 9x11 with Window[kh=2, kw=3, sh=2, sw=3, "
                                        + "dh=3, dw=2] gives",
                                f(2, 3, 2, 3, 3, 2)));
    }
}
