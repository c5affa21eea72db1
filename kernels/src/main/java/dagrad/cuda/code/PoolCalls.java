package dagrad.cuda.code;

import dagrad.graph.Fold;
import dagrad.graph.MaxPool2d;
import dagrad.graph.MaxPool2dGrad;
import dagrad.graph.Window;
import dagrad.plan.Launch;
import dagrad.plan.Operand;
import dagrad.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/// [MaxPool2d], [MaxPool2dGrad] and [Fold]: `pool.cu`.
final class PoolCalls {
    private static final int THREADS = 256;

    private PoolCalls() {}

    static Calls of(Launch.Kernel launch, MaxPool2d op) {
        Shape images = launch.reads().getFirst().shape();
        Shape windows = launch.writes().getFirst().shape();
        return of(launch, images, windows, op.window(), List.of(op.padH(), op.padW()));
    }

    static Calls of(Launch.Kernel launch, MaxPool2dGrad op) {
        Shape images = launch.writes().getFirst().shape();
        Shape windows = launch.reads().getFirst().shape();
        return of(launch, images, windows, op.window(), List.of(op.padH(), op.padW()));
    }

    static Calls of(Launch.Kernel launch, Fold op) {
        Shape images = launch.writes().getFirst().shape();
        Shape windows = launch.reads().getFirst().shape();
        return of(launch, images, windows, op.window(), List.of());
    }

    /// Operands in order, the number of results, the extents of an image and of what there is of windows, and the
    /// window.
    private static Calls of(Launch.Kernel launch, Shape images, Shape windows, Window w, List<Integer> margins) {
        Operand result = launch.writes().getFirst();
        long size = result.shape().size();
        if (size == 0) {
            return Calls.of();
        }
        List<Argument> arguments = new ArrayList<>();
        launch.operands().forEach(operand -> arguments.add(Argument.of(operand)));
        arguments.add(Argument.of(size));
        List<Integer> extents =
                new ArrayList<>(List.of(images.dim(2), images.dim(3), windows.dim(-2), windows.dim(-1)));
        extents.addAll(List.of(w.kh(), w.kw(), w.sh(), w.sw(), w.dh(), w.dw()));
        extents.addAll(margins);
        extents.forEach(extent -> arguments.add(Argument.of(extent)));
        String function = launch.op().name() + "_" + result.dtype().text();
        Grid grid = Grid.of(Math.toIntExact(Math.ceilDiv(size, (long) THREADS)), THREADS);
        return Calls.of(new Call.Kernel(new Source.Shipped("pool.cu"), function, grid, arguments));
    }
}
