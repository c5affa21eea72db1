package dagrad.plan;

import java.math.BigDecimal;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Numbers of bytes as people write them.
public final class ByteCount {
    private static final Pattern FORM =
            Pattern.compile("(\\d+(?:\\.\\d+)?)\\s*([kmgt]?)(i?)b?", Pattern.CASE_INSENSITIVE);
    private static final Map<String, Integer> POWERS = Map.of("", 0, "k", 1, "m", 2, "g", 3, "t", 4);

    private ByteCount() {}

    /// `6GB` is 6·10⁹, `6GiB` 6·2³⁰, `6000000` itself; a point and small letters are allowed.
    ///
    /// @throws IllegalArgumentException if it is written in another way, or less than 1 byte
    public static long parse(String text) {
        Matcher matcher = FORM.matcher(text.strip());
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" is no number of bytes; write it like 6GB, 512MiB or 6000000000");
        }
        long unit = matcher.group(3).isEmpty() ? 1000 : 1024;
        BigDecimal bytes = new BigDecimal(matcher.group(1))
                .multiply(
                        BigDecimal.valueOf(unit).pow(POWERS.get(matcher.group(2).toLowerCase(Locale.ROOT))));
        if (bytes.compareTo(BigDecimal.ONE) < 0 || bytes.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0) {
            throw new IllegalArgumentException("\"" + text + "\" is not a number of bytes that memory could have");
        }
        return bytes.longValue();
    }

    /// Whether [#parse] takes a text.
    public static boolean isCount(String text) {
        try {
            return parse(text) > 0;
        } catch (IllegalArgumentException _) {
            return false;
        }
    }

    /// As [#parse] reads it, not more than it is: `6.12GB`.
    public static String option(long bytes) {
        return PlanReport.human(bytes - bytes / 1000).replace(" ", "") + "B";
    }

    /// `6.12 GB`.
    public static String text(long bytes) {
        return PlanReport.human(bytes) + "B";
    }
}
