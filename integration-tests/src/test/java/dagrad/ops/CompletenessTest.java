package dagrad.ops;

import static org.assertj.core.api.Assertions.assertThat;

import dagrad.graph.Composite;
import dagrad.graph.Input;
import dagrad.graph.Op;
import dagrad.graph.Pointwise;
import dagrad.graph.Primitive;
import dagrad.graph.ScalarFn;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// No operation is without a row. Sealed types know their members, so nothing has to be listed here.
class CompletenessTest {
    private static final List<Op> SAMPLED =
            OpSamples.samples().map(Sample::op).flatMap(Optional::stream).toList();

    @ParameterizedTest
    @ValueSource(classes = {Primitive.class, Composite.class})
    void everyOperationIsSampled(Class<?> kind) {
        // Every sample begins with inputs: they need no row.
        assertThat(Arrays.stream(kind.getPermittedSubclasses()).filter(op -> op != Input.class))
                .isNotEmpty()
                .allSatisfy(op -> assertThat(SAMPLED).hasAtLeastOneElementOfType(op));
    }

    @ParameterizedTest
    @EnumSource
    void everyScalarFunctionIsSampled(ScalarFn fn) {
        assertThat(SAMPLED).contains(new Pointwise(fn));
    }

    @Test
    void samplesHaveNamesOfTheirOwn() {
        assertThat(OpSamples.samples().filter(s -> s.op().isEmpty()).map(Sample::toString))
                .doesNotHaveDuplicates();
    }
}
