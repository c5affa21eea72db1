package dagrad.nvcc;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/// What the shipped kernels say of themselves.
@EnabledIf(
        value = "dagrad.nvcc.ShippedKernel#canBeRead",
        disabledReason = "no g++, whose preprocessor reads the kernels")
class ShippedKernelTest {
    /// `-Dtest=NvccTest -Dnvcc.record` writes the table anew.
    @Test
    void theTableListsThem() throws IOException {
        assertThat(KernelTable.listed())
                .containsExactlyElementsOf(ShippedKernel.all().stream()
                        .map(kernel -> KernelTable.label(kernel.name(), kernel.hot()))
                        .toList());
    }

    /// A mark stands before a kernel, or it marks nothing.
    @Test
    void everyMarkMarks() {
        assertThat(ShippedKernel.marks())
                .isPositive()
                .isLessThanOrEqualTo(
                        ShippedKernel.all().stream().filter(ShippedKernel::hot).count());
    }

    @Test
    void namesAreUnique() {
        assertThat(ShippedKernel.all()).extracting(ShippedKernel::name).doesNotHaveDuplicates();
    }
}
