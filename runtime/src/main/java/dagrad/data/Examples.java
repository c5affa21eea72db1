package dagrad.data;

import dagrad.tensor.HostTensor;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.function.IntUnaryOperator;

/// A data set, or a part of one: for each of a model's inputs a column, and which of the columns' rows belong to it.
/// Parts share the columns. Immutable, if nobody changes the columns' memory.
public final class Examples {
    private final Map<String, Column> columns;
    private final int size;
    private final IntUnaryOperator rows;

    /// @param rows for each example's number that of its row
    private Examples(Map<String, Column> columns, int size, IntUnaryOperator rows) {
        this.columns = columns;
        this.size = size;
        this.rows = rows;
    }

    /// @param columns by the names of the inputs
    /// @throws IllegalArgumentException if there are none, or they have different numbers of examples, or no examples
    public static Examples of(Map<String, Column> columns) {
        if (columns.isEmpty()) {
            throw new IllegalArgumentException("a data set has at least one column");
        }
        Map<String, Integer> sizes = new LinkedHashMap<>();
        columns.forEach((name, column) -> sizes.put(name, column.size()));
        int size = sizes.values().iterator().next();
        if (sizes.values().stream().anyMatch(other -> other != size)) {
            throw new IllegalArgumentException("the columns have different numbers of examples: " + sizes);
        }
        if (size == 0) {
            throw new IllegalArgumentException("a data set without examples; its columns are " + columns.keySet());
        }
        return new Examples(Collections.unmodifiableMap(new LinkedHashMap<>(columns)), size, row -> row);
    }

    /// The rows of tensors, whose first axis counts the examples. Their memory is shared.
    public static Examples ofTensors(Map<String, HostTensor> tensors) {
        Map<String, Column> columns = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> columns.put(name, Column.of(tensor)));
        return of(columns);
    }

    public int size() {
        return size;
    }

    Map<String, Column> columns() {
        return columns;
    }

    /// The same examples; of the images of one column, each is varied for training. See [Column#augmented].
    ///
    /// @throws IllegalArgumentException if there is no such column, or it has no images
    public Examples augmented(String images, Augmentation how) {
        Column column = columns.get(images);
        if (column == null) {
            throw new IllegalArgumentException("no column \"" + images + "\"; there are " + columns.keySet());
        }
        Map<String, Column> varied = new LinkedHashMap<>(columns);
        varied.put(images, column.augmented(how));
        return new Examples(Collections.unmodifiableMap(varied), size, rows);
    }

    /// Those at the numbers given, in that order.
    ///
    /// @throws IndexOutOfBoundsException if there is no example of a number
    public Examples select(int... numbers) {
        int[] chosen = Arrays.stream(numbers).map(this::row).toArray();
        return new Examples(columns, chosen.length, i -> chosen[i]);
    }

    /// Three parts without common examples ([Parts]); the parts for validation and test may be empty.
    ///
    /// @throws IllegalArgumentException if nothing is left for training
    public Parts<Examples> split(long seed, double validation, double test) {
        Parts<int[]> numbers = Parts.of(size(), seed, validation, test);
        return new Parts<>(select(numbers.training()), select(numbers.validation()), select(numbers.test()));
    }

    /// All examples in order, once for each iterator; the last batch may be smaller. A batch is valid until the next
    /// one is asked for: its memory is used again.
    ///
    /// @throws IllegalArgumentException if the batch is empty
    public Iterable<Map<String, HostTensor>> inOrder(int batch) {
        BatchBuffers.requireBatch(batch);
        return () -> new Iterator<>() {
            private final BatchBuffers buffers = new BatchBuffers(columns, Math.min(batch, size()), size());
            private int next;

            @Override
            public boolean hasNext() {
                return next < size();
            }

            @Override
            public Map<String, HostTensor> next() {
                if (!hasNext()) {
                    throw new NoSuchElementException("all " + size() + " examples are done");
                }
                int from = next;
                next = Math.min(size(), from + batch);
                return buffers.fill(Examples.this::row, from, next);
            }
        };
    }

    /// The same, but no batches at all if there are no examples: for a validation part that may be empty.
    public Iterable<Map<String, HostTensor>> inOrderIfAny(int batch) {
        return size() == 0 ? List.of() : inOrder(batch);
    }

    /// Endless shuffled batches of one size, made ahead of time by a thread: see [Batches].
    ///
    /// @throws IllegalArgumentException if the batch is empty or larger than the data set
    public Batches shuffled(int batch, long seed) {
        return new Batches(this, batch, seed, Batches.Rest.DROPPED, Batches.Position.START);
    }

    /// The number of an example's row in the columns.
    ///
    /// @throws IndexOutOfBoundsException if there is no such example
    int row(int number) {
        return rows.applyAsInt(Objects.checkIndex(number, size));
    }
}
