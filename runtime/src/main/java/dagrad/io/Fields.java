package dagrad.io;

import dagrad.tensor.DType;
import dagrad.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/// The fields of one JSON object, taken one by one: each with the type it must have. What has not been taken in the end
/// is an error ([#noMore]), so that a misspelt field never goes unnoticed.
///
/// All methods throw [FormatException] if the field is missing (unless there is a default) or of another type.
public final class Fields {
    /// More axes than any tensor has.
    private static final int MOST_AXES = 64;

    private final String where;
    private final JsonNode object;
    private final Set<String> taken = new LinkedHashSet<>();

    /// @param where how messages begin: `net.json: node 3`
    /// @throws FormatException if it is no object
    public Fields(String where, JsonNode object) {
        this.where = where;
        this.object = object;
        if (!object.isObject()) {
            throw error("it must be an object { … }, not " + brief(object));
        }
    }

    /// An error in this object, to be thrown.
    public FormatException error(String message) {
        return new FormatException(where + ": " + message);
    }

    /// The same, because of another.
    public FormatException error(String message, Exception cause) {
        return new FormatException(where + ": " + message, cause);
    }

    /// @throws FormatException if there are fields that were never asked for
    public void noMore() {
        for (String name : object.propertyNames()) {
            if (!taken.contains(name)) {
                String hint = Nearest.hint(name, taken);
                throw error("unknown field " + FormatException.quoted(name)
                        + (hint.isEmpty() ? "; known here: " + String.join(", ", taken) : hint));
            }
        }
    }

    public Optional<JsonNode> optional(String name) {
        taken.add(name);
        return Optional.ofNullable(object.get(name));
    }

    public JsonNode required(String name) {
        return optional(name).orElseThrow(() -> error("the field \"" + name + "\" is missing"));
    }

    public String text(String name) {
        return text(name, required(name));
    }

    public String text(String name, String otherwise) {
        return optional(name).map(value -> text(name, value)).orElse(otherwise);
    }

    private String text(String name, JsonNode value) {
        if (!value.isString()) {
            throw mustBe(name, "a string", value);
        }
        return value.stringValue();
    }

    public boolean flag(String name, boolean otherwise) {
        Optional<JsonNode> value = optional(name);
        if (value.isPresent() && !value.get().isBoolean()) {
            throw mustBe(name, "true or false", value.get());
        }
        return value.map(JsonNode::booleanValue).orElse(otherwise);
    }

    public int integer(String name) {
        return integer(name, required(name));
    }

    public int integer(String name, int otherwise) {
        return optional(name).map(value -> integer(name, value)).orElse(otherwise);
    }

    private int integer(String name, JsonNode value) {
        if (!value.isIntegralNumber() || !value.canConvertToInt()) {
            throw mustBe(name, "a whole number of at most 31 bits", value);
        }
        return value.intValue();
    }

    /// Whole numbers.
    public List<Integer> integers(String name) {
        return integers(name, required(name));
    }

    private List<Integer> integers(String name, JsonNode value) {
        List<Integer> result = new ArrayList<>();
        for (JsonNode each : array(name, value)) {
            if (result.size() == MOST_AXES) {
                throw error("\"" + name + "\" has " + value.size() + " numbers, more than any tensor has axes");
            }
            result.add(integer(name, each));
        }
        return result;
    }

    /// Two whole numbers: for height and width.
    public List<Integer> pair(String name) {
        return pair(name, required(name));
    }

    /// @param otherwise for both
    public List<Integer> pair(String name, int otherwise) {
        return optional(name).map(value -> pair(name, value)).orElse(List.of(otherwise, otherwise));
    }

    private List<Integer> pair(String name, JsonNode value) {
        List<Integer> result = integers(name, value);
        if (result.size() != 2) {
            throw mustBe(name, "two numbers [height, width]", value);
        }
        return result;
    }

    /// A real number; `"inf"`, `"-inf"` and `"nan"` stand for those that JSON has no numbers for.
    public double number(String name) {
        return number(name, required(name));
    }

    public double number(String name, double otherwise) {
        return optional(name).map(value -> number(name, value)).orElse(otherwise);
    }

    double number(String name, JsonNode value) {
        if (value.isNumber()) {
            double number = value.isIntegralNumber() ? value.bigIntegerValue().doubleValue() : value.doubleValue();
            if (Double.isInfinite(number)) {
                throw error(
                        "\"" + name + "\" has a number beyond all doubles; write \"inf\" or \"-inf\" if that is meant");
            }
            return number;
        }
        return switch (value.isString() ? value.stringValue() : "") {
            case "inf" -> Double.POSITIVE_INFINITY;
            case "-inf" -> Double.NEGATIVE_INFINITY;
            case "nan" -> Double.NaN;
            default -> throw mustBe(name, "a number, \"inf\", \"-inf\" or \"nan\"", value);
        };
    }

    /// An array of anything.
    public JsonNode array(String name) {
        return array(name, required(name));
    }

    JsonNode array(String name, JsonNode value) {
        if (!value.isArray()) {
            throw mustBe(name, "an array [ … ]", value);
        }
        return value;
    }

    /// A list of extents.
    public Shape shape(String name) {
        return shape(name, required(name));
    }

    public Shape shape(String name, Shape otherwise) {
        return optional(name).map(value -> shape(name, value)).orElse(otherwise);
    }

    private Shape shape(String name, JsonNode value) {
        try {
            return new Shape(integers(name, value));
        } catch (IllegalArgumentException e) {
            throw error("\"" + name + "\": " + e.getMessage(), e);
        }
    }

    public DType dtype(String name) {
        return dtype(name, text(name));
    }

    public DType dtype(String name, DType otherwise) {
        return dtype(name, text(name, otherwise.text()));
    }

    private DType dtype(String name, String text) {
        return DType.byText(text)
                .orElseThrow(() -> error("\"" + name + "\" is the unknown type " + FormatException.quoted(text)
                        + "; there are " + DType.all()));
    }

    /// One of an enum's constants, in small letters.
    public <E extends Enum<E>> E oneOf(String name, Class<E> type, E otherwise) {
        String text = text(name, lower(otherwise));
        return Arrays.stream(type.getEnumConstants())
                .filter(constant -> lower(constant).equals(text))
                .findFirst()
                .orElseThrow(() -> error("\"" + name + "\" must be one of "
                        + String.join(
                                ", ",
                                Arrays.stream(type.getEnumConstants())
                                        .map(Fields::lower)
                                        .toList())
                        + ", not " + FormatException.quoted(text)));
    }

    static String lower(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    FormatException mustBe(String name, String what, JsonNode value) {
        return error("\"" + name + "\" must be " + what + ", not " + brief(value));
    }

    /// A value as messages show it.
    static String brief(JsonNode value) {
        return switch (value.getNodeType()) {
            case OBJECT -> "an object";
            case ARRAY -> value.size() > 8 ? "an array of " + value.size() : value.toString();
            case STRING -> FormatException.quoted(value.stringValue());
            case BINARY, BOOLEAN, MISSING, NULL, NUMBER, POJO -> value.toString();
        };
    }
}
