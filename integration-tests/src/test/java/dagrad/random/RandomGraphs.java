package dagrad.random;

import dagrad.tensor.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
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

    /// One without kinks, by other dice: for tests that run many at once, where nothing can shrink.
    public static Program smooth(Random random) {
        List<Operation> operations =
                Arrays.stream(Operation.values()).filter(Operation::isSmooth).toList();
        List<Shape> shapes = random.ints(1 + random.nextInt(3), 0, SHAPES.size())
                .mapToObj(SHAPES::get)
                .toList();
        List<Program.Step> steps = IntStream.rangeClosed(0, random.nextInt(10))
                .mapToObj(_ -> new Program.Step(
                        operations.get(random.nextInt(operations.size())),
                        random.nextInt(12),
                        random.nextInt(12),
                        random.nextInt(6)))
                .toList();
        return new Program(shapes, steps, random.nextInt(1000));
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
