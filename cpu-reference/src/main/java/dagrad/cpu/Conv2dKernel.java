package dagrad.cpu;

import dagrad.graph.Conv2d;
import dagrad.plan.Launch;
import dagrad.plan.Operand;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// [dagrad.graph.Conv2d] as products of the kernels with unfolded windows. A chunk is some rows of one image's
/// result.
final class Conv2dKernel implements Step {
    private final ConvGeometry geometry;
    private final float[] images;
    private final int imagesStart;
    private final MemorySegment[] kernels;
    private final float[] results;
    private final int resultsStart;
    private final int height;
    private final int blocks;
    private final Products products;
    private final Own[] own;
    private final Workers.Chunk chunk = this::convolve;

    Conv2dKernel(Launch.Kernel launch, Conv2d op, Memory memory, Blas blas, Scratch scratch) {
        Operand x = launch.reads().get(0);
        Operand weights = launch.reads().get(1);
        Operand y = launch.writes().getFirst();
        geometry = ConvGeometry.of(x.shape(), weights.shape(), y.shape(), op.conv());
        images = memory.floats(x);
        imagesStart = memory.start(x);
        results = memory.floats(y);
        resultsStart = memory.start(y);
        MemorySegment all = MemorySegment.ofArray(memory.floats(weights));
        kernels = new MemorySegment[geometry.groups()];
        for (int group = 0; group < kernels.length; group++) {
            kernels[group] = all.asSlice(4L * (memory.start(weights) + group * geometry.outputs() * geometry.taps()));
        }
        height = geometry.height(geometry.taps());
        blocks = Math.ceilDiv(geometry.oh(), height);
        products = new Products(blas);
        own = new Own[scratch.workers()];
        for (int i = 0; i < own.length; i++) {
            own[i] = new Own(scratch);
        }
    }

    private final class Own {
        final Windows windows;
        final Dense columns;
        final Dense result;

        Own(Scratch scratch) {
            windows = new Windows(scratch, geometry, height);
            columns = scratch.dense(geometry.taps() * height * geometry.ow());
            result = scratch.dense(geometry.outputs() * height * geometry.ow());
        }
    }

    @Override
    public void run(Workers workers) {
        workers.run(geometry.n() * blocks, chunk);
    }

    private void convolve(int number, int worker) {
        Own mine = own[worker];
        int image = number / blocks;
        int row = number % blocks * height;
        int rows = Math.min(height, geometry.oh() - row);
        int pixels = rows * geometry.ow();
        int outputs = geometry.outputs();
        for (int group = 0; group < geometry.groups(); group++) {
            mine.windows.unfold(
                    images, imagesStart + geometry.imageStart(image, group), row, rows, mine.columns.floats());
            Arrays.fill(mine.result.floats(), 0, outputs * pixels, 0);
            products.plain(
                    outputs, pixels, geometry.taps(), 1, kernels[group], mine.columns.bytes(), mine.result.bytes());
            geometry.storeRows(
                    mine.result.floats(),
                    outputs,
                    rows,
                    results,
                    resultsStart + geometry.resultStart(image, group, row));
        }
    }
}
