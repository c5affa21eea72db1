package dagrad.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dagrad.data.Csv.Format;
import dagrad.data.Csv.Header;
import dagrad.io.FileException;
import dagrad.io.FormatException;
import dagrad.tensor.DType;
import dagrad.tensor.TensorSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class CsvTest {
    @TempDir
    private Path folder = Path.of("");

    private Csv read(String text, Format format) throws IOException {
        return Csv.read(Files.writeString(folder.resolve("a.csv"), text), format);
    }

    private Csv read(String text) throws IOException {
        return read(text, Format.STANDARD);
    }

    @Test
    void numbersWithoutAHeader() throws IOException {
        Csv csv = read("1,2.5,-3e-2\n+4,.5,6.\n");
        assertThat(csv.columns()).isEmpty();
        assertThat(csv.values().spec()).isEqualTo(TensorSpec.f64(2, 3));
        assertThat(csv.values().doubles()).containsExactly(1, 2.5, -0.03, 4, 0.5, 6);
    }

    @Test
    void aHeaderQuotesSpacesEmptyLinesAndWindowsEnds() throws IOException {
        Csv csv = read("\uFEFFheight, \"the \"\"width\"\",\r\nin m\"\r\n\r\n 1 ,\"2\"\r\n3,4");
        assertThat(csv.columns()).containsExactly("height", "the \"width\",\r\nin m");
        assertThat(csv.values().doubles()).containsExactly(1, 2, 3, 4);
    }

    @Test
    void columnsAreSelectedByName() throws IOException {
        Csv csv = read("a,b,c\n1,2,3\n4,5,6\n");
        assertThat(csv.select(DType.F32, "c", "a").spec()).isEqualTo(TensorSpec.f32(2, 2));
        assertThat(csv.select(DType.F32, "c", "a").floats()).containsExactly(3, 1, 6, 4);
        assertThat(csv.select(DType.I32, "b").ints()).containsExactly(2, 5);
        assertThatThrownBy(() -> csv.select(DType.F32, "d"))
                .isInstanceOf(FormatException.class)
                .hasMessage("there is no column \"d\"; there are [a, b, c]");
    }

    @Test
    void otherFormats() throws IOException {
        assertThat(read("1;2\n", Format.STANDARD.separatedBy(';')).values().doubles())
                .containsExactly(1, 2);
        Csv years = read("country,1990\n1,2\n", Format.STANDARD.with(Header.PRESENT));
        assertThat(years.columns()).containsExactly("country", "1990");
        assertThat(years.values().doubles()).containsExactly(1, 2);
        assertThat(read("1,\nNA,NaN\n", Format.STANDARD.allowingMissing())
                        .values()
                        .doubles())
                .containsExactly(1, Double.NaN, Double.NaN, Double.NaN);
        assertThatThrownBy(() -> Format.STANDARD.separatedBy('"')).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void manyRows() throws IOException {
        StringBuilder text = new StringBuilder("x,y\n");
        for (int i = 0; i < 5000; i++) {
            text.append(i).append(',').append(-i).append('\n');
        }
        Csv csv = read(text.toString());
        assertThat(csv.rows()).isEqualTo(5000);
        assertThat(csv.values().get(2 * 4321)).isEqualTo(4321);
        assertThat(csv.values().get(2 * 4321 + 1)).isEqualTo(-4321);
    }

    static Stream<Arguments> damaged() {
        String remedy = "; if this line names the columns, say that there is a header";
        String missing = ", and a number is needed: remove the row, or allow missing numbers";
        return Stream.of(
                Arguments.of("", "it is empty"),
                Arguments.of("\n\n", "it is empty"),
                Arguments.of("a,b\n", "it has a header, but no rows of numbers"),
                Arguments.of("1,2\n3,4\n\n5\n", "line 4: it has 1 fields, and the first line has 2"),
                Arguments.of("1,2\n3,4,5\n", "line 2: it has 3 fields, and the first line has 2"),
                Arguments.of("1,2\n3,four\n", "line 2, column 2: \"four\" is no number"),
                Arguments.of("x,y\n3,\n", "line 2, column 2 (\"y\"): it is empty" + missing),
                Arguments.of("x,y\n3,nan\n", "line 2, column 2 (\"y\"): \"nan\"" + missing),
                Arguments.of("1,2\ninf,4\n", "line 2, column 1: \"inf\" is no number"),
                Arguments.of("1,2\n1e999,4\n", "line 2, column 1: \"1e999\" is beyond the largest number"),
                Arguments.of("1,2\n0x10,4\n", "line 2, column 1: \"0x10\" is no number"),
                Arguments.of("1,2\n3,4f\n", "line 2, column 2: \"4f\" is no number"),
                Arguments.of("1,2\n3,1.2.3\n", "line 2, column 2: \"1.2.3\" is no number"),
                Arguments.of("1,2\n3,.\n", "line 2, column 2: \".\" is no number"),
                Arguments.of("1,2\n3,\"x\ny\u202E\"\n", "line 2, column 2: \"x y \" is no number"),
                Arguments.of("country,1990\n1,2\n", "line 1, column 1: \"country\" is no number" + remedy),
                Arguments.of("1990,country\n1,2\n", "line 1, column 2: \"country\" is no number" + remedy));
    }

    @ParameterizedTest
    @MethodSource
    void damaged(String text, String message) {
        assertThatThrownBy(() -> read(text))
                .isInstanceOf(FormatException.class)
                .hasMessage(folder.resolve("a.csv") + ": " + message);
    }

    @Test
    void quotesThatDoNotMatchAreNamedWithTheirLine() {
        assertThatThrownBy(() -> read("1,2\n3,\"4\"5\n"))
                .isInstanceOf(FormatException.class)
                .hasMessageContaining("line 2");
        assertThatThrownBy(() -> read("1,2\n3,\"4\n"))
                .isInstanceOf(FormatException.class)
                .hasMessageContaining("line 2");
    }

    @Test
    void aFileThatIsNotThereIsNamed() {
        assertThatThrownBy(() -> Csv.read(folder.resolve("none")))
                .isInstanceOf(FileException.class)
                .hasMessageStartingWith("cannot read " + folder.resolve("none") + ": there is no ");
        assertThatThrownBy(() -> Csv.read(folder)).isInstanceOf(FileException.class);
    }
}
