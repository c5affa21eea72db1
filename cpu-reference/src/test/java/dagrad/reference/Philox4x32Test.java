package dagrad.reference;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class Philox4x32Test {
    /// The known answers of the Random123 distribution (file `kat_vectors`, lines `philox4x32 10`).
    @Test
    void knownAnswers() {
        assertThat(Philox4x32.block(new int[] {0, 0, 0, 0}, 0, 0))
                .containsExactly(0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8);
        assertThat(Philox4x32.block(new int[] {-1, -1, -1, -1}, -1, -1))
                .containsExactly(0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd);
        assertThat(Philox4x32.block(new int[] {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, 0xa4093822, 0x299f31d0))
                .containsExactly(0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1);
    }

    @Test
    void elementsTakeTheUpper24BitsOfTheirWord() {
        assertThat(LongStream.range(0, 4).mapToDouble(i -> Philox4x32.uniform(i, 0, 0, 0, 0)))
                .containsExactly(0x6627e8 * 0x1p-24, 0xe169c5 * 0x1p-24, 0xbc57ac * 0x1p-24, 0x9b00db * 0x1p-24);
    }

    @Test
    void everyPartOfTheCounterAndOfTheKeyCounts() {
        assertThat(LongStream.of(0, 4, 4L << 32, 1))
                .extracting(i -> Philox4x32.uniform(i, 7, 8, 9, 10))
                .doesNotHaveDuplicates();
        assertThat(new double[] {
                    Philox4x32.uniform(0, 7, 8, 9, 10),
                    Philox4x32.uniform(0, 6, 8, 9, 10),
                    Philox4x32.uniform(0, 7, 9, 9, 10),
                    Philox4x32.uniform(0, 7, 8, 8, 10),
                    Philox4x32.uniform(0, 7, 8, 9, 11)
                })
                .doesNotHaveDuplicates();
    }

    @Test
    void isUniform() {
        int n = 100_000;
        double[] draws = LongStream.range(0, n)
                .mapToDouble(i -> Philox4x32.uniform(i, 1, 2, 3, 4))
                .toArray();
        double mean = LongStream.range(0, n)
                .mapToDouble(i -> draws[(int) i])
                .average()
                .orElseThrow();
        double square = LongStream.range(0, n)
                .mapToDouble(i -> draws[(int) i] * draws[(int) i])
                .average()
                .orElseThrow();
        // Five standard deviations: those of the means are sqrt(1/12 n) and sqrt(4/45 n).
        assertThat(mean).isBetween(0.5 - 0.0046, 0.5 + 0.0046);
        assertThat(square).isBetween(1.0 / 3 - 0.0048, 1.0 / 3 + 0.0048);
        assertThat(Arrays.stream(draws)).allMatch(u -> u >= 0 && u < 1);
    }
}
