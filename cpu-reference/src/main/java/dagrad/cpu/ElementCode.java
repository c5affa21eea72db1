package dagrad.cpu;

/// Generated elementwise code: for each `i` from `from` to `to`, element `i` of every result from element `i` of every
/// operand.
interface ElementCode {
    /// @param arrays the operands' arrays (null in place of a scalar), then the results', then those for values between
    ///     loops: `float[]` or `int[]` by type
    /// @param scalars the values of scalar operands, at the operands' numbers
    /// @param bits room for [FloatMath]; only used if `from` is 0
    void run(Object[] arrays, float[] scalars, int from, int to, FloatMath.Bits bits);
}
