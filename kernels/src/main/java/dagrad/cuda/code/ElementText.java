package dagrad.cuda.code;

import dagrad.graph.Input;
import dagrad.graph.Iota;
import dagrad.graph.Node;
import dagrad.graph.Op;
import dagrad.graph.Value;
import dagrad.tensor.DType;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/// The text for one place of a loop: loads, the body for each of `width` adjacent elements, stores. All loads come
/// before all stores, so that results may lie where operands did.
final class ElementText {
    private final Elementwise code;
    private final int width;
    private final List<Index> indices;
    private final List<Value> wanted;
    private final Map<Integer, String> elements = new HashMap<>();

    /// @param code with the space as it is written, before it is walked by `width`
    /// @param indices which together have all axes of the space walked by `width`
    /// @param wanted what is to be computed
    ElementText(Elementwise code, int width, List<Index> indices, List<Value> wanted) {
        this.code = code;
        this.width = width;
        this.indices = indices;
        this.wanted = wanted;
    }

    private List<Node> inputs() {
        BodyText needs = new BodyText(code.body(), wanted);
        return code.body().nodes().stream()
                .filter(n -> n.op() instanceof Input && needs.needs(n))
                .toList();
    }

    /// Loads the operands that are the same element everywhere: before the loop.
    void loadScalars(Text text) {
        for (Node node : inputs()) {
            int read = number(node);
            if (code.isScalar(read) && !code.reads().get(read).isEmpty()) {
                text.line("const " + ScalarCode.computed(type(read)) + " x" + read + " = "
                        + ScalarCode.loaded(type(read), code.pointer(read) + "[0]") + ";");
                elements.put(read, "x" + read);
            }
        }
    }

    /// Says that a read's element is had by that text and need not be loaded.
    void given(int read, String text) {
        elements.put(read, text);
    }

    private void load(Text text) {
        for (Node node : inputs()) {
            int read = number(node);
            if (code.reads().get(read).isEmpty()) {
                elements.put(read, ScalarCode.literal(type(read), fill(read)));
            } else if (!elements.containsKey(read)) {
                text.line(load(read));
            }
        }
    }

    /// Declares the coordinates that the statements turned out to need, and appends them.
    private void append(Text text, String indexType, Text statements) {
        indices.forEach(index -> index.declare(text, indexType));
        text.append(statements);
    }

    private String load(int read) {
        String address = code.pointer(read) + " + " + offset(read);
        List<String> guards =
                indices.stream().flatMap(i -> i.guards(read).stream()).toList();
        boolean packed = isPacked(read);
        String element = packed
                ? "load<" + width + ">(" + address + ")"
                : ScalarCode.loaded(type(read), code.pointer(read) + "[" + offset(read) + "]");
        if (!guards.isEmpty()) {
            String fill = ScalarCode.literal(type(read), fill(read));
            String other = packed ? "same<" + width + ">(" + ScalarCode.toStore(type(read), fill) + ")" : fill;
            element = String.join(" && ", guards) + " ? " + element + " : " + other;
        }
        elements.put(read, packed ? ScalarCode.loaded(type(read), "x" + read + ".at[k]") : "x" + read);
        return "const " + (packed ? pack(read) : ScalarCode.computed(type(read))) + " x" + read + " = " + element + ";";
    }

    private String pack(int operand) {
        return "pack<" + ScalarCode.stored(type(operand)) + ", " + width + ">";
    }

    private boolean isPacked(int operand) {
        return width > 1 && innerStride(operand) == 1;
    }

    private long innerStride(int operand) {
        return code.space().axes().isEmpty() ? 0 : code.space().axes().getLast().stride(operand);
    }

    /// Loads, computes and stores all writes, which hold the wanted values.
    void store(Text text, String indexType) {
        store(text, indexType, (_, _) -> {});
    }

    /// The same, and has something done with each element's values: further wanted ones come after those to be written.
    void store(Text text, String indexType, BiConsumer<Text, BodyText> use) {
        Text statements = text.inner();
        load(statements);
        for (int j = 0; j < code.writes().size(); j++) {
            if (isPacked(code.write(j))) {
                statements.line(pack(code.write(j)) + " y" + j + ";");
            }
        }
        forEachElement(statements, body -> {
            for (int j = 0; j < code.writes().size(); j++) {
                String value = ScalarCode.toStore(type(code.write(j)), body.name(wanted.get(j)));
                String target = isPacked(code.write(j)) ? "y" + j + ".at[k]" : place(j);
                statements.line(target + " = " + value + ";");
            }
            use.accept(statements, body);
        });
        for (int j = 0; j < code.writes().size(); j++) {
            if (isPacked(code.write(j))) {
                statements.line("store<" + width + ">(out" + j + " + " + offset(code.write(j)) + ", y" + j + ");");
            }
        }
        append(text, indexType, statements);
    }

    /// Loads, and has something done with the wanted values of each element; `k` counts the elements where there are
    /// several.
    void compute(Text text, String indexType, BiConsumer<Text, BodyText> use) {
        Text statements = text.inner();
        load(statements);
        forEachElement(statements, body -> use.accept(statements, body));
        append(text, indexType, statements);
    }

    /// Where a single element of a write goes.
    private String place(int write) {
        return "out" + write + "[" + offset(code.write(write)) + "]";
    }

    private void forEachElement(Text text, Consumer<BodyText> use) {
        if (width > 1) {
            text.directive("#pragma unroll").open("for (int k = 0; k < " + width + "; k++)");
        }
        BodyText body = new BodyText(code.body(), wanted);
        for (Node node : code.body().nodes()) {
            if (body.needs(node)) {
                switch (node.op()) {
                    case Input input -> body.name(node.out(0), elements.get(Elementwise.number(input)));
                    case Iota _ -> body.name(node.out(0), count(node));
                    case Op _ -> {}
                }
            }
        }
        body.compute(text);
        use.accept(body);
        if (width > 1) {
            text.close();
        }
    }

    private String count(Node iota) {
        long inner = innerStride(code.iota(iota));
        String within = width == 1 || inner == 0 ? "" : inner == 1 ? " + k" : " + k * " + inner;
        return "(int)(" + offset(code.iota(iota)) + within + ")";
    }

    private String offset(int operand) {
        List<String> terms = indices.stream()
                .flatMap(index -> index.offset(operand).stream())
                .toList();
        return terms.isEmpty() ? "0" : String.join(" + ", terms);
    }

    private DType type(int operand) {
        return code.type(operand);
    }

    private double fill(int read) {
        return code.reads().get(read).layout().fill();
    }

    private static int number(Node node) {
        return node.op() instanceof Input input ? Elementwise.number(input) : -1;
    }
}
