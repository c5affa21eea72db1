package dagrad.cuda.code;

import dagrad.graph.Broadcast;
import dagrad.graph.Cast;
import dagrad.graph.Constant;
import dagrad.graph.Graph;
import dagrad.graph.GraphBuilder;
import dagrad.graph.Input;
import dagrad.graph.Iota;
import dagrad.graph.Node;
import dagrad.graph.Op;
import dagrad.graph.Pointwise;
import dagrad.graph.Reduce;
import dagrad.graph.Value;
import dagrad.plan.Launch;
import dagrad.tensor.Shape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// A launch over rows as walks along each row: in walk s those reductions are done whose operands are known then; what
/// follows from them has one value for each row, and is known to the next walks. The last walk makes the results.
///
/// A walk's code is a graph of its own over the whole domain. Row values appear in it as further inputs after the
/// launch's reads.
final class RowStages {
    private final Launch.Rows launch;
    private final Graph body;
    private final Map<Value, Integer> stages = new HashMap<>();
    private final List<List<Node>> reductions = new ArrayList<>();
    private final List<Value> carried = new ArrayList<>();

    RowStages(Launch.Rows launch) {
        this.launch = launch;
        this.body = launch.body();
        body.nodes().forEach(this::add);
    }

    private void add(Node node) {
        int stage = node.inputs().stream().mapToInt(stages::get).max().orElse(0);
        if (isRowSum(node)) {
            while (reductions.size() <= stage) {
                reductions.add(new ArrayList<>());
            }
            reductions.get(stage).add(node);
            stage++;
        }
        if (node.op() instanceof Broadcast && !carried.contains(node.inputs().getFirst())) {
            carried.add(node.inputs().getFirst());
        }
        stages.put(node.out(0), stage);
    }

    private boolean isRowSum(Node node) {
        return node.op() instanceof Reduce && isOfRows(node.out(0));
    }

    boolean isWhole(Value value) {
        return shape(value).equals(launch.domain());
    }

    boolean isOfRows(Value value) {
        return shape(value).equals(launch.rowShape());
    }

    private Shape shape(Value value) {
        return body.spec(value).shape();
    }

    /// Number of walks before the last.
    int count() {
        return reductions.size();
    }

    /// What walk `s` sums up along the row.
    List<Node> reductions(int s) {
        return reductions.get(s);
    }

    /// Row values that walks see as input `in(reads + i)` for the i-th.
    List<Value> carried() {
        return carried;
    }

    /// The results of which there is one for each row.
    List<Integer> writesOfRows() {
        return writes(launch.rowShape());
    }

    List<Integer> wholeWrites() {
        return writes(launch.domain());
    }

    List<Integer> writesOfColumns() {
        return writes(launch.columnShape());
    }

    /// All results: whole ones, those of rows, those of columns.
    List<Integer> order() {
        return Stream.of(wholeWrites(), writesOfRows(), writesOfColumns())
                .flatMap(List::stream)
                .toList();
    }

    private List<Integer> writes(Shape shape) {
        return IntStream.range(0, launch.writes().size())
                .filter(i -> shape(result(i)).equals(shape))
                .boxed()
                .toList();
    }

    Value result(int write) {
        return body.output("out" + write);
    }

    /// The reduction that a result of columns is.
    Node columnSum(int write) {
        return body.node(result(write));
    }

    /// Row values that are known after `done` walks and are wanted later, or written.
    List<Value> knownAfter(int done) {
        List<Value> wanted = new ArrayList<>(carried);
        writesOfRows().forEach(i -> wanted.add(result(i)));
        return wanted.stream().distinct().filter(v -> stages.get(v) <= done).toList();
    }

    // ---- a walk's code --------------------------------------------------------------------------------------------

    /// The graph for some whole values: outputs `out0`, … in their order.
    Graph walk(List<Value> wanted) {
        return Graph.build(body.node(wanted.getFirst()).origin(), g -> {
            Map<Value, Value> emitted = new HashMap<>();
            for (int i = 0; i < wanted.size(); i++) {
                g.output("out" + i, emit(g, wanted.get(i), emitted));
            }
        });
    }

    private Value emit(GraphBuilder g, Value value, Map<Value, Value> emitted) {
        Value known = emitted.get(value);
        if (known != null) {
            return known;
        }
        Node node = body.node(value);
        Value result = switch (node.op()) {
            case Input input -> g.input(input.label(), input.spec());
            case Constant _, Iota _ -> g.apply(node.op());
            case Broadcast _ -> {
                int number =
                        launch.reads().size() + carried.indexOf(node.inputs().getFirst());
                yield g.input("in" + number, body.spec(value));
            }
            case Pointwise _, Cast _ -> {
                List<Value> operands =
                        node.inputs().stream().map(in -> emit(g, in, emitted)).toList();
                yield g.emit(node.op(), operands, node::origin).getFirst();
            }
            case Op op -> throw new IllegalArgumentException(op.name() + " is no code for a row");
        };
        emitted.put(value, result);
        return result;
    }
}
