package dagrad.models.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dagrad.io.FormatException;
import dagrad.io.Safetensors;
import dagrad.tensor.HostTensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TableTest {
    @TempDir
    private Path folder;

    @Test
    void columnsOfACsvAreFoundByName() throws IOException {
        Table table = Table.read(Files.writeString(folder.resolve("t.csv"), "a,b,c\n1,2,3\n4,5,6\n"));
        assertThat(table.select(List.of(table.column("c"), table.column("a"))).floats())
                .containsExactly(3, 1, 6, 4);
        assertThatThrownBy(() -> table.column("d"))
                .isInstanceOf(FormatException.class)
                .hasMessageEndingWith("t.csv: there is no column \"d\"; there are a, b, c");
    }

    @Test
    void columnsWithoutNamesAreFoundByNumber() throws IOException {
        Table table = Table.read(Files.writeString(folder.resolve("t.csv"), "1,2\n4,5\n"));
        assertThat(table.column("2")).isEqualTo(1);
        assertThatThrownBy(() -> table.column("3")).hasMessageContaining("there are the numbers 1 to 2");
    }

    @Test
    void tensorsSideBySideAreATable() {
        Map<String, HostTensor> tensors = new LinkedHashMap<>();
        tensors.put("x", HostTensor.of(new float[] {1, 2, 3, 4}, 2, 2));
        tensors.put("y", HostTensor.of(new int[] {7, 8}, 2));
        Path file = folder.resolve("t.safetensors");
        Safetensors.write(file, tensors);
        Table table = Table.read(file);
        assertThat(table.columns()).containsExactly("x.0", "x.1", "y");
        assertThat(table.values().doubles()).containsExactly(1, 2, 7, 3, 4, 8);
    }

    @Test
    void whatIsNoTableIsRefused() {
        Path file = folder.resolve("t.safetensors");
        Safetensors.write(file, Map.of("x", HostTensor.of(new float[] {1, Float.NaN}, 2)));
        assertThatThrownBy(() -> Table.read(file)).hasMessageContaining("row 2 of column x is NaN");
        Map<String, HostTensor> uneven = new LinkedHashMap<>();
        uneven.put("x", HostTensor.of(new float[2], 2));
        uneven.put("y", HostTensor.of(new float[3], 3));
        Safetensors.write(file, uneven);
        assertThatThrownBy(() -> Table.read(file)).hasMessageContaining("equally many rows");
    }

    @Test
    void scalingGivesMeanZeroAndDeviationOne() {
        HostTensor values = HostTensor.of(new float[] {1, 5, 3, 5, 5, 5, 100, 5}, 4, 2);
        Scaling scaling = Scaling.of(List.of("a", "constant"), values, 0, 1, 2);
        float[] scaled = scaling.apply(values).floats();
        assertThat(scaled[0] + scaled[2] + scaled[4]).isZero();
        assertThat(scaled[0] * scaled[0] + scaled[4] * scaled[4]).isCloseTo(3, Offset.offset(1e-6f));
        assertThat(scaled[1]).isZero();
        assertThat(scaling.restore(0, scaled[6])).isCloseTo(100, Offset.offset(1e-5));
    }
}
