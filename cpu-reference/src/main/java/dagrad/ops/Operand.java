package dagrad.ops;

import dagrad.tensor.DType;
import dagrad.tensor.HostTensor;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/// An operand of a sample: its shape, and which numbers it holds. Written short, since tables are made of it.
///
/// @param varies whether the gradient by it is compared with differences (indices and conditions do not vary)
/// @param isWide whether it is f32 where other floating operands are bf16
record Operand(Shape shape, Numbers numbers, boolean varies, boolean isWide) {
    /// What an operand holds.
    sealed interface Numbers {
        /// Of either sign, with sizes from `low` to `high`: away from kinks at 0.
        record Sizes(double low, double high) implements Numbers {}

        /// Uniform between two numbers.
        record Range(double low, double high) implements Numbers {}

        /// All apart from each other, from 0, and from the numbers of other operands by 0.1 at least.
        record Apart() implements Numbers {}

        /// Given, repeated as needed.
        record Given(List<Double> values) implements Numbers {}

        /// Integers from 0 to below a limit.
        record Indices(DType dtype, int limit) implements Numbers {}

        /// Integers given, repeated as needed.
        record Integers(List<Integer> values) implements Numbers {}
    }

    // ---- the vocabulary of the table ------------------------------------------------------------------------------

    /// Floating, away from 0.
    static Operand f(int... dims) {
        return new Operand(Shape.of(dims), new Numbers.Sizes(0.15, 2), true, false);
    }

    /// i32 from 0 to below the limit.
    static Operand i(int limit, int... dims) {
        return new Operand(Shape.of(dims), new Numbers.Indices(DType.I32, limit), false, false);
    }

    /// i64 from 0 to below the limit.
    static Operand l(int limit, int... dims) {
        return new Operand(Shape.of(dims), new Numbers.Indices(DType.I64, limit), false, false);
    }

    /// i32 [n] with those elements.
    static Operand ints(Integer... values) {
        return new Operand(Shape.of(values.length), new Numbers.Integers(List.of(values)), false, false);
    }

    Operand in(double low, double high) {
        return new Operand(shape, new Numbers.Range(low, high), varies, isWide);
    }

    Operand apart() {
        return new Operand(shape, new Numbers.Apart(), varies, isWide);
    }

    Operand holding(Double... values) {
        return new Operand(shape, new Numbers.Given(List.of(values)), varies, isWide);
    }

    /// 0 and 1 in turns, for conditions.
    Operand flags() {
        return holding(1.0, 0.0, 0.0).fixed();
    }

    /// The gradient by it is not compared with differences.
    Operand fixed() {
        return new Operand(shape, numbers, false, isWide);
    }

    /// A statistic, which is f32 where the others are bf16.
    Operand wide() {
        return new Operand(shape, numbers, varies, true);
    }

    // ---- tensors --------------------------------------------------------------------------------------------------

    /// The type and shape, where floating operands are of that type.
    TensorSpec spec(DType given) {
        DType floating = isWide ? given.wide() : given;
        return switch (numbers) {
            case Numbers.Indices indices -> new TensorSpec(indices.dtype(), shape);
            case Numbers.Integers integers -> new TensorSpec(DType.I32, shape);
            case Numbers.Sizes s -> new TensorSpec(floating, shape);
            case Numbers.Range r -> new TensorSpec(floating, shape);
            case Numbers.Apart a -> new TensorSpec(floating, shape);
            case Numbers.Given g -> new TensorSpec(floating, shape);
        };
    }

    /// The numbers, in that type or rounded to it.
    ///
    /// @param position of the operand among the others, which keeps their numbers apart
    HostTensor draw(DType floating, Random random, int position) {
        TensorSpec spec = spec(floating);
        int size = Math.toIntExact(shape.size());
        List<Integer> order = new ArrayList<>(Collections.nCopies(size, 0));
        for (int i = 0; i < size; i++) {
            order.set(i, i);
        }
        Collections.shuffle(order, random);
        double[] values = new double[size];
        for (int i = 0; i < size; i++) {
            values[i] = switch (numbers) {
                case Numbers.Sizes s -> random.nextDouble(s.low(), s.high()) * (random.nextBoolean() ? 1 : -1);
                case Numbers.Range r -> random.nextDouble(r.low(), r.high());
                case Numbers.Apart a -> 0.5 * (order.get(i) - size / 2) + 0.125 * (position + 1);
                case Numbers.Given g -> g.values().get(i % g.values().size());
                case Numbers.Indices n -> random.nextInt(n.limit());
                case Numbers.Integers n -> n.values().get(i % n.values().size());
            };
        }
        return size == 0 ? HostTensor.zeros(spec) : HostTensor.of(spec, values);
    }

    @Override
    public String toString() {
        return spec(DType.F32).toString();
    }
}
