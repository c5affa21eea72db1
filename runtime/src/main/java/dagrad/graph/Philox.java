package dagrad.graph;

import static dagrad.graph.ShapeException.check;

import dagrad.tensor.DType;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.util.List;

/// Uniform random numbers in [0, 1), f32 with 24 random bits, the same on every device: Philox 4x32-10 (Salmon et
/// al., "Parallel random numbers: as easy as 1, 2, 3", 2011).
///
/// Operands: seed i32[2] (the key's two words) and step i32[] . Element i takes word i mod 4 of the block with the
/// counter
/// (low word of i/4, high word of i/4, step, stream), and is its upper 24 bits times 2^-24.
///
/// @param stream distinguishes the draws of one graph
public record Philox(int stream, Shape shape) implements Primitive {
    @Override
    public int operands() {
        return 2;
    }

    @Override
    public List<TensorSpec> infer(List<TensorSpec> in) {
        check(in.get(0).equals(TensorSpec.i32(2)), name(), "the seed must be i32[2], not %s", in.get(0));
        check(in.get(1).equals(TensorSpec.i32()), name(), "the step must be i32[], not %s", in.get(1));
        return List.of(new TensorSpec(DType.F32, shape));
    }

    @Override
    public Gradient gradient(Rule r) {
        return Gradient.zero(2);
    }
}
