package dagrad.models.data;

import dagrad.tensor.HostTensor;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/// Captions as numbers: runs of letters and digits, in small letters, by their place in a list of known words. Number 0
/// fills captions up, 1 stands for words that are not known, the words begin at 2.
public final class Words {
    /// The number that fills captions up.
    public static final int PADDING = 0;

    private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{N}]+");
    private static final int UNKNOWN = 1;
    private static final int FIRST = 2;

    private final List<String> known;
    private final int length;
    private final Map<String, Integer> numbers = new HashMap<>();

    /// @param known each once
    /// @param length of a caption in words; longer ones are cut off
    public Words(List<String> known, int length) {
        this.known = List.copyOf(known);
        this.length = length;
        for (int i = 0; i < known.size(); i++) {
            numbers.put(known.get(i), FIRST + i);
        }
    }

    /// The words of captions, the most frequent ones first.
    ///
    /// @param most how many are known at most
    /// @param longest captions are cut off at this length, and are as long as the longest if that is shorter
    public static Words of(Collection<String> captions, int most, int longest) {
        Map<String, Integer> counts = new HashMap<>();
        captions.forEach(caption -> split(caption).forEach(word -> counts.merge(word, 1, Integer::sum)));
        List<String> known = counts.entrySet().stream()
                .sorted(Map.Entry.<String, Integer>comparingByValue(Comparator.reverseOrder())
                        .thenComparing(Map.Entry.comparingByKey()))
                .limit(most)
                .map(Map.Entry::getKey)
                .toList();
        int length = captions.stream().mapToInt(c -> split(c).size()).max().orElse(1);
        return new Words(known, Math.clamp(length, 1, longest));
    }

    private static List<String> split(String caption) {
        return WORD.matcher(caption.toLowerCase(Locale.ROOT))
                .results()
                .map(found -> found.group())
                .toList();
    }

    public List<String> known() {
        return known;
    }

    /// Words of a caption.
    public int length() {
        return length;
    }

    /// How many numbers there are.
    public int size() {
        return FIRST + known.size();
    }

    /// The numbers of a caption, filled up with [#PADDING]. One without a word is one unknown word.
    public int[] numbers(String caption) {
        int[] result = new int[length];
        List<String> words = split(caption);
        for (int i = 0; i < Math.min(length, words.size()); i++) {
            result[i] = numbers.getOrDefault(words.get(i), UNKNOWN);
        }
        if (words.isEmpty()) {
            result[0] = UNKNOWN;
        }
        return result;
    }

    /// Captions one below the other, i32 `[n, length]`.
    public HostTensor tensor(List<String> captions) {
        int[] all = captions.stream()
                .flatMapToInt(caption -> IntStream.of(numbers(caption)))
                .toArray();
        return HostTensor.of(all, captions.size(), length);
    }
}
