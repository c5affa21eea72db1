package dagrad.ops;

import dagrad.backend.Backend;
import dagrad.backend.DeviceException;
import dagrad.reference.GraphInterpreter;
import dagrad.tensor.DType;
import dagrad.tensor.HostTensor;
import dagrad.train.Evaluator;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// All samples of an operation on a device, forward and with the gradient of every operand, compared with the float64
/// reference that rounds where the graph says so ([Tolerance#sameRoundings]).
///
/// @param name the operation's
/// @param figures by the type of the operands; empty if the device computed nothing
/// @param wrong a sentence for each result that is too far off, or for what kept the device from computing any
public record OpCheck(String name, Map<DType, Figures> figures, List<String> wrong) {
    /// In which types floating operands are drawn.
    public static final List<DType> TYPES = List.of(DType.F32, DType.BF16);

    /// What was compared.
    ///
    /// @param samples operations on given operands
    /// @param results their outputs, and gradients
    /// @param worst the largest deviation of a result, in units of what it may be off by; above 1 it is wrong
    /// @param where that was; empty where nothing deviates
    public record Figures(int samples, int results, double worst, String where) {
        public static final Figures NONE = new Figures(0, 0, 0, "");

        /// Those of both.
        public Figures plus(Figures other) {
            boolean larger = other.worst > worst;
            return new Figures(
                    samples + other.samples,
                    results + other.results,
                    larger ? other.worst : worst,
                    larger ? other.where : where);
        }
    }

    public OpCheck {
        figures = Map.copyOf(figures);
        wrong = List.copyOf(wrong);
    }

    /// The operations of the table, by name.
    public static List<String> names() {
        return sampled().map(Row::toString).distinct().toList();
    }

    /// Checks operations.
    ///
    /// @param names of operations; all, if there is none
    /// @param each gets what came out of a row of the table when it is done; an operation may have several
    /// @throws IllegalArgumentException if an operation is not in the table
    public static List<OpCheck> run(Backend device, List<String> names, Consumer<OpCheck> each) {
        List<String> all = names();
        names.stream().filter(name -> !all.contains(name)).findFirst().ifPresent(name -> {
            throw new IllegalArgumentException(
                    "there is no operation \"" + name + "\"; there are " + String.join("; ", all));
        });
        List<OpCheck> checks = new ArrayList<>();
        for (Row row : sampled().toList()) {
            if (names.isEmpty() || names.contains(row.toString())) {
                checks.add(of(device, row));
                each.accept(checks.getLast());
            }
        }
        return List.copyOf(checks);
    }

    private static Stream<Row> sampled() {
        return OpSamples.rows().stream().filter(row -> !row.samples().isEmpty());
    }

    /// The samples are one plan, as a device's compiler takes longer to start than to compile them.
    private static OpCheck of(Backend device, Row row) {
        Map<DType, List<Together.Part>> parts = new EnumMap<>(DType.class);
        TYPES.forEach(dtype -> parts.put(dtype, row.parts(dtype)));
        Together together =
                new Together(parts.values().stream().flatMap(List::stream).toList());
        Map<DType, Figures> figures = new EnumMap<>(DType.class);
        List<String> wrong = new ArrayList<>();
        try {
            Map<String, HostTensor> actual = Evaluator.once(device, together.graph(), together.inputs());
            parts.forEach((dtype, list) -> figures.put(
                    dtype,
                    list.stream()
                            .map(part -> compare(part, part.outputsOf(actual), wrong))
                            .reduce(new Figures(row.samples(dtype).size(), 0, 0, ""), Figures::plus)));
        } catch (DeviceException e) {
            wrong.add(row + ": " + e.getMessage());
        }
        return new OpCheck(row.toString(), figures, wrong);
    }

    private static Figures compare(Together.Part part, Map<String, HostTensor> actual, List<String> wrong) {
        Map<String, HostTensor> expected =
                GraphInterpreter.rounded().evaluate(part.graph(), part.inputs()).outputs();
        Tolerance tolerance = Tolerance.sameRoundings(part.graph());
        Figures figures = Figures.NONE;
        for (Map.Entry<String, HostTensor> result : expected.entrySet()) {
            HostTensor computed = actual.get(result.getKey());
            String where = part.name() + " " + result.getKey();
            figures = figures.plus(new Figures(0, 1, tolerance.worst(result.getValue(), computed), where));
            tolerance.mismatch(where, result.getValue(), computed).ifPresent(wrong::add);
        }
        return figures;
    }
}
