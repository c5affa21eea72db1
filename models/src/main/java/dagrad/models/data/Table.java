package dagrad.models.data;

import dagrad.data.Csv;
import dagrad.data.Npy;
import dagrad.io.FormatException;
import dagrad.io.Safetensors;
import dagrad.tensor.DType;
import dagrad.tensor.HostTensor;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Columns of numbers with names, a row for each example.
///
/// @param source what messages call it: the file's name
/// @param columns their names; empty if they have none
/// @param values f64 `[rows, columns]`
public record Table(String source, List<String> columns, HostTensor values) {
    public Table {
        columns = List.copyOf(columns);
    }

    /// Reads a file by the end of its name: `.npy` `[rows, columns]`, without names; `.safetensors`, each tensor
    /// `[rows]` a column and each `[rows, n]` n of them, in the order of their names; all else is CSV.
    ///
    /// @throws dagrad.io.FileException if it cannot be read
    /// @throws FormatException if it is damaged, holds no table, or a number that is not finite
    public static Table read(Path file) {
        String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
        if (name.endsWith(".npy")) {
            return ofTensor(file.toString(), Npy.read(file));
        }
        if (name.endsWith(".safetensors")) {
            return ofTensors(file.toString(), Safetensors.read(file));
        }
        Csv csv = Csv.read(file);
        return new Table(file.toString(), csv.columns(), csv.values());
    }

    private static Table ofTensor(String source, HostTensor tensor) {
        if (tensor.shape().rank() != 2) {
            throw new FormatException(source + ": it holds " + tensor.spec() + ", and a table has two axes");
        }
        return finite(new Table(source, List.of(), tensor.cast(DType.F64)));
    }

    private static Table ofTensors(String source, Map<String, HostTensor> tensors) {
        List<String> columns = new ArrayList<>();
        int rows = -1;
        for (Map.Entry<String, HostTensor> each : tensors.entrySet()) {
            Shape shape = each.getValue().shape();
            if (shape.rank() < 1 || shape.rank() > 2 || rows >= 0 && shape.dim(0) != rows) {
                throw new FormatException(source + ": \"" + each.getKey() + "\" is "
                        + each.getValue().spec()
                        + ", and all tensors of a table are [rows] or [rows, columns] with equally many rows");
            }
            rows = shape.dim(0);
            for (int i = 0; i < width(shape); i++) {
                columns.add(shape.rank() == 1 ? each.getKey() : each.getKey() + "." + i);
            }
        }
        HostTensor values = HostTensor.zeros(new TensorSpec(DType.F64, Shape.of(Math.max(rows, 0), columns.size())));
        int first = 0;
        for (HostTensor tensor : tensors.values()) {
            int width = width(tensor.shape());
            for (int row = 0; row < rows; row++) {
                for (int i = 0; i < width; i++) {
                    values.set((long) row * columns.size() + first + i, tensor.get((long) row * width + i));
                }
            }
            first += width;
        }
        return finite(new Table(source, columns, values));
    }

    private static int width(Shape shape) {
        return shape.rank() == 1 ? 1 : shape.dim(1);
    }

    private static Table finite(Table table) {
        if (table.values.size() == 0) {
            throw new FormatException(table.source + ": it has no numbers");
        }
        for (long i = 0; i < table.values.size(); i++) {
            if (!Double.isFinite(table.values.get(i))) {
                throw new FormatException(table.source + ": row " + (1 + i / table.width()) + " of column "
                        + table.name((int) (i % table.width())) + " is " + table.values.get(i) + "; remove such rows");
            }
        }
        return table;
    }

    public int rows() {
        return values.shape().dim(0);
    }

    public int width() {
        return values.shape().dim(1);
    }

    /// A column's name, or its number from 1 if it has none.
    public String name(int column) {
        return columns.isEmpty() ? String.valueOf(column + 1) : columns.get(column);
    }

    /// Where a column is, by its name or, if the columns have none, by its number from 1.
    ///
    /// @throws FormatException if there is no such column
    public int column(String name) {
        for (int i = 0; i < width(); i++) {
            if (name(i).equals(name)) {
                return i;
            }
        }
        throw new FormatException(source + ": there is no column " + FormatException.quoted(name) + "; there are "
                + (columns.isEmpty() ? "the numbers 1 to " + width() : String.join(", ", columns)));
    }

    /// Some columns.
    ///
    /// @return f32 `[rows, places.size()]`
    public HostTensor select(List<Integer> places) {
        HostTensor result = HostTensor.zeros(TensorSpec.f32(rows(), places.size()));
        for (int row = 0; row < rows(); row++) {
            for (int i = 0; i < places.size(); i++) {
                result.set((long) row * places.size() + i, values.get((long) row * width() + places.get(i)));
            }
        }
        return result;
    }
}
