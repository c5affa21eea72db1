package dagrad.cpu;

import dagrad.graph.Node;
import dagrad.graph.Reduce;
import dagrad.graph.Value;
import dagrad.plan.Launch;
import dagrad.plan.Layout;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/// Elementwise code and reductions of any element type, on one thread: see [InterpretedBody].
final class InterpretedStep {
    private InterpretedStep() {}

    static Step of(Launch.Fused launch, Memory memory) {
        InterpretedBody body = new InterpretedBody(launch.body(), launch.domain(), launch.reads(), memory);
        List<Value> results = IntStream.range(0, launch.writes().size())
                .mapToObj(i -> launch.body().output("out" + i))
                .toList();
        OperandWalk[] writes =
                launch.writes().stream().map(w -> new OperandWalk(w, memory)).toArray(OperandWalk[]::new);
        boolean[] floating = new boolean[writes.length];
        IntStream.range(0, writes.length)
                .forEach(i -> floating[i] = launch.writes().get(i).dtype().isFloating());
        long size = launch.domain().size();
        return _ -> {
            body.rewind();
            for (OperandWalk write : writes) {
                write.rewind();
            }
            for (long n = 0; n < size; n++) {
                body.evaluate();
                for (int i = 0; i < writes.length; i++) {
                    if (floating[i]) {
                        writes[i].put(body.real(results.get(i)));
                    } else {
                        writes[i].put(body.integer(results.get(i)));
                    }
                    writes[i].advance();
                }
                body.advance();
            }
        };
    }

    /// Sums are kept in doubles or longs and rounded once.
    static Step of(Launch.FusedReduce launch, Memory memory) {
        InterpretedBody body = new InterpretedBody(launch.body(), launch.domain(), launch.reads(), memory);
        Node reduction = launch.body().node(launch.body().output("out0"));
        Value operand = reduction.inputs().getFirst();
        Reduce.Kind kind = launch.reduce().kind();
        int results = Math.toIntExact(launch.out().shape().size());
        int[] target = targets(launch);
        OperandWalk out = new OperandWalk(launch.out(), memory);
        if (launch.out().dtype().isFloating()) {
            double[] sums = new double[results];
            return _ -> {
                Arrays.fill(sums, Reduction.identity(kind));
                body.rewind();
                for (int place : target) {
                    body.evaluate();
                    sums[place] = Reduction.combine(kind, sums[place], body.real(operand));
                    body.advance();
                }
                out.rewind();
                for (double sum : sums) {
                    out.put(launch.out().dtype().round(sum));
                    out.advance();
                }
            };
        }
        long[] sums = new long[results];
        return _ -> {
            Arrays.fill(sums, Reduction.integerIdentity(kind));
            body.rewind();
            for (int place : target) {
                body.evaluate();
                sums[place] = Reduction.combine(kind, sums[place], body.integer(operand));
                body.advance();
            }
            out.rewind();
            for (long sum : sums) {
                out.put(sum);
                out.advance();
            }
        };
    }

    /// For each element of the domain the result that it goes into.
    private static int[] targets(Launch.FusedReduce launch) {
        Layout walk = Layout.dense(launch.out().shape()).broadcast(launch.domain());
        int[] index = new int[launch.domain().rank()];
        int[] result = new int[Math.toIntExact(launch.domain().size())];
        for (int n = 0; n < result.length; n++) {
            result[n] = (int) walk.element(index);
            for (int axis = index.length - 1; axis >= 0; axis--) {
                if (++index[axis] < launch.domain().dim(axis)) {
                    break;
                }
                index[axis] = 0;
            }
        }
        return result;
    }
}
