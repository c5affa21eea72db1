package dagrad.io;

import dagrad.graph.AdamWStep;
import dagrad.graph.ArgMax;
import dagrad.graph.Attention;
import dagrad.graph.AttentionGrad;
import dagrad.graph.Broadcast;
import dagrad.graph.Cast;
import dagrad.graph.Concat;
import dagrad.graph.Constant;
import dagrad.graph.Conv2d;
import dagrad.graph.Conv2dWeightGrad;
import dagrad.graph.ConvSpec;
import dagrad.graph.ConvTranspose2d;
import dagrad.graph.CrossEntropy;
import dagrad.graph.CrossEntropyGrad;
import dagrad.graph.EdgeProduct;
import dagrad.graph.EdgeSum;
import dagrad.graph.Fold;
import dagrad.graph.Gather;
import dagrad.graph.Input;
import dagrad.graph.Iota;
import dagrad.graph.LogSoftmax;
import dagrad.graph.MatMul;
import dagrad.graph.MaxPool2d;
import dagrad.graph.MaxPool2dGrad;
import dagrad.graph.Normalize;
import dagrad.graph.NormalizeGrad;
import dagrad.graph.Op;
import dagrad.graph.Pad;
import dagrad.graph.Permute;
import dagrad.graph.Philox;
import dagrad.graph.Pointwise;
import dagrad.graph.Reduce;
import dagrad.graph.Reshape;
import dagrad.graph.ScalarFn;
import dagrad.graph.ScatterAdd;
import dagrad.graph.ShapeException;
import dagrad.graph.Slice;
import dagrad.graph.Softmax;
import dagrad.graph.SoftmaxGrad;
import dagrad.graph.Unfold;
import dagrad.graph.Window;
import dagrad.tensor.DType;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;

/// Operations from a node's fields, by name: one line each. [OpWriter] is its mirror, docs/graph-json.md says the same
/// for people.
final class OpReader {
    /// What it takes to make an operation.
    private record Source(Fields fields, int operands) {}

    private static final Map<String, Function<Source, Op>> BY_NAME = byName();

    private OpReader() {}

    /// All names, sorted.
    static SortedSet<String> names() {
        return new TreeSet<>(BY_NAME.keySet());
    }

    /// @param operands how many the node has: attention has a mask if there is an operand for it
    /// @throws FormatException if the name is unknown or a field is not as it must be
    static Op read(String name, Fields fields, int operands) {
        Function<Source, Op> reader = BY_NAME.get(name);
        if (reader == null) {
            throw fields.error("unknown operation " + FormatException.quoted(name) + Nearest.hint(name, names())
                    + "; docs/graph-json.md lists all operations");
        }
        try {
            return reader.apply(new Source(fields, operands));
        } catch (ShapeException e) {
            throw fields.error(e.getMessage(), e);
        }
    }

    private static Map<String, Function<Source, Op>> byName() {
        Map<String, Function<Source, Op>> ops = new TreeMap<>();
        for (ScalarFn fn : ScalarFn.values()) {
            ops.put(fn.text(), s -> new Pointwise(fn));
        }
        for (Reduce.Kind kind : Reduce.Kind.values()) {
            ops.put("reduce_" + Fields.lower(kind), s -> new Reduce(kind, s.fields.integers("axes")));
        }
        primitives(ops);
        composites(ops);
        return ops;
    }

    private static void primitives(Map<String, Function<Source, Op>> ops) {
        ops.put("input", s -> input(s.fields));
        ops.put("constant", s -> constant(s.fields));
        ops.put("cast", s -> new Cast(s.fields.dtype("to")));
        ops.put("matmul", s -> new MatMul(s.fields.flag("wide", false)));
        ops.put("argmax", s -> new ArgMax(s.fields.integer("axis")));
        ops.put("reshape", s -> new Reshape(s.fields.shape("shape")));
        ops.put("permute", s -> new Permute(s.fields.integers("order")));
        ops.put("broadcast", s -> new Broadcast(s.fields.shape("shape")));
        ops.put("slice", s -> new Slice(s.fields.integers("from"), s.fields.integers("to")));
        ops.put("pad", s -> new Pad(s.fields.integers("low"), s.fields.integers("high"), s.fields.number("value", 0)));
        ops.put("concat", s -> new Concat(s.fields.integer("axis")));
        ops.put("gather", s -> new Gather());
        ops.put("scatter_add", s -> new ScatterAdd(s.fields.integer("rows")));
        ops.put("iota", s -> new Iota(s.fields.shape("shape"), s.fields.integer("axis")));
        ops.put("philox", s -> new Philox(s.fields.integer("stream"), s.fields.shape("shape")));
        ops.put("unfold", s -> new Unfold(window(s.fields)));
        ops.put(
                "fold",
                s -> new Fold(
                        window(s.fields),
                        image(s.fields).getFirst(),
                        image(s.fields).getLast()));
    }

