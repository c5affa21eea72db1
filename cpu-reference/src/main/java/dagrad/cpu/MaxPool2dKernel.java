package dagrad.cpu;

import dagrad.graph.MaxPool2d;
import dagrad.graph.Window;
import dagrad.plan.Launch;
import dagrad.plan.Operand;

/// [dagrad.graph.MaxPool2d]: the largest of each window and its place. A chunk is one image of one channel. NaN
/// counts as largest, margins as -∞.
final class MaxPool2dKernel implements Step {
    private final MaxPool2d op;
    private final Window window;
    private final float[] images;
    private final int imagesStart;
    private final float[] largest;
    private final int largestStart;
    private final int[] places;
    private final int placesStart;
    private final int planes;
    private final int h;
    private final int w;
    private final int oh;
    private final int ow;
    private final Workers.Chunk chunk;

    MaxPool2dKernel(Launch.Kernel launch, MaxPool2d op, Memory memory) {
        Operand x = launch.reads().getFirst();
        Operand y = launch.writes().get(0);
        this.op = op;
        window = op.window();
        images = memory.floats(x);
        imagesStart = memory.start(x);
        largest = memory.floats(y);
        largestStart = memory.start(y);
        places = memory.ints(launch.writes().get(1));
        placesStart = memory.start(launch.writes().get(1));
        planes = Math.multiplyExact(x.shape().dim(0), x.shape().dim(1));
        h = x.shape().dim(2);
        w = x.shape().dim(3);
        oh = y.shape().dim(2);
        ow = y.shape().dim(3);
        chunk = window.equals(new Window(2, 2, 2, 2, 1, 1)) && op.padH() == 0 && op.padW() == 0
                ? this::quarters
                : this::windows;
    }

    @Override
    public void run(Workers workers) {
        workers.run(planes, chunk);
    }

    /// Windows of 2x2 side by side, without branches, as no processor could predict them: places are computed from
    /// the signs of differences, values read there.
    private void quarters(int plane, int worker) {
        for (int y = 0; y < oh; y++) {
            int from = imagesStart + (plane * h + 2 * y) * w;
            int to = (plane * oh + y) * ow;
            if (!quarters(images, from, w, largest, largestStart + to, places, placesStart + to, ow)) {
                for (int x = 0; x < ow; x++) {
                    search(plane, y, x);
                }
            }
        }
    }

    /// A row of the result from two rows of the image.
    ///
    /// @return false if there was NaN or an infinity among the elements: then it is wrong
    private static boolean quarters(
            float[] x, int from, int w, float[] largest, int largestFrom, int[] places, int placesFrom, int n) {
        float sum = 0;
        for (int i = 0; i < n; i++) {
            int left = from + 2 * i;
            float a = x[left];
            float b = x[left + 1];
            float c = x[left + w];
            float d = x[left + w + 1];
            sum += a + b + (c + d);
            int above = isLess(a, b);
            int below = isLess(c, d);
            int down = isLess(x[left + above], x[left + w + below]);
            int right = above + down * (below - above);
            largest[largestFrom + i] = x[left + down * w + right];
            places[placesFrom + i] = 2 * down + right;
        }
        return Float.isFinite(sum);
    }

    /// 1 if a < b, else 0, of finite numbers; adding 0 makes a difference of -0 one of 0.
    private static int isLess(float a, float b) {
        return Float.floatToRawIntBits(a - b + 0f) >>> 31;
    }

    private void windows(int plane, int worker) {
        for (int y = 0; y < oh; y++) {
            for (int x = 0; x < ow; x++) {
                search(plane, y, x);
            }
        }
    }

    private void search(int plane, int y, int x) {
        float best = Float.NEGATIVE_INFINITY;
        int place = 0;
        for (int i = 0; i < window.kh(); i++) {
            int line = y * window.sh() - op.padH() + i * window.dh();
            for (int j = 0; line >= 0 && line < h && j < window.kw(); j++) {
                int column = x * window.sw() - op.padW() + j * window.dw();
                if (column >= 0 && column < w && beats(images[imagesStart + (plane * h + line) * w + column], best)) {
                    best = images[imagesStart + (plane * h + line) * w + column];
                    place = i * window.kw() + j;
                }
            }
        }
        int to = (plane * oh + y) * ow + x;
        largest[largestStart + to] = best;
        places[placesStart + to] = place;
    }

    private static boolean beats(float a, float b) {
        return a > b || Float.isNaN(a) && !Float.isNaN(b);
    }
}
