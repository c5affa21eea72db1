package dagrad.models.jobs;

import dagrad.plan.ByteCount;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.DoubleNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.StringNode;

/// What values a hyperparameter may have.
public sealed interface Kind {
    /// The value as it is kept, if it is allowed: numbers written as text become numbers.
    Optional<JsonNode> read(JsonNode given);

    /// What is allowed, for messages: `a whole number of at least 1`.
    String text();

    /// A whole number, both ends inclusive.
    record Whole(long least, long most) implements Kind {
        @Override
        public Optional<JsonNode> read(JsonNode given) {
            return given.isIntegralNumber()
                            && given.canConvertToLong()
                            && given.longValue() >= least
                            && given.longValue() <= most
                    ? Optional.of(given)
                    : Optional.empty();
        }

        @Override
        public String text() {
            return "a whole number "
                    + (most == Long.MAX_VALUE ? "of at least " + least : "from " + least + " to " + most);
        }
    }

    /// A number, both ends inclusive; `open` leaves the lower end out.
    record Real(double least, double most, boolean open) implements Kind {
        @Override
        public Optional<JsonNode> read(JsonNode given) {
            return number(given)
                    .filter(x -> (open ? x > least : x >= least) && x <= most && Double.isFinite(x))
                    .map(DoubleNode::valueOf);
        }

        /// YAML takes `1e-3`, which has no point, for text.
        private static Optional<Double> number(JsonNode given) {
            if (given.isNumber()) {
                return Optional.of(given.doubleValue());
            }
            try {
                return given.isString() ? Optional.of(Double.valueOf(given.stringValue())) : Optional.empty();
            } catch (NumberFormatException _) {
                return Optional.empty();
            }
        }

        @Override
        public String text() {
            String low = open ? "above " + least : "of at least " + least;
            return "a number " + low + (most == Double.POSITIVE_INFINITY ? "" : " and at most " + most);
        }
    }

    /// Any text.
    record Text() implements Kind {
        @Override
        public Optional<JsonNode> read(JsonNode given) {
            return given.isValueNode() && !given.isNull()
                    ? Optional.of(StringNode.valueOf(given.asString()))
                    : Optional.empty();
        }

        @Override
        public String text() {
            return "a text";
        }
    }

    /// A number of bytes, as people write them; an empty text for none.
    record Bytes() implements Kind {
        @Override
        public Optional<JsonNode> read(JsonNode given) {
            if (!given.isValueNode() || given.isNull()) {
                return Optional.empty();
            }
            String text = given.asString();
            return text.isBlank() || ByteCount.isCount(text) ? Optional.of(StringNode.valueOf(text)) : Optional.empty();
        }

        @Override
        public String text() {
            return "a number of bytes such as 6GB or 512MiB";
        }
    }

    /// true or false.
    record Flag() implements Kind {
        @Override
        public Optional<JsonNode> read(JsonNode given) {
            return given.isBoolean() ? Optional.of(given) : Optional.empty();
        }

        @Override
        public String text() {
            return "true or false";
        }
    }

    /// One of some words.
    record OneOf(List<String> words) implements Kind {
        public OneOf {
            words = List.copyOf(words);
        }

        @Override
        public Optional<JsonNode> read(JsonNode given) {
            return given.isString() && words.contains(given.stringValue()) ? Optional.of(given) : Optional.empty();
        }

        @Override
        public String text() {
            return "one of " + String.join(", ", words);
        }
    }

    /// A list of whole numbers; one number is a list of one.
    record Wholes(long least) implements Kind {
        /// Longer lists have no use here.
        private static final int MOST = 1000;

        @Override
        public Optional<JsonNode> read(JsonNode given) {
            if (given.isIntegralNumber()) {
                return read(JsonNodeFactory.instance.arrayNode().add(given));
            }
            if (!given.isArray() || given.size() > MOST) {
                return Optional.empty();
            }
            for (JsonNode each : given) {
                if (!each.isIntegralNumber() || !each.canConvertToInt() || each.intValue() < least) {
                    return Optional.empty();
                }
            }
            return Optional.of(given);
        }

        @Override
        public String text() {
            return "a list of whole numbers of at least " + least + ", such as [256, 128]";
        }
    }
}
