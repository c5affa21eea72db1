package dagrad.cuda.code;

import dagrad.graph.Philox;
import dagrad.plan.Launch;
import java.util.List;

/// [Philox]: `philox.cu`.
final class PhiloxCalls {
    private static final int THREADS = 256;
    /// Numbers that a thread draws.
    private static final int EACH = 4;

    private PhiloxCalls() {}

    static Calls of(Launch.Kernel launch, Philox op) {
        long size = op.shape().size();
        if (size == 0) {
            return Calls.of();
        }
        int blocks = Math.toIntExact(Math.ceilDiv(size, (long) EACH * THREADS));
        List<Argument> arguments = List.of(
                Argument.of(launch.reads().get(0)),
                Argument.of(launch.reads().get(1)),
                Argument.of(op.stream()),
                Argument.of(launch.writes().getFirst()),
                Argument.of(size));
        return Calls.of(
                new Call.Kernel(new Source.Shipped("philox.cu"), "philox_f32", Grid.of(blocks, THREADS), arguments));
    }
}
