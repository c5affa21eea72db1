package dagrad.io;

import dagrad.graph.AdamWStep;
import dagrad.graph.ArgMax;
import dagrad.graph.Attention;
import dagrad.graph.AttentionGrad;
import dagrad.graph.Broadcast;
import dagrad.graph.Cast;
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
import dagrad.graph.Graph;
import dagrad.graph.GraphBuilder;
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
import dagrad.graph.ScalarFn;
import dagrad.graph.ScatterAdd;
import dagrad.graph.Slice;
import dagrad.graph.Softmax;
import dagrad.graph.SoftmaxGrad;
import dagrad.graph.Unfold;
import dagrad.graph.Value;
import dagrad.graph.Window;
import dagrad.tensor.DType;
import dagrad.tensor.Literal;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;

/// A graph with every operation there is, each attribute at another value, so that an exchange of two shows.
final class EveryOp {
    private static final ConvSpec CONV = new ConvSpec(2, 1, 1, 3, 1, 2, 2);
    private static final Window WINDOW = new Window(2, 3, 2, 1, 1, 2);

    private final GraphBuilder g;
    private final List<Value> results = new ArrayList<>();

    private EveryOp(GraphBuilder g) {
        this.g = g;
    }

    static Graph graph() {
        return Graph.build(g -> new EveryOp(g).all());
    }

    /// The operations by class, to be compared with the sealed hierarchy.
    static List<Class<?>> classes() {
        return Stream.of(Op.class.getPermittedSubclasses())
                .flatMap(kind -> Stream.of(kind.getPermittedSubclasses()))
                .<Class<?>>map(c -> c)
                .toList();
    }

    private void all() {
        for (ScalarFn fn : ScalarFn.values()) {
            add(new Pointwise(fn), Collections.nCopies(fn.arity(), TensorSpec.f32(2)));
        }
        for (Reduce.Kind kind : Reduce.Kind.values()) {
            f32(new Reduce(kind, List.of(0, 2)), Shape.of(2, 3, 4));
        }
        primitives();
        composites();
        for (int i = 0; i < results.size(); i++) {
            g.output("out" + i, results.get(i));
        }
        Value state = g.declare(new Input("s", Input.Kind.STATE, new TensorSpec(DType.BF16, Shape.of(2))));
        g.update(state, g.add(state, state));
    }

    private void primitives() {
        add(new Constant(new TensorSpec(DType.I64, Shape.of(2, 2)), Literal.of(1, -2, 3, 1 << 30)), List.of());
        add(Constant.of(TensorSpec.f32(3), 0.1), List.of());
        f32(new Cast(DType.BF16), Shape.of(3));
        f32(new MatMul(), Shape.of(2, 3), Shape.of(3, 4));
        f32(new MatMul(true), Shape.of(2, 3), Shape.of(3, 4));
        f32(new ArgMax(1), Shape.of(2, 3));
        f32(new Reshape(Shape.of(3, 2)), Shape.of(2, 3));
        f32(new Permute(List.of(2, 0, 1)), Shape.of(2, 3, 4));
        f32(new Broadcast(Shape.of(2, 3)), Shape.of(1, 3));
        f32(new Slice(List.of(0, 1), List.of(2, 3)), Shape.of(2, 3));
        f32(new Pad(List.of(0, 1), List.of(2, 3), Double.NEGATIVE_INFINITY), Shape.of(2, 3));
        f32(new Concat(1), Shape.of(2, 3), Shape.of(2, 1), Shape.of(2, 2));
        add(new Gather(), List.of(TensorSpec.f32(5, 2), TensorSpec.i32(3)));
        add(new ScatterAdd(7), List.of(TensorSpec.i32(3), TensorSpec.f32(3, 2)));
        add(new Iota(Shape.of(2, 3), 1), List.of());
        add(new Philox(4, Shape.of(2, 3)), List.of(TensorSpec.i32(2), TensorSpec.i32()));
        f32(new Unfold(WINDOW), Shape.of(1, 2, 8, 9));
        f32(new Fold(WINDOW, 8, 9), Shape.of(1, 2, 2, 3, 4, 5));
    }

    private void composites() {
        f32(new Softmax(), Shape.of(2, 3));
        f32(new SoftmaxGrad(), Shape.of(2, 3), Shape.of(2, 3));
        f32(new LogSoftmax(), Shape.of(2, 3));
        TensorSpec logits = TensorSpec.f32(2, 3);
        TensorSpec each = TensorSpec.f32(2);
        add(new CrossEntropy(-100), List.of(logits, TensorSpec.i32(2)));
        add(new CrossEntropyGrad(Integer.MIN_VALUE), List.of(logits, TensorSpec.i32(2), each, each));
        f32(new Normalize(1e-5), Shape.of(2, 3));
        f32(new NormalizeGrad(1e-6), Shape.of(2, 3), Shape.of(2, 1), Shape.of(2, 3));
        Shape q = Shape.of(2, 3, 4);
        Shape l = Shape.of(2, 3, 1);
        Shape scores = Shape.of(2, 3, 3);
        f32(new Attention(0.5, true, false), q, q, q);
        f32(new Attention(0.5, false, true), q, q, q, scores);
        f32(new AttentionGrad(0.25, true, false), q, q, q, q, l, q);
        f32(new AttentionGrad(0.25, false, true), q, q, q, scores, q, l, q);
        Shape image = Shape.of(1, 4, 8, 9);
        Shape weights = Shape.of(2, 2, 2, 3);
        Shape convolved = Shape.of(1, 2, 5, 11);
        f32(new Conv2d(CONV), image, weights);
        f32(new ConvTranspose2d(CONV, 8, 9), convolved, weights);
        f32(new Conv2dWeightGrad(CONV, 2, 3), image, convolved);
        f32(new MaxPool2d(WINDOW, 1, 2), image);
        add(new MaxPool2dGrad(WINDOW, 1, 2, 8, 9), List.of(TensorSpec.i32(1, 4, 5, 9), TensorSpec.f32(1, 4, 5, 9)));
        TensorSpec ends = TensorSpec.i32(6);
        add(new EdgeSum(4, false), List.of(logits, TensorSpec.f32(6), ends, ends));
        add(new EdgeSum(4, true), List.of(logits, TensorSpec.f32(6), ends, ends));
        add(new EdgeProduct(), List.of(logits, TensorSpec.f32(5, 3), ends, ends));
        Shape theta = Shape.of(2, 3);
        f32(
                new AdamWStep(0.9, 0.999, 1e-8, 0.01),
                theta,
                theta,
                theta,
                theta,
                Shape.SCALAR,
                Shape.SCALAR,
                Shape.SCALAR);
    }

    private void f32(Op op, Shape... shapes) {
        add(op, Stream.of(shapes).map(shape -> new TensorSpec(DType.F32, shape)).toList());
    }

    /// Applies the operation to inputs `a`, `b`, … of those specs and keeps all its results.
    private void add(Op op, List<TensorSpec> specs) {
        List<Value> operands = new ArrayList<>();
        for (TensorSpec spec : specs) {
            operands.add(g.input((char) ('a' + operands.size()) + " " + spec, spec));
        }
        results.addAll(g.applyAll(op, operands));
    }
}
