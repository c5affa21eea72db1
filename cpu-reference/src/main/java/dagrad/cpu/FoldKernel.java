package dagrad.cpu;

import dagrad.graph.Fold;
import dagrad.graph.Window;
import dagrad.plan.Launch;
import dagrad.plan.Operand;
import dagrad.tensor.DType;
import dagrad.tensor.Shape;
import java.util.Arrays;

/// Windows added where they were taken, [dagrad.graph.Fold]. One chunk is one image of one channel.
final class FoldKernel implements Step {
    private final Elements windows;
    private final Elements images;
    private final Window window;
    private final int planes;
    private final int height;
    private final int width;
    private final int rows;
    private final int columns;
    private final Workers.Chunk chunk;

    FoldKernel(Launch.Kernel launch, Fold op, Memory memory) {
        Operand operand = launch.reads().getFirst();
        Shape shape = operand.shape();
        windows = Elements.of(operand, memory);
        images = Elements.of(launch.writes().getFirst(), memory);
        window = op.window();
        planes = Math.multiplyExact(shape.dim(0), shape.dim(1));
        height = op.h();
        width = op.w();
        rows = shape.dim(4);
        columns = shape.dim(5);
        chunk = operand.dtype() == DType.F32 ? this::floats : this::elements;
    }

    @Override
    public void run(Workers workers) {
        workers.run(planes, chunk);
    }

    private void floats(int plane, int worker) {
        float[] from = (float[]) windows.array();
        float[] to = (float[]) images.array();
        int image = images.start() + plane * height * width;
        Arrays.fill(to, image, image + height * width, 0);
        int at = windows.start() + plane * window.kh() * window.kw() * rows * columns;
        for (int i = 0; i < window.kh(); i++) {
            for (int j = 0; j < window.kw(); j++) {
                for (int y = 0; y < rows; y++) {
                    int line = image + (y * window.sh() + i * window.dh()) * width + j * window.dw();
                    for (int x = 0; x < columns; x++) {
                        to[line + x * window.sw()] += from[at++];
                    }
                }
            }
        }
    }

    private void elements(int plane, int worker) {
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                sum(plane, y, x);
            }
        }
    }

    private void sum(int plane, int y, int x) {
        double real = 0;
        long integer = 0;
        for (int i = 0; i < window.kh(); i++) {
            for (int j = 0; j < window.kw(); j++) {
                int top = y - i * window.dh();
                int left = x - j * window.dw();
                if (isWindow(top, window.sh(), rows) && isWindow(left, window.sw(), columns)) {
                    int tap = (plane * window.kh() + i) * window.kw() + j;
                    int at = (tap * rows + top / window.sh()) * columns + left / window.sw();
                    if (images.isFloating()) {
                        real += windows.real(at);
                    } else {
                        integer += windows.integer(at);
                    }
                }
            }
        }
        int to = (plane * height + y) * width + x;
        if (images.isFloating()) {
            images.set(to, real);
        } else {
            images.set(to, integer);
        }
    }

    /// Whether a window begins there.
    private static boolean isWindow(int position, int stride, int count) {
        return position >= 0 && position % stride == 0 && position / stride < count;
    }
}
