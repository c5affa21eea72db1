package dagrad.data;

import dagrad.tensor.HostTensor;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.IntUnaryOperator;

/// The memory of one batch, filled again and again: as a whole, or, for the last batch of a data set, in its first
/// part.
final class BatchBuffers {
    private final Map<String, Column> columns;
    private final int batch;
    private final int[] numbers;
    private final Map<String, HostTensor> whole;
    private final Map<String, HostTensor> rest;

    /// @param size examples in the data set, whose remainder the last batch has
    BatchBuffers(Map<String, Column> columns, int batch, int size) {
        this.columns = columns;
        this.batch = batch;
        this.numbers = new int[batch];
        Map<String, HostTensor> tensors = new LinkedHashMap<>();
        columns.forEach((name, column) -> tensors.put(name, HostTensor.zeros(spec(column, batch))));
        Map<String, HostTensor> parts = new LinkedHashMap<>();
        if (batch > 0) {
            columns.forEach((name, column) -> {
                TensorSpec part = spec(column, size % batch);
                parts.put(name, new HostTensor(part, tensors.get(name).data().asSlice(0, part.bytes())));
            });
        }
        this.whole = Collections.unmodifiableMap(tensors);
        this.rest = Collections.unmodifiableMap(parts);
    }

    static void requireBatch(int batch) {
        if (batch < 1) {
            throw new IllegalArgumentException("a batch has at least 1 example, not " + batch);
        }
    }

    private static TensorSpec spec(Column column, int examples) {
        TensorSpec example = column.example();
        return example.withShape(Shape.of(examples).concat(example.shape()));
    }

    /// @param rows for each place the number of a row in the columns; the places from `from` to `to` (exclusive) are
    ///     meant, which must be a batch or the remainder
    Map<String, HostTensor> fill(IntUnaryOperator rows, int from, int to) {
        number(rows, from, to);
        Map<String, HostTensor> tensors = tensors(to - from);
        columns.forEach((name, column) -> column.gather(numbers, 0, to - from, tensors.get(name)));
        return tensors;
    }

    /// The same with what varies from epoch to epoch.
    ///
    /// @param chance as columns take it
    Map<String, HostTensor> fill(IntUnaryOperator rows, int from, int to, long chance) {
        number(rows, from, to);
        Map<String, HostTensor> tensors = tensors(to - from);
        columns.forEach((name, column) -> column.gather(numbers, 0, to - from, tensors.get(name), chance));
        return tensors;
    }

    private void number(IntUnaryOperator rows, int from, int to) {
        for (int place = from; place < to; place++) {
            numbers[place - from] = rows.applyAsInt(place);
        }
    }

    private Map<String, HostTensor> tensors(int examples) {
        return examples == batch ? whole : rest;
    }
}
