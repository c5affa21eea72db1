package dagrad.models.data;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// A corpus of some 6,700 short texts that every JDK has with it: the names of Unicode's symbols, such as
/// `GRINNING CAT FACE WITH SMILING EYES`, `CHECKER BOARD` and `LEFTWARDS HARPOON WITH BARB UPWARDS`, about 150,000
/// characters in all.
///
/// Symbols and punctuation are taken, and letters, marks and numerals are not: their 23,000 names are mostly lists
/// (`YI SYLLABLE MGAP`, `ETHIOPIC SYLLABLE QWEE`), which a model learns by heart and invents nothing from. For the same
/// reason letters in circles and squares are left out, and names with digits, which are numbered.
///
/// The database is the JDK's own ([Character#getName(int)]), so a later JDK, with a later Unicode, has more names.
public final class UnicodeNames {
    /// What the names are written in,.
    public static final String ALPHABET = " -ABCDEFGHIJKLMNOPQRSTUVWXYZ";

    /// The most characters in a name; 1 in 20 is longer and left out.
    public static final int LONGEST = 40;

    /// All symbols are below: planes 0 and 1. The planes above hold ideographs.
    private static final int END = 0x20000;

    private UnicodeNames() {}

    /// The names in the order of their characters, each once.
    public static List<String> symbols() {
        Set<String> names = new LinkedHashSet<>();
        for (int character = 0; character < END; character++) {
            if (isSymbol(character)) {
                String name = Character.getName(character);
                if (name.length() <= LONGEST && isSpelled(name) && !name.contains("LETTER")) {
                    names.add(name);
                }
            }
        }
        return List.copyOf(names);
    }

    private static boolean isSymbol(int character) {
        return switch (Character.getType(character)) {
            case Character.OTHER_SYMBOL,
                    Character.MATH_SYMBOL,
                    Character.CURRENCY_SYMBOL,
                    Character.OTHER_PUNCTUATION,
                    Character.DASH_PUNCTUATION,
                    Character.START_PUNCTUATION,
                    Character.END_PUNCTUATION,
                    Character.CONNECTOR_PUNCTUATION,
                    Character.INITIAL_QUOTE_PUNCTUATION,
                    Character.FINAL_QUOTE_PUNCTUATION -> true;
            default -> false;
        };
    }

    private static boolean isSpelled(String name) {
        for (int i = 0; i < name.length(); i++) {
            if (ALPHABET.indexOf(name.charAt(i)) < 0) {
                return false;
            }
        }
        return true;
    }
}
