package dagrad.ops;

import static dagrad.ops.Operand.f;
import static dagrad.ops.Row.sugar;

import dagrad.graph.ConvSpec;
import java.util.List;

/// The rows of the vocabulary of images.
final class ImageSamples {
    private ImageSamples() {}

    static List<Row> rows() {
        ConvSpec grouped = new ConvSpec(2, 1, 0, 1, 1, 2, 2);
        return List.of(
                sugar("conv2d", (g, x) -> g.conv2d(x.get(0), x.get(1), ConvSpec.of(1, 1)))
                        .on(f(1, 2, 4, 4), f(2, 2, 3, 3)),
                sugar("transposed conv2d", (g, x) -> g.convTranspose2d(x.get(0), x.get(1), ConvSpec.of(2, 1), 1))
                        .on(f(2, 3, 3, 4), f(3, 2, 3, 3))
                        .golden("conv_transpose2d"),
                sugar("transposed conv2d, groups", (g, x) -> g.convTranspose2d(x.get(0), x.get(1), grouped, 0))
                        .on(f(2, 4, 3, 4), f(4, 3, 3, 2))
                        .golden("conv_transpose2d_groups"),
                sugar("max pool", (g, x) -> g.maxPool2d(x.getFirst(), 3, 2, 1))
                        .on(f(2, 3, 5, 6).apart()),
                sugar("average pool", (g, x) -> g.avgPool2d(x.getFirst(), 2, 2, 0))
                        .on(f(2, 3, 4, 6))
                        .golden("avg_pool2d"),
                sugar("average pool, overlapping", (g, x) -> g.avgPool2d(x.getFirst(), 3, 2, 1))
                        .on(f(2, 3, 5, 6))
                        .golden("avg_pool2d_overlapping"),
                sugar("upsample nearest", (g, x) -> g.upsampleNearest(x.getFirst(), 3))
                        .on(f(2, 3, 2, 3))
                        .golden("upsample_nearest"),
                sugar("upsample bilinear", (g, x) -> g.upsampleBilinear(x.getFirst(), 2))
                        .on(f(2, 3, 3, 4))
                        .on(f(1, 1, 1, 1))
                        .golden("upsample_bilinear"),
                sugar("upsample bilinear by 3", (g, x) -> g.upsampleBilinear(x.getFirst(), 3))
                        .on(f(1, 2, 2, 3))
                        .golden("upsample_bilinear_3"));
    }
}
