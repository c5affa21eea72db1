package dagrad.cuda.code;

import dagrad.graph.Graph;
import dagrad.graph.Reduce;
import dagrad.graph.Value;
import dagrad.tensor.DType;
import dagrad.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// A reduction of elementwise code, whose only write does not move along the axes that are reduced.
///
/// @param element the value that is reduced
record Reduction(Reduce.Kind kind, Elementwise code, Value element) {
    boolean isReduced(Axis axis) {
        return axis.stride(code.write(0)) == 0;
    }

    /// The axes along which results differ.
    Space kept() {
        return code.space().where(axis -> !isReduced(axis));
    }

    Space reduced() {
        return code.space().where(this::isReduced);
    }

    /// The element type in memory and in the graph.
    DType type() {
        return code.body().spec(element).dtype();
    }

    DType accumulator() {
        return ScalarCode.accumulator(type());
    }

    /// The type of a sum in C.
    String sumType() {
        return ScalarCode.computed(accumulator());
    }

    String identity() {
        return ScalarCode.identity(kind, accumulator());
    }

    String combine(String a, String b) {
        return ScalarCode.combine(kind, accumulator(), a, b);
    }

    String name() {
        return "reduce_" + kind.name().toLowerCase(Locale.ROOT) + "_" + Formula.name(code.body());
    }

    List<String> comment(String way) {
        List<String> comment = new ArrayList<>();
        comment.add(kept().size() + " results of " + reduced().size() + " elements each, axes "
                + code.space().axes().stream()
                        .map(axis -> axis.extent() + (isReduced(axis) ? " reduced" : ""))
                        .toList());
        comment.addAll(Formula.of(code.body()));
        comment.add(way);
        return comment;
    }

    /// The reduction of parts to the same results.
    ///
    /// @param parts the memory of the parts, dense over [results, parts] or over [parts, results]
    /// @param partsInnermost which of the two
    Reduction ofParts(Port parts, boolean partsInnermost) {
        long results = kept().size();
        long count = parts.layout().shape().size() / results;
        int out = code.write(0);
        List<Axis> axes = new ArrayList<>();
        long stride = partsInnermost ? count : 1;
        for (Axis axis : kept().axes().reversed()) {
            axes.addFirst(new Axis(
                    axis.extent(),
                    List.of(
                            new Axis.Step(stride, 0, axis.extent()),
                            new Axis.Step(axis.stride(out), 0, axis.extent()))));
            stride *= axis.extent();
        }
        Axis over = new Axis(
                count, List.of(new Axis.Step(partsInnermost ? 1 : results, 0, count), new Axis.Step(0, 0, count)));
        axes.add(partsInnermost ? axes.size() : 0, over);
        Graph body = Graph.build(g -> g.output(
                "out0",
                g.input("in0", new TensorSpec(parts.dtype(), parts.layout().shape()))));
        Elementwise sums = new Elementwise(body, List.of(parts), code.writes(), List.of(), new Space(axes).merged());
        return new Reduction(kind, sums, body.output("out0"));
    }
}
