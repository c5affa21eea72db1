package dagrad.ops;

import dagrad.graph.GraphBuilder;
import dagrad.graph.Op;
import dagrad.graph.Pointwise;
import dagrad.graph.ScalarFn;
import dagrad.graph.Value;
import dagrad.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.IntFunction;

/// A row of the table: an operation with all that is said of it. Filled by its own methods, read by the matrix.
final class Row {
    /// Around the width of a warp, and around the size of a block: where loops over tiles go wrong.
    private static final int[] EDGES = {1, 31, 32, 33, 1023, 1025};

    /// Operands that the operation must refuse, and what it says.
    record Refusal(String name, Sample.Body body, List<Operand> operands, String message) {
        @Override
        public String toString() {
            return name + ": " + message;
        }
    }

    /// Recorded numbers that the operation must give.
    record Recorded(String file, Sample.Body body) {
        @Override
        public String toString() {
            return file;
        }
    }

    private final String name;
    private final Optional<Op> op;
    private final Sample.Body body;
    private final List<Sample> samples = new ArrayList<>();
    private final List<Refusal> refusals = new ArrayList<>();
    private final List<Recorded> recorded = new ArrayList<>();
    private Optional<Integer> saves = Optional.empty();

    private Row(String name, Optional<Op> op, Sample.Body body) {
        this.name = name;
        this.op = op;
        this.body = body;
    }

    // ---- the vocabulary of the table ------------------------------------------------------------------------------

    static Row op(ScalarFn fn) {
        return op(new Pointwise(fn));
    }

    static Row op(Op op) {
        return new Row(op.name(), Optional.of(op), (g, in) -> g.applyAll(op, in));
    }

    /// A word of the builder's vocabulary, which lowers it to operations.
    static Row sugar(String name, BiFunction<GraphBuilder, List<Value>, Value> body) {
        return new Row(name, Optional.empty(), (g, in) -> List.of(body.apply(g, in)));
    }

    /// The same for a word that gives several values.
    static Row sugarAll(String name, Sample.Body body) {
        return new Row(name, Optional.empty(), body);
    }

    /// Sampled on these operands.
    Row on(Operand... operands) {
        samples.add(new Sample(name, op, body, List.of(operands), saves, false));
        return this;
    }

    /// Sampled on operands of each edge size.
    Row edges(IntFunction<List<Operand>> operands) {
        for (int size : EDGES) {
            on(operands.apply(size).toArray(Operand[]::new));
        }
        return this;
    }

    /// Sampled on operands that hold the ends of what f32 can take, where every result must still be finite.
    Row extremes(Operand... operands) {
        samples.add(new Sample(name, op, body, List.of(operands), saves, true));
        return this;
    }

    /// Refuses these operands with this message.
    Row rejects(String message, Operand... operands) {
        refusals.add(new Refusal(name, body, List.of(operands), message));
        return this;
    }

    /// The gradient of its first result uses that many values of the forward pass besides the operands. Stands before
    /// the samples.
    Row saves(int count) {
        saves = Optional.of(count);
        return this;
    }

    /// Gives the numbers that another framework gave, recorded in `golden/FILE.json`.
    Row golden(String file) {
        recorded.add(new Recorded(file, body));
        return this;
    }

    // ---- for the matrix -------------------------------------------------------------------------------------------

    Optional<Op> op() {
        return op;
    }

    List<Sample> samples() {
        return samples;
    }

    List<Refusal> refusals() {
        return refusals;
    }

    List<Recorded> recorded() {
        return recorded;
    }

    /// The samples with operands of a floating type. What is extreme in f32 is not there in narrower types.
    List<Sample> samples(DType floating) {
        return samples.stream()
                .filter(sample -> !sample.extreme() || floating == DType.F32)
                .toList();
    }

    /// What a device is to compute: each of these samples, alone and with its gradients.
    List<Together.Part> parts(DType floating) {
        List<Together.Part> parts = new ArrayList<>();
        for (Sample sample : samples(floating)) {
            String name = sample + " in " + floating.text() + ", sample " + parts.size() / 2;
            parts.add(new Together.Part(name, sample.graph(floating), sample.inputs(floating)));
            parts.add(new Together.Part(
                    name + " with gradients", sample.withGradients(floating), sample.inputsWithSeeds(floating)));
        }
        return parts;
    }

    @Override
    public String toString() {
        return name;
    }
}
