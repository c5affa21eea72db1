package dagrad.cpu;

import dagrad.graph.MaxPool2d;
import dagrad.graph.Window;
import dagrad.plan.Launch;
import dagrad.plan.Operand;

/// [dagrad.graph.MaxPool2d]: the largest of each window and its place. A chunk is one image of one channel. NaN counts
/// as largest, margins as -∞.
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

    /// Windows of 2x2 side by side.
    private void quarters(int plane, int worker) {
        for (int y = 0; y < oh; y++) {
            int upper = imagesStart + (plane * h + 2 * y) * w;
            int to = (plane * oh + y) * ow;
            for (int x = 0; x < ow; x++) {
                float a = images[upper + 2 * x];
                float b = images[upper + 2 * x + 1];
                float c = images[upper + w + 2 * x];
                float d = images[upper + w + 2 * x + 1];
                float ab = beats(b, a) ? b : a;
                float cd = beats(d, c) ? d : c;
                int place = beats(cd, ab) ? (beats(d, c) ? 3 : 2) : (beats(b, a) ? 1 : 0);
                largest[largestStart + to + x] = beats(cd, ab) ? cd : ab;
                places[placesStart + to + x] = place;
            }
        }
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
