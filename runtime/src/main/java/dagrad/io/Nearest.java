package dagrad.io;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/// What somebody may have meant by a name that is not known.
final class Nearest {
    private Nearest() {}

    /// `; did you mean "matmul"?`, or nothing if no known name is near.
    static String hint(String name, Collection<String> known) {
        return of(name, known).map(n -> "; did you mean \"" + n + "\"?").orElse("");
    }

    /// The known name with the fewest letters to change, at most a third of them.
    static Optional<String> of(String name, Collection<String> known) {
        if (name.length() > 40) {
            return Optional.empty();
        }
        return known.stream()
                .min(Comparator.comparingInt((String k) -> distance(name, k)).thenComparing(k -> k))
                .filter(k -> distance(name, k) <= Math.max(1, Math.max(name.length(), k.length()) / 3));
    }

    /// Letters to insert, delete or replace (Levenshtein, by rows).
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j < row.length; j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }
}
