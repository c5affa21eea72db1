package dagrad.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dagrad.tensor.HostTensor;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class AugmentedTest {
    private static final int SIZE = 40;

    /// Images [1, 2, 3] with pixels 1 to 6 and 10 for each of the images before.
    private static Column images() {
        float[] pixels = new float[SIZE * 6];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = i / 6 * 10 + i % 6 + 1;
        }
        return Column.of(HostTensor.of(pixels, SIZE, 1, 2, 3));
    }

    private static List<Float> gathered(Column column, int example, long chance) {
        HostTensor into = HostTensor.of(new float[6], 1, 1, 2, 3);
        column.gather(new int[] {example}, 0, 1, into, chance);
        return list(into);
    }

    private static List<Float> list(HostTensor tensor) {
        List<Float> list = new ArrayList<>();
        for (float each : tensor.floats()) {
            list.add(each);
        }
        return list;
    }

    private static Set<List<Float>> seen(Augmentation how) {
        Column column = images().augmented(how);
        Set<List<Float>> seen = new HashSet<>();
        for (int epoch = 0; epoch < 200; epoch++) {
            seen.add(gathered(column, 0, Order.key(1, epoch)));
        }
        return seen;
    }

    @Test
    void nothingIsVariedWithoutChanceOrWithoutAnAugmentation() {
        HostTensor into = HostTensor.of(new float[6], 1, 1, 2, 3);
        images().augmented(new Augmentation(true, 2)).gather(new int[] {1}, 0, 1, into);
        assertThat(list(into)).containsExactly(11f, 12f, 13f, 14f, 15f, 16f);
        assertThat(seen(Augmentation.NONE)).containsExactly(List.of(1f, 2f, 3f, 4f, 5f, 6f));
    }

    @Test
    void halfAreMirrored() {
        assertThat(seen(new Augmentation(true, 0)))
                .containsExactlyInAnyOrder(List.of(1f, 2f, 3f, 4f, 5f, 6f), List.of(3f, 2f, 1f, 6f, 5f, 4f));
    }

    @Test
    void movedImagesHaveZerosWhereNothingWas() {
        assertThat(seen(new Augmentation(false, 1)))
                .containsExactlyInAnyOrder(
                        List.of(1f, 2f, 3f, 4f, 5f, 6f),
                        List.of(0f, 1f, 2f, 0f, 4f, 5f),
                        List.of(2f, 3f, 0f, 5f, 6f, 0f),
                        List.of(4f, 5f, 6f, 0f, 0f, 0f),
                        List.of(0f, 4f, 5f, 0f, 0f, 0f),
                        List.of(5f, 6f, 0f, 0f, 0f, 0f),
                        List.of(0f, 0f, 0f, 1f, 2f, 3f),
                        List.of(0f, 0f, 0f, 0f, 1f, 2f),
                        List.of(0f, 0f, 0f, 2f, 3f, 0f));
        assertThat(seen(new Augmentation(true, 9))).contains(List.of(0f, 0f, 0f, 0f, 0f, 0f));
    }

    /// Channels do not run into each other.
    @Test
    void channelsMoveTogether() {
        Column column =
                Column.of(HostTensor.of(new float[] {1, 2, 3, 4}, 1, 2, 2, 1)).augmented(new Augmentation(true, 1));
        Set<List<Float>> seen = new HashSet<>();
        for (int epoch = 0; epoch < 200; epoch++) {
            HostTensor into = HostTensor.of(new float[4], 1, 2, 2, 1);
            column.gather(new int[] {0}, 0, 1, into, Order.key(2, epoch));
            seen.add(list(into));
        }
        assertThat(seen)
                .containsExactlyInAnyOrder(
                        List.of(1f, 2f, 3f, 4f),
                        List.of(0f, 1f, 0f, 3f),
                        List.of(2f, 0f, 4f, 0f),
                        List.of(0f, 0f, 0f, 0f));
    }

    @Test
    void whoGoesOnSeesTheSameImagesAndEachEpochOthers() {
        Examples examples = Examples.of(Map.of("x", images())).augmented("x", new Augmentation(true, 1));
        Set<Set<List<Float>>> epochs = new HashSet<>();
        try (Batches all = examples.shuffled(10, 3)) {
            for (int epoch = 0; epoch < 3; epoch++) {
                Set<List<Float>> images = new HashSet<>();
                for (int index = 0; index < SIZE; index += 10) {
                    var position = new Batches.Position(epoch, index);
                    List<Float> batch = list(all.next().get("x"));
                    try (Batches later = new Batches(examples, 10, 3, Batches.Rest.DROPPED, position)) {
                        assertThat(list(later.next().get("x"))).isEqualTo(batch);
                        assertThat(list(later.batch(position).get("x"))).isEqualTo(batch);
                    }
                    images.add(batch);
                }
                epochs.add(images);
            }
        }
        assertThat(epochs).hasSize(3);
    }

    @Test
    void drawsOfDifferentPurposesAreDifferent() {
        Set<Long> bits = new TreeSet<>();
        for (int example = 0; example < 100; example++) {
            for (int purpose = 0; purpose < 3; purpose++) {
                bits.add(Chance.bits(Order.key(1, 7), example, purpose));
            }
        }
        assertThat(bits).hasSize(300);
    }

    @Test
    void whatIsNoImageIsRefused() {
        Column rows = Column.of(HostTensor.of(new float[6], 2, 3));
        assertThatThrownBy(() -> rows.augmented(Augmentation.NONE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("images are f32[c,h,w] each; these are f32[3]");
        assertThatThrownBy(() -> new Augmentation(true, -1)).hasMessageContaining("not -1");
        assertThatThrownBy(() -> Examples.of(Map.of("x", images())).augmented("y", Augmentation.NONE))
                .hasMessageContaining("no column \"y\"; there are [x]");
    }
}
