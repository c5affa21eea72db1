package dagrad.random;

import dagrad.tensor.Shape;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/// Random small graphs for jqwik. A failing one shrinks to few steps on few small parameters.
public final class RandomGraphs {
    private static final List<Shape> SHAPES = List.of(
            Shape.of(3),
            Shape.of(2, 3),
            Shape.SCALAR,
            Shape.of(4, 3),
            Shape.of(3, 1),
            Shape.of(2, 4, 3),
            Shape.of(1, 5));

    private RandomGraphs() {}

    /// Of all operations.
    public static Arbitrary<Program> any() {
        return programs(List.of(Operation.values()));
    }

    /// Of operations without kinks.
    public static Arbitrary<Program> smooth() {
        return programs(
                Arrays.stream(Operation.values()).filter(Operation::isSmooth).toList());
    }

    private static Arbitrary<Program> programs(List<Operation> operations) {
        Arbitrary<Integer> operand = Arbitraries.integers().between(0, 11);
        Arbitrary<Program.Step> step = Combinators.combine(
                        Arbitraries.of(operations),
                        operand,
                        operand,
                        Arbitraries.integers().between(0, 5))
                .as(Program.Step::new);
        return Combinators.combine(
                        Arbitraries.of(SHAPES).list().ofMinSize(1).ofMaxSize(3),
                        step.list().ofMinSize(1).ofMaxSize(10),
                        Arbitraries.longs().between(0, 1000))
                .as(Program::new);
    }
}
