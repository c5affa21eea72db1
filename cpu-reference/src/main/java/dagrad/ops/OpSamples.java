package dagrad.ops;

import dagrad.graph.Graph;
import dagrad.tensor.DType;
import java.util.List;
import java.util.stream.Stream;

/// The one table: a row for each operation, and for each word of the builder's vocabulary that is more than a single
/// operation. What a row says is tested on the interpreter (`OpMatrixTest`), and on devices by [OpCheck].
public final class OpSamples {
    private OpSamples() {}

    static List<Row> rows() {
        return Stream.of(
                        ScalarSamples.rows(),
                        PrimitiveSamples.rows(),
                        CompositeSamples.rows(),
                        ActivationSamples.rows(),
                        NetworkSamples.rows(),
                        ImageSamples.rows())
                .flatMap(List::stream)
                .toList();
    }

    /// All samples of all rows.
    static Stream<Sample> samples() {
        return rows().stream().flatMap(row -> row.samples().stream());
    }

    /// The graphs of all samples, with their gradients.
    public static Stream<Graph> graphs(DType floating) {
        return samples().map(sample -> sample.withGradients(floating));
    }
}
