package dagrad.cuda.code;

import dagrad.cuda.code.RowCalls.Walk;
import dagrad.graph.Graph;
import dagrad.graph.Node;
import dagrad.graph.Reduce;
import dagrad.graph.Value;
import dagrad.plan.Card;
import dagrad.plan.Launch;
import dagrad.tensor.DType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// The text of a kernel over rows.
final class RowKernel {
    private final RowCalls rows;
    private final Launch.Rows launch;
    private final RowStages stages;
    private final Walk whole;
    private final RowShape shape;
    private final RowColumns columns;
    private final BodyText rowValues;
    private final String type;
    private final Text text = new Text();

    RowKernel(RowCalls rows) {
        this.rows = rows;
        this.launch = rows.launch();
        this.stages = rows.stages();
        this.whole = rows.whole();
        boolean sumsColumns = !stages.writesOfColumns().isEmpty();
        this.shape = RowShape.of(whole.rows(), whole.columns(), rows.width(), stages.count() > 0, sumsColumns);
        this.type = whole.code().space().indexType();
        this.columns = new RowColumns(rows, whole, shape, type);
        this.rowValues = new BodyText(launch.body(), stages.knownAfter(stages.count()), "r");
    }

    Calls calls(Card card) {
        statements();
        // The stand-ins for row values are no operands of the kernel.
        Elementwise operands = new Elementwise(
                launch.body(),
                rows.reads().subList(0, launch.reads().size()),
                rows.writes(),
                List.of(),
                whole.code().space());
        List<String> parameters = new ArrayList<>(operands.parameters());
        List<Argument> arguments = new ArrayList<>(operands.arguments());
        if (shape.parts() > 1) {
            columns.addParameters(parameters, arguments);
        }
        Call call = new KernelText(name(), comment(), parameters, shape.threads(), text).call(grid(card), arguments);
        return Calls.of(call).withWorkspace(shape.parts() > 1 ? columns.workspace() : 0);
    }

    private Grid grid(Card card) {
        if (columns.isEmpty()) {
            long blocks = Math.ceilDiv(shape.rows().size(), (long) shape.turns());
            int x = FusedCalls.blocks(blocks, card);
            return new Grid(x, Math.toIntExact(shape.strips()), 1, shape.threads(), 1, 0);
        }
        return new Grid(Math.toIntExact(shape.parts()), Math.toIntExact(shape.strips()), 1, shape.threads(), 1, 0);
    }

    private String name() {
        return "rows_" + Formula.name(launch.body());
    }

    private List<String> comment() {
        List<String> comment = new ArrayList<>();
        comment.add(launch.rows() + " rows of " + launch.width() + " elements, axes " + extents(shape.rows()) + " and "
                + extents(shape.columns()));
        comment.addAll(Formula.of(inOrderOfParameters()));
        comment.add(shape.lanes() + " threads take a row, " + shape.width() + " elements at a time.");
        return comment;
    }

    /// The body with its outputs numbered as the kernel's parameters are.
    private Graph inOrderOfParameters() {
        Map<String, Value> outputs = new LinkedHashMap<>();
        stages.order().forEach(i -> outputs.put("out" + outputs.size(), stages.result(i)));
        return new Graph(launch.body().nodes(), outputs, Map.of());
    }

    private static List<Long> extents(Space space) {
        return space.axes().stream().map(Axis::extent).toList();
    }

    // ---- from row to row ------------------------------------------------------------------------------------------

    private void statements() {
        for (int s = 0; s < stages.count() && shape.lanes() > RowShape.WARP; s++) {
            for (Node sum : stages.reductions(s)) {
                text.line("__shared__ " + sumType(sum) + " warps" + sum.id() + "[" + shape.lanes() / RowShape.WARP
                        + "];");
            }
        }
        text.line("const unsigned lane = threadIdx.x % " + shape.lanes() + ";");
        text.line("const unsigned turn = threadIdx.x / " + shape.lanes() + ";");
        columns.begin(text);
        openRows();
        loadRowInputs();
        rowValues.compute(text);
        for (int s = 0; s < stages.count(); s++) {
            walk(s);
            stages.reductions(s).forEach(sum -> rowValues.name(sum.out(0), rounded(sum)));
            rowValues.compute(text);
        }
        storeRows();
        lastWalk();
        text.close();
        columns.end(text);
    }

