package dagrad.models.network;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.json.JsonFactory;

/// Reads JSON token by token and takes nothing for granted: what is not expected is an error that says where it
/// stands.
final class StrictJson implements AutoCloseable {
    private final String name;
    private final JsonParser parser;

    /// @param name of the file, for messages
    StrictJson(String name, byte[] text) {
        this.name = name;
        this.parser = new JsonFactory().createParser(ObjectReadContext.empty(), text);
    }

    /// Reads the whole text as an object.
    ///
    /// @param fields the names it may have; reads the value of each
    void document(String what, List<String> fields, Consumer<String> field) {
        try {
            next();
            object(what, fields, field);
            if (next() != null) {
                throw error("text follows after the end of the network; remove it");
            }
        } catch (JacksonException e) {
            String message = e.getOriginalMessage().lines().findFirst().orElse("");
            throw error(parser.currentLocation(), "this is not JSON: " + message);
        }
    }

    /// Reads an object whose fields are known.
    void object(String what, List<String> fields, Consumer<String> field) {
        object(what, key -> {
            if (!fields.contains(key)) {
                throw error(what + " has no field \"" + key + "\"; its fields are " + String.join(", ", fields));
            }
            field.accept(key);
        });
    }

    /// Reads an object with fields of any, but different, names.
    void object(String what, Consumer<String> field) {
        expect(JsonToken.START_OBJECT, what, "an object {…}");
        Set<String> seen = new HashSet<>();
        while (next() == JsonToken.PROPERTY_NAME) {
            String key = parser.currentName();
            if (!seen.add(key)) {
                throw error(what + " has two fields \"" + key + "\"; remove or rename one");
            }
            next();
            field.accept(key);
        }
    }

    <T> List<T> array(String what, Supplier<T> element) {
        expect(JsonToken.START_ARRAY, what, "a list […]");
        List<T> result = new ArrayList<>();
        while (next() != JsonToken.END_ARRAY) {
            result.add(element.get());
        }
        return result;
    }

    /// Reads an object whose values are texts and numbers.
    Flat flat(String what, List<String> fields) {
        Map<String, Object> values = new HashMap<>();
        object(
                what,
                fields,
                field -> values.put(
                        field, parser.currentToken() == JsonToken.VALUE_STRING ? text(field) : number(field)));
        return new Flat(this, what, values);
    }

    /// @param values texts as String, numbers as Double
    record Flat(StrictJson json, String what, Map<String, Object> values) {
        /// The one of the fields that is there.
        String oneOf(String... fields) {
            List<String> present = Stream.of(fields).filter(values::containsKey).toList();
            if (present.size() != 1) {
                throw json.error(what + " needs " + (fields.length == 1 ? "the field " : "exactly one of the fields ")
                        + String.join(", ", fields) + ", not " + (present.isEmpty() ? "none" : present));
            }
            return present.getFirst();
        }

        /// The text of a field that must be the only one.
        String only(String field) {
            if (values.size() > 1) {
                throw json.error(what + " with \"" + field + "\" has no other field; remove " + others(field));
            }
            return text(field).orElseThrow();
        }

        private List<String> others(String field) {
            return values.keySet().stream()
                    .filter(f -> !f.equals(field))
                    .sorted()
                    .toList();
        }

        void notBoth(String a, String b) {
            if (values.containsKey(a) && values.containsKey(b)) {
                throw json.error(what + " has both \"" + a + "\" and \"" + b + "\"; remove one");
            }
        }

        Optional<String> text(String field) {
            return switch (values.get(field)) {
                case null -> Optional.empty();
                case String text -> Optional.of(text);
                case Object other -> throw json.error(field + " must be a text in quotes, not " + other);
            };
        }

        Optional<Double> number(String field) {
            return switch (values.get(field)) {
                case null -> Optional.empty();
                case Double number -> Optional.of(number);
                case Object other -> throw json.error(field + " must be a number, not \"" + other + "\"");
            };
        }

        /// A whole number from 0 up.
        Optional<Integer> index(String field) {
            return number(field).map(number -> {
                if (number < 0 || number > Integer.MAX_VALUE || number != Math.rint(number)) {
                    throw json.error(field + " must be a whole number from 0 up, not " + number);
                }
                return number.intValue();
            });
        }
    }

    String text(String what) {
        expect(JsonToken.VALUE_STRING, what, "a text in quotes");
        return parser.getString();
    }

    double number(String what) {
        boolean number = parser.currentToken() == JsonToken.VALUE_NUMBER_FLOAT
                || parser.currentToken() == JsonToken.VALUE_NUMBER_INT;
        double value = number ? parser.getDoubleValue() : Double.NaN;
        if (!Double.isFinite(value)) {
            throw error(what + " must be a finite number, not " + found());
        }
        return value;
    }

    /// The same message, beginning with the file's name.
    NetworkException inFile(NetworkException e) {
        return new NetworkException(name + ": " + e.getMessage());
    }

    NetworkException error(String message) {
        return error(parser.currentTokenLocation(), message);
    }

    private NetworkException error(TokenStreamLocation at, String message) {
        return new NetworkException(
                name + ", line " + at.getLineNr() + ", column " + at.getColumnNr() + ": " + message);
    }

    private void expect(JsonToken token, String what, String form) {
        if (parser.currentToken() != token) {
            throw error(what + " must be " + form + ", not " + found());
        }
    }

    private String found() {
        JsonToken token = parser.currentToken();
        return switch (token) {
            case null -> "the end of the text";
            case START_OBJECT -> "an object";
            case START_ARRAY -> "a list";
            case VALUE_STRING -> "the text \"" + parser.getString() + "\"";
            default -> parser.getString();
        };
    }

    private JsonToken next() {
        return parser.nextToken();
    }

    @Override
    public void close() {
        parser.close();
    }
}
