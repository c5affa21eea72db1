package dagrad.cuda.code;

import dagrad.graph.Attention;
import dagrad.graph.AttentionGrad;
import dagrad.plan.Card;
import dagrad.plan.Launch;
import dagrad.plan.Operand;
import dagrad.tensor.DType;
import dagrad.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// The calls of attention and its gradients.
final class AttentionCalls {
    private static final Source PLAIN = new Source.Shipped("attention.cu");

    private static final int THREADS = 256;

    /// The operands q, k, v and, if there is one, the mask; then those of the gradient.
    private final List<Operand> in;

    private final List<Operand> out;
    private final double scale;
    private final boolean causal;
    private final boolean masked;
    private final LeadingAxes axes;
    private final AttentionTiles tiles;

    private AttentionCalls(Launch.Kernel launch, double scale, boolean causal, boolean masked, Card card) {
        this.in = launch.reads();
        this.out = launch.writes();
        this.scale = scale;
        this.causal = causal;
        this.masked = masked;
        List<Operand> walked = new ArrayList<>(in);
        walked.add(out.getFirst());
        this.axes = LeadingAxes.of(walked, in.getFirst().shape().rank() - 2);
        this.tiles = AttentionTiles.of(in.getFirst().dtype(), Math.max(d(), e()), card);
    }

    /// Whether the kernels compute on such operands.
    ///
    /// @param in q, k, v, and others of the same type
    static boolean claims(List<TensorSpec> in) {
        int widest = Math.max(in.get(0).shape().dim(-1), in.get(2).shape().dim(-1));
        DType type = in.getFirst().dtype();
        return (type == DType.F32 || type == DType.BF16) && widest <= AttentionTiles.WIDEST;
    }

    /// Whether an operand may have rows apart: all but the rows' logarithms of sums.
    static boolean strided(AttentionGrad op, int operand) {
        return operand != (op.masked() ? 5 : 4);
    }

    static Calls of(Launch.Kernel launch, Attention op, Card card) {
        AttentionCalls calls = new AttentionCalls(launch, op.scale(), op.causal(), op.masked(), card);
        return new Calls(calls.eachPart(calls::forward), 0);
    }

    static Calls of(Launch.Kernel launch, AttentionGrad op, Card card) {
        AttentionCalls calls = new AttentionCalls(launch, op.scale(), op.causal(), op.masked(), card);
        return new Calls(calls.eachPart(calls::gradient), calls.axes.planes() * calls.t() * DType.F32.bytes());
    }

    private int t() {
        return in.get(0).shape().dim(-2);
    }

    private int s() {
        return in.get(1).shape().dim(-2);
    }

    private int d() {
        return in.get(0).shape().dim(-1);
    }

    private int e() {
        return in.get(2).shape().dim(-1);
    }

    /// One part of the matrices: those that a kernel walks.
    private interface Part {
        Stream<Call> calls(int part);
    }

    private List<Call> eachPart(Part part) {
        List<Call> calls = new ArrayList<>();
        for (int i = 0; i < axes.calls() && axes.planes() > 0; i++) {
            calls.addAll(part.calls(i).toList());
        }
        return calls;
    }

    private Stream<Call> forward(int part) {
        List<Argument> arguments = arguments(part);
        arguments.addAll(strided(in.size(), part));
        arguments.add(written(1, part));
        return t() == 0
                ? Stream.of()
                : Stream.of(kernel("attention", t(), tiles.queries(), tiles.forwardBytes(), arguments));
    }

    /// D, dk and dv, dq. D lies in the workspace.
    private Stream<Call> gradient(int part) {
        int o = masked ? 4 : 3;
        Argument logSum = new Argument.Arena(in.get(o + 1).slot().offset()
                + (in.get(o + 1).layout().offset() + axes.start(o + 1, part))
                        * in.get(o + 1).dtype().bytes());
        List<Argument> outGrad = strided(o + 2, part);
        List<Argument> keys = arguments(part);
        keys.addAll(outGrad);
        keys.addAll(List.of(logSum, new Argument.Workspace(0), written(1, part), written(2, part)));
        List<Argument> queries = arguments(part);
        queries.addAll(outGrad);
        queries.addAll(List.of(
                logSum, new Argument.Workspace(0), written(0, part), masked ? written(3, part) : written(0, part)));
        Call keysGrad = kernel("attention_keys_grad", s(), tiles.rows(), tiles.keysBytes(), keys);
        return t() == 0
                ? Stream.of(keysGrad)
                : Stream.of(
                        delta(o, part),
                        keysGrad,
                        kernel("attention_queries_grad", t(), tiles.rows(), tiles.queriesBytes(), queries));
    }

    private Call delta(int o, int part) {
        List<Argument> arguments = new ArrayList<>(strided(o + 2, part));
        arguments.addAll(strided(o, part));
        for (int extent : List.of(axes.batches(), axes.heads(), t(), e())) {
            arguments.add(Argument.of(extent));
        }
        arguments.add(new Argument.Workspace(0));
        long blocks = Math.ceilDiv(axes.planes() * t(), THREADS / 32);
        String name = "attention_delta_" + in.getFirst().dtype().text();
        return new Call.Kernel(PLAIN, name, Grid.of(Math.toIntExact(blocks), THREADS), arguments);
    }

    /// @param count rows of which blocks own `rows` each
    private Call kernel(String name, int count, int rows, int shared, List<Argument> arguments) {
        long blocks = axes.planes() * Math.ceilDiv(count, rows);
        Grid grid = Grid.of(Math.toIntExact(blocks), tiles.threads()).withShared(shared);
        return new Call.Kernel(tiles.source(), name + "_" + tiles.suffix(), grid, arguments);
    }

    /// What all kernels over tiles begin with.
    private List<Argument> arguments(int part) {
        List<Argument> arguments = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            arguments.addAll(strided(i, part));
        }
        arguments.addAll(strided(masked ? 3 : 0, part));
        for (int extent : List.of(axes.heads(), t(), s(), d(), e())) {
            arguments.add(Argument.of(extent));
        }
        arguments.add(Argument.of((float) scale));
        arguments.add(Argument.of(causal ? 1 : 0));
        arguments.add(Argument.of(masked ? 1 : 0));
        return arguments;
    }

    /// An operand's address, or after them the first result's, and its elements from one batch, head and row to the
    /// next.
    private List<Argument> strided(int operand, int part) {
        Operand x = operand == in.size() ? out.getFirst() : in.get(operand);
        long start =
                (x.layout().offset() + axes.start(operand, part)) * x.dtype().bytes();
        return List.of(
                new Argument.Arena(x.slot().offset() + start),
                Argument.of(axes.batchStride(operand)),
                Argument.of(axes.headStride(operand)),
                Argument.of(x.layout().stride(-2)));
    }

    /// Where a dense result's matrices for a part begin.
    private Argument written(int result, int part) {
        Operand x = out.get(result);
        long matrix = x.shape().sub(x.shape().rank() - 2, x.shape().rank()).size();
        return new Argument.Arena(
                x.slot().offset() + part * axes.planes() * matrix * x.dtype().bytes());
    }
}
