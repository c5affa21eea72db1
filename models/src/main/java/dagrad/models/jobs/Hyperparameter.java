package dagrad.models.jobs;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.BooleanNode;
import tools.jackson.databind.node.DoubleNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.LongNode;
import tools.jackson.databind.node.StringNode;

/// One thing that can be chosen about a job.
///
/// @param name as configurations and command lines have it: `weight_decay`
/// @param standard its value unless another is chosen
/// @param description a few words for help texts
public record Hyperparameter(String name, Kind kind, JsonNode standard, String description) {
    /// @throws IllegalArgumentException if the standard is not allowed itself
    public Hyperparameter {
        if (kind.read(standard).isEmpty()) {
            throw new IllegalArgumentException(
                    name + " is " + kind.text() + ", which its standard " + standard + " is not");
        }
    }

    public static Hyperparameter whole(String name, long standard, long least, String description) {
        return whole(name, standard, least, Integer.MAX_VALUE, description);
    }

    public static Hyperparameter whole(String name, long standard, long least, long most, String description) {
        return new Hyperparameter(name, new Kind.Whole(least, most), LongNode.valueOf(standard), description);
    }

    /// Above 0.
    public static Hyperparameter positive(String name, double standard, String description) {
        return real(name, standard, new Kind.Real(0, Double.POSITIVE_INFINITY, true), description);
    }

    /// 0 or above.
    public static Hyperparameter notNegative(String name, double standard, String description) {
        return real(name, standard, new Kind.Real(0, Double.POSITIVE_INFINITY, false), description);
    }

    /// From 0 to 1.
    public static Hyperparameter fraction(String name, double standard, String description) {
        return real(name, standard, new Kind.Real(0, 1, false), description);
    }

    private static Hyperparameter real(String name, double standard, Kind.Real kind, String description) {
        return new Hyperparameter(name, kind, DoubleNode.valueOf(standard), description);
    }

    public static Hyperparameter text(String name, String standard, String description) {
        return new Hyperparameter(name, new Kind.Text(), StringNode.valueOf(standard), description);
    }

    /// A number of bytes; none by default.
    public static Hyperparameter bytes(String name, String description) {
        return new Hyperparameter(name, new Kind.Bytes(), StringNode.valueOf(""), description);
    }

    public static Hyperparameter flag(String name, boolean standard, String description) {
        return new Hyperparameter(name, new Kind.Flag(), BooleanNode.valueOf(standard), description);
    }

    /// One of an enum's constants, in small letters.
    public static <E extends Enum<E>> Hyperparameter oneOf(String name, E standard, String description) {
        List<String> words = Arrays.stream(standard.getDeclaringClass().getEnumConstants())
                .map(Hyperparameter::word)
                .toList();
        return new Hyperparameter(name, new Kind.OneOf(words), StringNode.valueOf(word(standard)), description);
    }

    static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    public static Hyperparameter wholes(String name, List<Integer> standard, int least, String description) {
        var array = JsonNodeFactory.instance.arrayNode();
        standard.forEach(array::add);
        return new Hyperparameter(name, new Kind.Wholes(least), array, description);
    }
}
