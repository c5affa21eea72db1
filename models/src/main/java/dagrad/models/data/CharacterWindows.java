package dagrad.models.data;

import dagrad.tensor.HostTensor;
import java.util.List;

/// How texts become examples for a model of the next character given the ones before: each character of each text is
/// an example, and so is each text's end. A character is a number, its place in the alphabet plus 1; 0 stands for the
/// end, and for what precedes the first character.
///
/// ```text
/// alphabet "ABC", length 3, text "CAB":   context 0 0 0   next 3
///                                                 0 0 3        1
///                                                 0 3 1        2
///                                                 3 1 2        0
/// ```
///
/// @param alphabet the characters, each once
/// @param length how many characters a context has
public record CharacterWindows(String alphabet, int length) {
    /// The number of the end of a text.
    public static final int END = 0;

    /// @throws IllegalArgumentException if the alphabet has a character twice or none, or the length is not positive
    public CharacterWindows {
        if (alphabet.isEmpty() || alphabet.chars().distinct().count() != alphabet.length()) {
            throw new IllegalArgumentException("an alphabet has each character once, not \"" + alphabet + "\"");
        }
        if (length < 1) {
            throw new IllegalArgumentException("a context has at least 1 character, not " + length);
        }
    }

    /// The contexts and what follows them.
    ///
    /// @param contexts i32 `[n, length]`
    /// @param next i32 `[n]`
    public record Examples(HostTensor contexts, HostTensor next) {}

    /// How many different numbers there are: the alphabet's characters and the end.
    public int classes() {
        return alphabet.length() + 1;
    }

    /// @throws IllegalArgumentException if the alphabet lacks it
    public int number(char character) {
        int place = alphabet.indexOf(character);
        if (place < 0) {
            throw new IllegalArgumentException("'" + character + "' is not in the alphabet \"" + alphabet + "\"");
        }
        return place + 1;
    }

    /// @param number of a character, so not [#END]
    public char character(int number) {
        return alphabet.charAt(number - 1);
    }

    /// All examples of the texts, in order.
    ///
    /// @throws IllegalArgumentException if a text has a character that the alphabet lacks
    public Examples examples(List<String> texts) {
        int n = texts.stream().mapToInt(text -> text.length() + 1).sum();
        int[] contexts = new int[Math.multiplyExact(n, length)];
        int[] next = new int[n];
        int example = 0;
        for (String text : texts) {
            int[] numbers = text.chars().map(c -> number((char) c)).toArray();
            for (int i = 0; i <= numbers.length; i++, example++) {
                next[example] = i < numbers.length ? numbers[i] : END;
                int known = Math.min(i, length);
                System.arraycopy(numbers, i - known, contexts, (example + 1) * length - known, known);
            }
        }
        return new Examples(HostTensor.of(contexts, n, length), HostTensor.of(next, n));
    }

    /// The context at the end of a text that is still being written.
    public int[] context(CharSequence text) {
        int[] context = new int[length];
        int known = Math.min(text.length(), length);
        for (int i = 0; i < known; i++) {
            context[length - known + i] = number(text.charAt(text.length() - known + i));
        }
        return context;
    }
}