    private void openRows() {
        String count = Index.number(shape.rows().size());
        String turns = Index.number(shape.turns());
        if (columns.isEmpty()) {
            text.open("for (" + type + " first = (" + type + ")blockIdx.x * " + turns + "; first < " + count
                    + "; first += (" + type + ")gridDim.x * " + turns + ")");
            text.line("const " + type + " row = first + turn;");
            text.line("const bool exists = row < " + count + ";");
            return;
        }
        String length = Index.number(shape.rowsOfPart());
        text.line("const " + type + " from = (" + type + ")blockIdx.x * " + length + ";");
        text.line("const " + type + " to = from + " + length + " < " + count + " ? from + " + length + " : " + count
                + ";");
        text.open("for (" + type + " first = from; first < to; first += " + turns + ")");
        text.line("const " + type + " row = first + turn;");
        text.line("const bool exists = row < to;");
    }

    private void loadRowInputs() {
        Index index = new Index("row", whole.rows());
        Text loads = text.inner();
        launch.body().inputs().forEach((label, value) -> {
            if (stages.isOfRows(value) && rowValues.needs(launch.body().node(value))) {
                int read = Integer.parseInt(label.substring(2));
                DType stored = rows.reads().get(read).dtype();
                List<String> guards = new ArrayList<>(List.of("exists"));
                guards.addAll(index.guards(read));
                String element = whole.code().pointer(read) + "[" + offset(index, read) + "]";
                String fill = ScalarCode.literal(
                        stored, rows.reads().get(read).layout().fill());
                loads.line("const " + ScalarCode.computed(stored) + " r" + value.node() + " = "
                        + String.join(" && ", guards) + " ? " + ScalarCode.loaded(stored, element) + " : " + fill
                        + ";");
                rowValues.name(value, "r" + value.node());
            }
        });
        index.declare(text, type);
        text.append(loads);
    }

    static String offset(Index index, int operand) {
        List<String> terms = index.offset(operand);
        return terms.isEmpty() ? "0" : String.join(" + ", terms);
    }

    private void storeRows() {
        if (rows.writesOfRows() == 0) {
            return;
        }
        text.open("if (exists && lane == 0 && blockIdx.y == 0)");
        Index index = new Index("row", whole.rows());
        Text stores = text.inner();
        for (int i = 0; i < rows.writesOfRows(); i++) {
            int write = rows.wholeWrites() + i;
            Value value = stages.result(stages.writesOfRows().get(i));
            String target = "out" + write + "[" + offset(index, whole.code().write(write)) + "]";
            String stored = ScalarCode.toStore(rows.writes().get(write).dtype(), rowValues.name(value));
            stores.line(target + " = " + stored + ";");
        }
        index.declare(text, type);
        text.append(stores);
        text.close();
    }

    // ---- along a row ----------------------------------------------------------------------------------------------

    private ElementText elements(Walk walk, List<Value> wanted) {
        ElementText elements = new ElementText(
                walk.code(),
                shape.width(),
                List.of(
                        new Index("row", walk.rows()),
                        new Index("i", walk.columns().by(shape.width()))),
                wanted);
        for (int i = 0; i < stages.carried().size(); i++) {
            String name = rowValues.name(stages.carried().get(i));
            if (name != null) {
                elements.given(launch.reads().size() + i, name);
            }
        }
        return elements;
    }

