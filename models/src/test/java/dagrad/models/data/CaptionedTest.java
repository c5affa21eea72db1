package dagrad.models.data;

import static org.assertj.core.api.Assertions.assertThat;

import dagrad.data.Batches;
import dagrad.data.Column;
import dagrad.data.Examples;
import dagrad.tensor.HostTensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CaptionedTest {
    private static final int SIZE = 20;

    private static Captioned classes() {
        int[] labels = new int[SIZE];
        Arrays.setAll(labels, i -> i % 2);
        Column images = Column.of(HostTensor.of(new float[SIZE], SIZE, 1, 1, 1));
        return Captioned.ofClasses(images, List.of("T-shirt/top", "Bag"), labels);
    }

    @Test
    void wordsAreNumberedByFrequency() {
        Words words = Words.of(List.of("A cat.", "a DOG, a cat", "b"), 3, 8);
        assertThat(words.known()).containsExactly("a", "cat", "b");
        assertThat(words.length()).isEqualTo(4);
        assertThat(words.size()).isEqualTo(5);
        assertThat(words.numbers("The cat, a cat b")).containsExactly(1, 3, 2, 3);
        assertThat(words.numbers("cat")).containsExactly(3, 0, 0, 0);
        assertThat(words.numbers("!?")).containsExactly(1, 0, 0, 0);
        assertThat(words.tensor(List.of("a", "b")).ints()).containsExactly(2, 0, 0, 0, 4, 0, 0, 0);
    }

    @Test
    void classesHaveACaptionFromEachTemplate() {
        Captioned data = classes();
        assertThat(data.captions().getFirst())
                .hasSize(Captioned.TEMPLATES.size())
                .contains("a photo of a t shirt top", "t shirt top");
        assertThat(data.said()).doesNotHaveDuplicates().hasSize(2 * Captioned.TEMPLATES.size());
    }

    private static List<Integer> row(HostTensor captions, int row) {
        int length = captions.shape().dim(1);
        return Arrays.stream(captions.ints(), row * length, (row + 1) * length)
                .boxed()
                .toList();
    }

    /// In training an example has in each epoch one of its own subject's captions, which follows from the seed.
    @Test
    void trainingDrawsACaptionOfTheRightSubject() {
        Captioned data = classes();
        Words words = Words.of(data.said(), 100, 32);
        List<Set<List<Integer>>> own = data.captions().stream()
                .map(said -> {
                    HostTensor numbers = words.tensor(said);
                    Set<List<Integer>> rows = new HashSet<>();
                    for (int i = 0; i < said.size(); i++) {
                        rows.add(row(numbers, i));
                    }
                    return rows;
                })
                .toList();
        Examples examples = data.examples(words);
        Set<List<Integer>> seen = new HashSet<>();
        List<List<Integer>> first = captions(examples, 1);
        for (int i = 0; i < first.size(); i++) {
            assertThat(own.get(subjects(examples, 1).get(i))).contains(first.get(i));
            seen.add(first.get(i));
        }
        assertThat(seen).hasSize(2 * Captioned.TEMPLATES.size());
        assertThat(captions(examples, 1)).isEqualTo(first);
        assertThat(captions(examples, 2)).isNotEqualTo(first);
    }

    private static List<List<Integer>> captions(Examples examples, long seed) {
        List<List<Integer>> rows = new ArrayList<>();
        try (Batches batches = examples.shuffled(SIZE, seed)) {
            for (int epoch = 0; epoch < 20; epoch++) {
                HostTensor captions = batches.next().get("caption");
                for (int i = 0; i < SIZE; i++) {
                    rows.add(row(captions, i));
                }
            }
        }
        return rows;
    }

    private static List<Integer> subjects(Examples examples, long seed) {
        List<Integer> all = new ArrayList<>();
        try (Batches batches = examples.shuffled(SIZE, seed)) {
            for (int epoch = 0; epoch < 20; epoch++) {
                Arrays.stream(batches.next().get("subject").ints()).forEach(all::add);
            }
        }
        return all;
    }

    @Test
    void evaluationsSeeTheSameCaptionsEachTime() {
        Captioned data = classes();
        Examples examples = data.examples(Words.of(data.said(), 100, 32));
        Map<String, HostTensor> once = examples.inOrder(SIZE).iterator().next();
        Map<String, HostTensor> again = examples.inOrder(SIZE).iterator().next();
        assertThat(once.get("caption").ints()).isEqualTo(again.get("caption").ints());
    }
}
