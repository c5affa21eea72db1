package dagrad.data;

import static dagrad.io.FormatException.quoted;

import dagrad.io.FileException;
import dagrad.io.FormatException;
import dagrad.tensor.DType;
import dagrad.tensor.HostTensor;
import dagrad.tensor.TensorSpec;
import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import de.siegmar.fastcsv.reader.FieldMismatchStrategy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.regex.Pattern;

/// A table of numbers from a text file: RFC 4180 in UTF-8, with any separator. Fields may be quoted, empty lines are
/// passed over.
///
/// @param columns the names in the header; empty if there is none
/// @param values f64 `[rows, columns]`
public record Csv(List<String> columns, HostTensor values) {
    public Csv {
        columns = List.copyOf(columns);
    }

    /// Whether the first line names the columns.
    public enum Header {
        /// It does if none of its fields is a number.
        DETECTED,
        PRESENT,
        ABSENT
    }

    /// How a file is read: `Csv.Format.STANDARD.separatedBy(';')`.
    ///
    /// @param missingAllowed whether empty fields, `NA` and `NaN` are read as NaN; an error if not
    public record Format(char separator, Header header, boolean missingAllowed) {
        /// By commas, with or without a header, and all fields numbers.
        public static final Format STANDARD = new Format(',', Header.DETECTED, false);

        /// @throws IllegalArgumentException if the separator is a quotation mark or ends a line
        public Format {
            if (separator == '"' || separator == '\n' || separator == '\r') {
                throw new IllegalArgumentException("fields cannot be separated by quotation marks or ends of lines");
            }
        }

        public Format separatedBy(char other) {
            return new Format(other, header, missingAllowed);
        }

        public Format with(Header other) {
            return new Format(separator, other, missingAllowed);
        }

        public Format allowingMissing() {
            return new Format(separator, header, true);
        }
    }

    /// Reads a file in the standard format.
    ///
    /// @throws FileException if the file cannot be read
    /// @throws FormatException naming line and column if a field is no finite number, or a line has another number of
    ///     fields than the one before
    public static Csv read(Path file) {
        return read(file, Format.STANDARD);
    }

    public static Csv read(Path file, Format format) {
        try (CsvReader<CsvRecord> reader = CsvReader.builder()
                .fieldSeparator(format.separator())
                .detectBomHeader(true)
                .trimWhitespacesAroundQuotes(true)
                .allowUnclosedQuote(false)
                .extraFieldStrategy(FieldMismatchStrategy.IGNORE) // they are told of with their line, in [Rows#add]
                .missingFieldStrategy(FieldMismatchStrategy.IGNORE)
                .ofCsvRecord(file)) {
            return new Rows(file, format).read(reader.iterator());
        } catch (CsvParseException e) {
            Throwable said = e.getCause() == null ? e : e.getCause();
            throw new FormatException(file + ": " + said.getMessage(), e);
        } catch (UncheckedIOException e) {
            throw FileException.reading(file, e.getCause());
        } catch (IOException e) {
            throw FileException.reading(file, e);
        }
    }

    public int rows() {
        return values.shape().dim(0);
    }

    /// Some of the columns, in the order asked for.
    ///
    /// @return `[rows, names.length]`
    /// @throws FormatException if there is no such column
    public HostTensor select(DType dtype, String... names) {
        int[] places = Arrays.stream(names).mapToInt(this::place).toArray();
        HostTensor result =
                HostTensor.zeros(new TensorSpec(dtype, values.shape().with(1, places.length)));
        int width = values.shape().dim(1);
        for (int row = 0; row < rows(); row++) {
            for (int i = 0; i < places.length; i++) {
                result.set((long) row * places.length + i, values.get((long) row * width + places[i]));
            }
        }
        return result;
    }

    private int place(String name) {
        int place = columns.indexOf(name);
        if (place < 0) {
            throw new FormatException("there is no column " + quoted(name) + "; there are "
                    + (columns.isEmpty() ? "no names, for the file has no header" : columns));
        }
        return place;
    }

    /// The rows read so far.
    private static final class Rows {
        /// Java also takes hexadecimal numbers, suffixes and spaces for numbers.
        private static final Pattern NUMBER = Pattern.compile("[-+]?[0-9.]++([eE][-+]?[0-9]++)?+");

        private static final Pattern MISSING = Pattern.compile("|NA|NaN", Pattern.CASE_INSENSITIVE);

        private final Path file;
        private final Format format;
        private List<String> columns = List.of();
        private int width;
        private double[] values = new double[1024];
        private int size;

        Rows(Path file, Format format) {
            this.file = file;
            this.format = format;
        }

        Csv read(Iterator<CsvRecord> records) {
            if (!records.hasNext()) {
                throw new FormatException(file + ": it is empty");
            }
            CsvRecord first = records.next();
            width = first.getFieldCount();
            if (isHeader(first)) {
                columns = first.getFields().stream().map(String::strip).toList();
            } else {
                add(first);
            }
            records.forEachRemaining(this::add);
            if (size == 0) {
                throw new FormatException(file + ": it has a header, but no rows of numbers");
            }
            return new Csv(columns, HostTensor.of(Arrays.copyOf(values, size), size / width, width));
        }

        private boolean isHeader(CsvRecord first) {
            return switch (format.header()) {
                case PRESENT -> true;
                case ABSENT -> false;
                case DETECTED -> first.getFields().stream().map(String::strip).noneMatch(Rows::isNumberOrMissing);
            };
        }

        private static boolean isNumberOrMissing(String field) {
            return NUMBER.matcher(field).matches() || MISSING.matcher(field).matches();
        }

        private void add(CsvRecord row) {
            if (row.getFieldCount() != width) {
                throw new FormatException(file + ": line " + row.getStartingLineNumber() + ": it has "
                        + row.getFieldCount() + " fields, and the first line has " + width);
            }
            if (size + width > values.length) {
                grow();
            }
            for (int column = 0; column < width; column++) {
                values[size++] = number(row, column);
            }
        }

        private void grow() {
            long capacity = Math.min(2L * values.length + width, Integer.MAX_VALUE - 8);
            if (size + width > capacity) {
                throw new FormatException(
                        file + ": it has more than " + size + " numbers; split it into several files");
            }
            values = Arrays.copyOf(values, (int) capacity);
        }

        private double number(CsvRecord row, int column) {
            String field = row.getField(column).strip();
            if (MISSING.matcher(field).matches()) {
                if (format.missingAllowed()) {
                    return Double.NaN;
                }
                throw new FormatException(place(row, column) + (field.isEmpty() ? "it is empty" : quoted(field))
                        + ", and a number is needed: remove the row, or allow missing numbers");
            }
            double number;
            try {
                number = NUMBER.matcher(field).matches() ? Double.parseDouble(field) : Double.NaN;
            } catch (NumberFormatException e) {
                number = Double.NaN;
            }
            if (!Double.isFinite(number)) {
                throw new FormatException(place(row, column)
                        + quoted(field)
                        + (Double.isNaN(number) ? " is no number" : " is beyond the largest number")
                        + (size <= width && columns.isEmpty() && format.header() == Header.DETECTED
                                ? "; if this line names the columns, say that there is a header"
                                : ""));
            }
            return number;
        }

        private String place(CsvRecord row, int column) {
            String name = columns.isEmpty() ? "" : " (" + quoted(columns.get(column)) + ")";
            return file + ": line " + row.getStartingLineNumber() + ", column " + (column + 1) + name + ": ";
        }
    }
}