    /// One walk for all sums that can be had now, and their joining.
    private void walk(int s) {
        List<Node> sums = stages.reductions(s);
        Walk walk = rows.walk(
                stages.walk(sums.stream().map(n -> n.inputs().getFirst()).toList()), rows.wholeWrites());
        List<Value> wanted = IntStream.range(0, sums.size())
                .mapToObj(i -> walk.code().body().output("out" + i))
                .toList();
        for (Node sum : sums) {
            text.line(sumType(sum) + " " + sumName(sum) + " = "
                    + ScalarCode.identity(kind(sum), ScalarCode.accumulator(dtype(sum))) + ";");
        }
        text.open("if (exists)");
        text.open("for (" + type + " i = lane; i < "
                + Index.number(shape.packs().size()) + "; i += " + shape.lanes() + ")");
        elements(walk, wanted).compute(text, type, (inner, body) -> {
            for (int i = 0; i < sums.size(); i++) {
                inner.line(sumName(sums.get(i)) + " = "
                        + combine(sums.get(i), sumName(sums.get(i)), body.name(wanted.get(i))) + ";");
            }
        });
        text.close().close();
        join(sums);
    }

    /// By shuffles within warps, and through shared memory between them. All threads get the sums.
    private void join(List<Node> sums) {
        int lanes = Math.min(shape.lanes(), RowShape.WARP);
        if (lanes > 1) {
            text.open("for (int far = " + lanes / 2 + "; far > 0; far /= 2)");
            sums.forEach(sum -> text.line(sumName(sum) + " = "
                    + combine(sum, sumName(sum), "__shfl_xor_sync(0xffffffffu, " + sumName(sum) + ", far)") + ";"));
            text.close();
        }
        if (shape.lanes() > RowShape.WARP) {
            text.open("if (lane % " + RowShape.WARP + " == 0)");
            sums.forEach(
                    sum -> text.line("warps" + sum.id() + "[lane / " + RowShape.WARP + "] = " + sumName(sum) + ";"));
            text.close();
            text.line("__syncthreads();");
            sums.forEach(sum -> text.line(sumName(sum) + " = warps" + sum.id() + "[0];"));
            text.open("for (int w = 1; w < " + shape.lanes() / RowShape.WARP + "; w++)");
            sums.forEach(sum ->
                    text.line(sumName(sum) + " = " + combine(sum, sumName(sum), "warps" + sum.id() + "[w]") + ";"));
            text.close();
            text.line("__syncthreads();");
        }
    }

    /// The results, and what sums of columns are made of.
    private void lastWalk() {
        List<Value> wanted = new ArrayList<>();
        stages.wholeWrites().forEach(i -> wanted.add(stages.result(i)));
        stages.writesOfColumns()
                .forEach(i -> wanted.add(stages.columnSum(i).inputs().getFirst()));
        if (wanted.isEmpty()) {
            return;
        }
        Walk walk = rows.walk(stages.walk(wanted), rows.wholeWrites());
        List<Value> results = IntStream.range(0, wanted.size())
                .mapToObj(i -> walk.code().body().output("out" + i))
                .toList();
        columns.openWalk(text);
        elements(walk, results)
                .store(
                        text,
                        type,
                        (inner, body) -> columns.add(
                                inner,
                                results.subList(rows.wholeWrites(), results.size()).stream()
                                        .map(body::name)
                                        .collect(Collectors.toList())));
        text.close().close();
    }

    // ---- reductions -----------------------------------------------------------------------------------------------

    private static String sumName(Node sum) {
        return "s" + sum.id();
    }

    private static DType dtype(Node sum) {
        return sum.outputs().getFirst().dtype();
    }

    private static Reduce.Kind kind(Node sum) {
        return ((Reduce) sum.op()).kind();
    }

    static String sumType(Node sum) {
        return ScalarCode.computed(ScalarCode.accumulator(dtype(sum)));
    }

    static String combine(Node sum, String a, String b) {
        return ScalarCode.combine(kind(sum), ScalarCode.accumulator(dtype(sum)), a, b);
    }

    /// A sum of bf16 numbers is kept in f32 and rounded at the end.
    private static String rounded(Node sum) {
        return ScalarCode.cast(ScalarCode.accumulator(dtype(sum)), dtype(sum), sumName(sum));
    }
}
