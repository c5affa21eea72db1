package dagrad.io;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/// Damaged files, for tests of readers.
public final class Mutations {
    private static final List<String> NUMBERS = List.of(
            "-1",
            "0",
            "1",
            "2",
            "7",
            "1.5",
            "-0.0",
            "1e999",
            "2147483647",
            "2147483648",
            "-2147483648",
            "65536",
            "9223372036854775807",
            "9223372036854775808",
            "1e-320",
            "\"\"",
            "null",
            "true",
            "[]",
            "{}",
            "[0]",
            "\"nan\"",
            "\"\\u0000\\n\\u2028\"",
            "99999999999999999999999999999999999999999999999999",
            "9".repeat(400),
            "9".repeat(1001),
            "NaN");

    private Mutations() {}

    /// Bytes without any plan.
    public static Arbitrary<byte[]> noise() {
        return Arbitraries.bytes().array(byte[].class).ofMaxSize(300);
    }

    /// One to four changes to valid bytes: bits flipped, bytes cut off, left out, repeated or overwritten.
    public static Arbitrary<byte[]> of(byte[] valid) {
        return changed(Arbitraries.just(valid), valid.length)
                .list()
                .ofMinSize(1)
                .ofMaxSize(1)
                .flatMap(first -> Arbitraries.oneOf(
                        Arbitraries.just(first.getFirst()), changed(Arbitraries.just(first.getFirst()), valid.length)));
    }

    private static Arbitrary<byte[]> changed(Arbitrary<byte[]> valid, int length) {
        Arbitrary<Integer> place =
                Arbitraries.integers().between(0, Math.max(0, length - 1)).withoutEdgeCases();
        return Combinators.combine(
                        valid,
                        place,
                        Arbitraries.integers().between(0, 5),
                        Arbitraries.longs(),
                        Arbitraries.integers().between(1, 40))
                .as(Mutations::change);
    }

    private static byte[] change(byte[] valid, int at, int kind, long random, int span) {
        int place = Math.min(at, valid.length);
        int end = Math.min(valid.length, place + span);
        byte[] result = valid.clone();
        switch (kind) {
            case 0 -> {
                if (place < valid.length) {
                    result[place] ^= (byte) (1 << (random & 7));
                }
            }
            case 1 -> result = Arrays.copyOf(valid, place);
            case 2 -> result = join(Arrays.copyOf(valid, place), Arrays.copyOfRange(valid, end, valid.length));
            case 3 -> result = join(Arrays.copyOf(valid, end), Arrays.copyOfRange(valid, place, valid.length));
            case 4 -> {
                ByteBuffer words =
                        ByteBuffer.wrap(result).order(random % 2 == 0 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
                if (place + 8 <= result.length) {
                    words.putLong(place, random);
                }
            }
            default -> {
                if (place + 4 <= result.length) {
                    ByteBuffer.wrap(result).putInt(place, (int) random);
                }
            }
        }
        return result;
    }

    private static byte[] join(byte[] a, byte[] b) {
        byte[] result = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, result, a.length, b.length);
        return result;
    }

    /// A text with one of its numbers replaced by something else.
    public static Arbitrary<String> numbers(String valid) {
        List<MatchResult> numbers =
                Pattern.compile("-?\\d+(\\.\\d+)?").matcher(valid).results().toList();
        return Combinators.combine(Arbitraries.of(numbers), Arbitraries.of(NUMBERS))
                .as((number, other) -> valid.substring(0, number.start()) + other + valid.substring(number.end()));
    }

    /// Bytes as the text that a damaged file of characters holds.
    public static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /// Runs a reader, which must give a value or refuse the file in one printable line that begins with its name.
    public static void survives(Runnable reader, String name) {
        try {
            reader.run();
        } catch (FormatException e) {
            assertThat(e.getMessage()).startsWith(name).hasSizeLessThan(1200).doesNotContainPattern("\\p{Cntrl}");
        }
    }
}
