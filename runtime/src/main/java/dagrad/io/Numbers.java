package dagrad.io;

import dagrad.tensor.DType;
import dagrad.tensor.HostTensor;
import dagrad.tensor.Literal;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.lang.foreign.MemorySegment;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;

/// Numbers in JSON: exact for every value of every type. Whole numbers are written without a point, and the three that
/// JSON lacks as `"inf"`, `"-inf"` and `"nan"`.
final class Numbers {
    /// Doubles below it in magnitude are exactly the whole numbers.
    private static final double EXACT = 1L << 53;

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private Numbers() {}

    static JsonNode json(double value) {
        if (Double.isNaN(value)) {
            return NODES.stringNode("nan");
        }
        if (Double.isInfinite(value)) {
            return NODES.stringNode(value > 0 ? "inf" : "-inf");
        }
        boolean whole = value == Math.rint(value) && Math.abs(value) < EXACT && !isNegativeZero(value);
        return whole ? NODES.numberNode((long) value) : NODES.numberNode(value);
    }

    private static boolean isNegativeZero(double value) {
        return value == 0 && 1 / value < 0;
    }

    static ArrayNode json(List<Integer> values) {
        ArrayNode array = NODES.arrayNode(values.size());
        values.forEach(array::add);
        return array;
    }

    static ArrayNode json(Shape shape) {
        return json(shape.dims());
    }

    static JsonNode json(Literal values, int i) {
        return values.dtype().isFloating() ? json(values.get(i)) : NODES.numberNode(values.getLong(i));
    }

    /// Numbers as elements of a tensor of that type.
    ///
    /// @param name the field they come from
    static Literal literal(Fields fields, String name, DType dtype, List<JsonNode> values) {
        return switch (dtype) {
            case F64, F32, BF16 ->
                Literal.of(
                        values.stream().mapToDouble(v -> fields.number(name, v)).toArray());
            case I64, I32 -> integers(fields, name, dtype, values);
        };
    }

    private static Literal integers(Fields fields, String name, DType dtype, List<JsonNode> values) {
        long[] integers = new long[values.size()];
        for (int i = 0; i < integers.length; i++) {
            JsonNode value = values.get(i);
            boolean fits = value.isIntegralNumber()
                    && (dtype == DType.I32 ? value.canConvertToInt() : value.canConvertToLong());
            if (!fits) {
                throw fields.mustBe(name, "whole numbers that fit " + dtype.text(), value);
            }
            integers[i] = value.longValue();
        }
        TensorSpec spec = new TensorSpec(DType.I64, Shape.of(integers.length));
        return Literal.copyOf(new HostTensor(spec, MemorySegment.ofArray(integers)));
    }
}