    private static void composites(Map<String, Function<Source, Op>> ops) {
        ops.put("softmax", s -> new Softmax());
        ops.put("softmax_grad", s -> new SoftmaxGrad());
        ops.put("log_softmax", s -> new LogSoftmax());
        ops.put("cross_entropy", s -> new CrossEntropy(ignored(s.fields)));
        ops.put("cross_entropy_grad", s -> new CrossEntropyGrad(ignored(s.fields)));
        ops.put("normalize", s -> new Normalize(s.fields.number("eps")));
        ops.put("normalize_grad", s -> new NormalizeGrad(s.fields.number("eps")));
        ops.put(
                "attention",
                s -> new Attention(s.fields.number("scale"), s.fields.flag("causal", false), s.operands > 3));
        ops.put(
                "attention_grad",
                s -> new AttentionGrad(s.fields.number("scale"), s.fields.flag("causal", false), s.operands > 6));
        ops.put("conv2d", s -> new Conv2d(convolution(s.fields)));
        ops.put("conv_transpose2d", s -> {
            List<Integer> image = image(s.fields);
            return new ConvTranspose2d(convolution(s.fields), image.getFirst(), image.getLast());
        });
        ops.put("conv2d_weight_grad", s -> {
            List<Integer> kernel = s.fields.pair("kernel");
            return new Conv2dWeightGrad(convolution(s.fields), kernel.getFirst(), kernel.getLast());
        });
        ops.put("max_pool2d", s -> {
            List<Integer> padding = s.fields.pair("padding", 0);
            return new MaxPool2d(window(s.fields), padding.getFirst(), padding.getLast());
        });
        ops.put("max_pool2d_grad", s -> {
            List<Integer> padding = s.fields.pair("padding", 0);
            List<Integer> image = image(s.fields);
            return new MaxPool2dGrad(
                    window(s.fields), padding.getFirst(), padding.getLast(), image.getFirst(), image.getLast());
        });
        ops.put("edge_sum", s -> new EdgeSum(s.fields.integer("rows"), s.fields.flag("back", false)));
        ops.put("edge_product", s -> new EdgeProduct());
        ops.put(
                "adamw_step",
                s -> new AdamWStep(
                        s.fields.number("beta1"),
                        s.fields.number("beta2"),
                        s.fields.number("epsilon"),
                        s.fields.number("weight_decay")));
    }

    private static Input input(Fields fields) {
        return new Input(fields.text("name"), fields.oneOf("kind", Input.Kind.class, Input.Kind.DATA), spec(fields));
    }

    private static TensorSpec spec(Fields fields) {
        return new TensorSpec(fields.dtype("type", DType.F32), fields.shape("shape", Shape.SCALAR));
    }

    /// Either one value, or all.
    private static Constant constant(Fields fields) {
        TensorSpec spec = spec(fields);
        boolean fill = fields.optional("value").isPresent();
        if (fill == fields.optional("values").isPresent()) {
            throw fields.error("a constant has either \"value\", which fills it, or \"values\", one for each element");
        }
        if (fill) {
            return new Constant(
                    spec, Numbers.literal(fields, "value", spec.dtype(), List.of(fields.required("value"))));
        }
        List<JsonNode> values = List.copyOf(fields.array("values").values());
        if (values.size() != spec.shape().size()) {
            throw fields.error("\"values\" has length " + values.size() + ", " + spec + " has "
                    + spec.shape().size() + " elements; \"value\" would fill it");
        }
        return new Constant(spec, Numbers.literal(fields, "values", spec.dtype(), values));
    }

    private static List<Integer> image(Fields fields) {
        return fields.pair("image");
    }

    private static int ignored(Fields fields) {
        return fields.integer("ignore_index", Integer.MIN_VALUE);
    }

    private static Window window(Fields fields) {
        List<Integer> kernel = fields.pair("kernel");
        List<Integer> stride = fields.pair("stride");
        List<Integer> dilation = fields.pair("dilation", 1);
        return new Window(
                kernel.getFirst(),
                kernel.getLast(),
                stride.getFirst(),
                stride.getLast(),
                dilation.getFirst(),
                dilation.getLast());
    }

    private static ConvSpec convolution(Fields fields) {
        List<Integer> stride = fields.pair("stride", 1);
        List<Integer> padding = fields.pair("padding", 0);
        List<Integer> dilation = fields.pair("dilation", 1);
        return new ConvSpec(
                stride.getFirst(),
                stride.getLast(),
                padding.getFirst(),
                padding.getLast(),
                dilation.getFirst(),
                dilation.getLast(),
                fields.integer("groups", 1));
    }
}
