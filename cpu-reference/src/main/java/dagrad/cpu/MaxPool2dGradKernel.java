package dagrad.cpu;

import dagrad.graph.MaxPool2dGrad;
import dagrad.graph.Window;
import dagrad.plan.Launch;
import dagrad.plan.Operand;
import java.util.Arrays;

/// [dagrad.graph.MaxPool2dGrad]: every gradient added where its window's largest element stood. A chunk is one image
/// of one channel.
final class MaxPool2dGradKernel implements Step {
    private final MaxPool2dGrad op;
    private final int[] places;
    private final int placesStart;
    private final float[] gradients;
    private final int gradientsStart;
    private final float[] images;
    private final int imagesStart;
    private final int planes;
    private final int oh;
    private final int ow;
    private final int[] lines;
    private final int[] columns;
    private final Workers.Chunk chunk = this::scatter;

    MaxPool2dGradKernel(Launch.Kernel launch, MaxPool2dGrad op, Memory memory) {
        Operand dy = launch.reads().get(1);
        Window window = op.window();
        this.op = op;
        places = memory.ints(launch.reads().get(0));
        placesStart = memory.start(launch.reads().get(0));
        gradients = memory.floats(dy);
        gradientsStart = memory.start(dy);
        images = memory.floats(launch.writes().getFirst());
        imagesStart = memory.start(launch.writes().getFirst());
        planes = Math.multiplyExact(dy.shape().dim(0), dy.shape().dim(1));
        oh = dy.shape().dim(2);
        ow = dy.shape().dim(3);
        int taps = Math.multiplyExact(window.kh(), window.kw());
        lines = new int[taps];
        columns = new int[taps];
        for (int tap = 0; tap < taps; tap++) {
            lines[tap] = tap / window.kw() * window.dh() - op.padH();
            columns[tap] = tap % window.kw() * window.dw() - op.padW();
        }
    }

    @Override
    public void run(Workers workers) {
        workers.run(planes, chunk);
    }

    private void scatter(int plane, int worker) {
        int image = imagesStart + plane * op.h() * op.w();
        Arrays.fill(images, image, image + op.h() * op.w(), 0);
        for (int y = 0; y < oh; y++) {
            int at = (plane * oh + y) * ow;
            for (int x = 0; x < ow; x++) {
                int place = places[placesStart + at + x];
                if (place >= 0 && place < lines.length) {
                    int line = y * op.window().sh() + lines[place];
                    int column = x * op.window().sw() + columns[place];
                    // What stood in a margin was -∞ and all its window too: its gradient is lost.
                    if (line >= 0 && line < op.h() && column >= 0 && column < op.w()) {
                        images[image + line * op.w() + column] += gradients[gradientsStart + at + x];
                    }
                }
            }
        }
    }
}
