package dagrad.ops;

import static dagrad.graph.ScalarFn.*;
import static dagrad.ops.Operand.f;
import static dagrad.ops.Operand.i;
import static dagrad.ops.Operand.ints;
import static dagrad.ops.Operand.l;
import static dagrad.ops.Row.op;

import dagrad.graph.ScalarFn;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// The rows of the table of scalar functions.
final class ScalarSamples {
    private ScalarSamples() {}

    static List<Row> rows() {
        return Stream.of(ofOne(), ofTwo(), comparisons(), ofThree())
                .flatMap(List::stream)
                .toList();
    }

    private static List<Row> ofOne() {
        return List.of(
                everywhere(NEG, 0).on(i(9, 5)),
                everywhere(ABS, 0).on(ints(-3, 0, 7)),
                everywhere(SIGN, 0).on(ints(-3, 0, 7)),
                everywhere(EXP, 1).extremes(f(6).holding(-104.0, -88.0, 0.0, 1e-9, 88.0, 88.7)),
                everywhere(EXPM1, 1).extremes(f(6).holding(-104.0, -1e-9, 0.0, 1e-9, 1.0, 88.0)),
                positive(LOG, 0)
                        .extremes(f(4).holding(1e-37, 1.0, 1.0000001, 3e38))
                        .rejects("log: not defined on i32; cast to f32", i(3, 2)),
                positive(LOG1P, 0).extremes(f(5).holding(-0.9999, -1e-9, 0.0, 1e-9, 3e38)),
                positive(SQRT, 1).extremes(f(3).holding(1e-37, 1.0, 3e38)),
                positive(RSQRT, 1).extremes(f(3).holding(1e-20, 1.0, 1e30)),
                everywhere(TANH, 1).extremes(f(5).holding(-100.0, -1e-9, 0.0, 9.0, 100.0)),
                everywhere(SIGMOID, 1).extremes(f(5).holding(-100.0, -88.0, 0.0, 17.0, 100.0)),
                everywhere(ERF, 0).golden("erf").extremes(f(6).holding(-10.0, -3.5, 0.0, 1e-9, 5.9, 10.0)),
                everywhere(SIN, 0).extremes(f(4).holding(-1e4, 0.0, 3.14159, 1e4)),
                everywhere(COS, 0).extremes(f(4).holding(-1e4, 0.0, 1.570796, 1e4)),
                row(FLOOR, 0, x -> x.in(2.1, 2.9)).on(f(5).in(-2.9, -2.1)).extremes(f(4).holding(-1e9, -0.5, 0.5, 1e9)),
                everywhere(RELU, 1).on(ints(-3, 0, 7)),
                row(STOP_GRADIENT, 0, Operand::fixed).on(i(9, 5)));
    }

    private static List<Row> ofTwo() {
        return List.of(
                everywhere(ADD, 0)
                        .on(i(9, 5), i(9, 5))
                        .on(l(9, 5), l(9, 5))
                        .rejects("add: shapes differ: f32[2] and f32[3]", f(2), f(3))
                        .rejects("add: types differ: f32[2] and i32[2]; cast one", f(2), i(9, 2)),
                everywhere(SUB, 0).on(i(9, 5), i(9, 5)),
                everywhere(MUL, 0).on(i(9, 5), i(9, 5)),
                row(DIV, 1, x -> x.in(0.3, 2))
                        .on(f(5), f(5).in(-2, -0.5))
                        .extremes(f(4).holding(1e-30, 1.0, 1e30, -1.0), f(4).holding(1.0, 1e-18, 1e18, 3.0)),
                op(POW).saves(1)
                        .on(f(5, 7).in(0.3, 2), f(5, 7))
                        .on(f(5).in(0.3, 2), f(5).holding(2.0))
                        .on(f(5), f(5).holding(3.0, 2.0, 1.0, 4.0).fixed())
                        .edges(n -> List.of(f(n).in(0.5, 2), f(n))),
                row(MAX, 0, Operand::apart).on(i(9, 5), i(9, 5)),
                row(MIN, 0, Operand::apart).on(i(9, 5), i(9, 5)),
                op(MOD).saves(0)
                        .on(f(5, 7).in(2.3, 2.6), f(5, 7).in(1, 1.1))
                        .on(f(5).in(-2.6, -2.3), f(5).in(1, 1.1))
                        .on(f(5).in(2.3, 2.6), f(5).in(-1.1, -1))
                        .on(ints(-7, 7, 5, 0), ints(4, 4, -3, 3))
                        .edges(n -> List.of(f(n).in(2.3, 2.6), f(n).in(1, 1.1))));
    }

    private static List<Row> comparisons() {
        return Stream.of(EQ, NE, LT, LE)
                .map(fn -> row(fn, 0, Operand::apart)
                        .on(i(3, 20), i(3, 20))
                        .on(
                                f(8).holding(0.0, 1.0, -1.0, 2.5).fixed(),
                                f(8).holding(0.0, -1.0).fixed()))
                .toList();
    }

    private static List<Row> ofThree() {
        return List.of(
                op(SELECT)
                        .saves(0)
                        .on(f(5, 7).flags(), f(5, 7), f(5, 7))
                        .on(i(2, 9), i(9, 9), i(9, 9))
                        .edges(n -> List.of(f(n).flags(), f(n), f(n))),
                op(CLIP).saves(0)
                        .on(
                                f(5, 7),
                                f(5, 7).in(-1, -0.5).fixed(),
                                f(5, 7).in(0.5, 1).fixed())
                        .on(f(9).apart(), f(9).apart(), f(9).apart())
                        .on(i(9, 9), i(3, 9), i(7, 9))
                        .edges(n -> List.of(
                                f(n).apart(),
                                f(n).holding(-1.6).fixed(),
                                f(n).holding(1.6).fixed())));
    }

    private static Row everywhere(ScalarFn fn, int saves) {
        return row(fn, saves, x -> x);
    }

    private static Row positive(ScalarFn fn, int saves) {
        return row(fn, saves, x -> x.in(0.3, 2));
    }

    /// On a matrix, a scalar, no element at all, and the edge sizes.
    private static Row row(ScalarFn fn, int saves, UnaryOperator<Operand> numbers) {
        return op(fn).saves(saves)
                .on(operands(fn, numbers, 5, 7).toArray(Operand[]::new))
                .on(operands(fn, numbers).toArray(Operand[]::new))
                .on(operands(fn, numbers, 3, 0).toArray(Operand[]::new))
                .edges(n -> operands(fn, numbers, n));
    }

    private static List<Operand> operands(ScalarFn fn, UnaryOperator<Operand> numbers, int... dims) {
        return IntStream.range(0, fn.arity())
                .mapToObj(_ -> numbers.apply(f(dims)))
                .toList();
    }
}
