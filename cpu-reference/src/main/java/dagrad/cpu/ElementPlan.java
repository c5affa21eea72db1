package dagrad.cpu;

import dagrad.graph.Graph;
import dagrad.graph.Input;
import dagrad.graph.Iota;
import dagrad.graph.Node;
import dagrad.graph.Value;
import dagrad.plan.Operand;
import dagrad.tensor.DType;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/// Elementwise code bound to its operands and to tiles: loads what it reads, a tile at a time, and computes results into
/// tiles. Used by [FusedStep] and [ReduceStep].
final class ElementPlan {
    /// Where the elements of an operand come from.
    private sealed interface Source {
        void load(Object tile, long from, int n);

        record Memory(TileWalk walk) implements Source {
            @Override
            public void load(Object tile, long from, int n) {
                walk.load(tile, from, n);
            }
        }

        /// Numbers counting along an axis: `inner` elements lie between two steps, and it starts anew after `extent` steps.
        record Counter(int inner, int extent) implements Source {
            @Override
            public void load(Object tile, long from, int n) {
                int[] t = (int[]) tile;
                for (int i = 0; i < n; i++) {
                    t[i] = (int) ((from + i) / inner % extent);
                }
            }
        }
    }

    private final List<Source> sources = new ArrayList<>();
    private final BitSet scalars = new BitSet();
    private final float[] scalarValues;
    private final ElementGenerator.Compiled compiled;
    private final Object[][] arrays;
    private final Scratch scratch;
    private final int results;

    private ElementPlan(
            List<Source> sources,
            BitSet scalars,
            ElementGenerator.Compiled compiled,
            List<DType> types,
            int results,
            Scratch scratch) {
        this.sources.addAll(sources);
        this.scalars.or(scalars);
        this.scalarValues = new float[sources.size()];
        this.compiled = compiled;
        this.scratch = scratch;
        this.results = results;
        this.arrays = new Object[scratch.workers()][];
        for (int worker = 0; worker < arrays.length; worker++) {
            arrays[worker] = tiles(types);
        }
    }

    /// Different tiles for everything, from the worker's stock.
    private Object[] tiles(List<DType> types) {
        Object[] tiles = new Object[types.size()];
        for (int i = 0; i < tiles.length; i++) {
            if (!scalars.get(i)) {
                tiles[i] = types.get(i) == DType.F32 ? scratch.floats(Scratch.TILE) : scratch.integers(Scratch.TILE);
            }
        }
        return tiles;
    }

    /// @param results the body's values that are wanted
    /// @return empty if the code works with types that generated code does not know
    static Optional<ElementPlan> of(
            Graph body, List<Value> results, Shape domain, List<Operand> reads, Memory memory, Scratch scratch) {
        if (reads.stream().anyMatch(r -> r.dtype() != DType.F32 && r.dtype() != DType.I32)) {
            return Optional.empty();
        }
        List<Source> sources = new ArrayList<>();
        BitSet scalars = new BitSet();
        for (Operand read : reads) {
            TileWalk walk = new TileWalk(read, memory);
            if (walk.isFloatScalar()) {
                scalars.set(sources.size());
            }
            sources.add(new Source.Memory(walk));
        }
        Map<Value, Value> renamed = new HashMap<>();
        Graph counted = withCounters(body, domain, sources, results, renamed);
        List<Value> wanted = results.stream().map(renamed::get).toList();
        return ElementGenerator.compile(counted, wanted, sources.size(), scalars, new int[0])
                .map(compiled -> {
                    List<DType> types = new ArrayList<>(java.util.Collections.nCopies(sources.size(), DType.F32));
                    counted.inputs()
                            .forEach((label, value) -> types.set(
                                    Integer.parseInt(label.substring(2)),
                                    counted.spec(value).dtype()));
                    wanted.forEach(v -> types.add(counted.spec(v).dtype()));
                    types.addAll(compiled.between());
                    return new ElementPlan(sources, scalars, compiled, types, wanted.size(), scratch);
                });
    }

    /// The body with its iotas as further operands, whose tiles are counted rather than loaded.
    private static Graph withCounters(
            Graph body, Shape domain, List<Source> sources, List<Value> results, Map<Value, Value> renamed) {
        return Graph.build(new dagrad.graph.Origin("", ""), g -> {
            Map<Value, Value> replace = new LinkedHashMap<>();
            for (Node node : body.nodes()) {
                switch (node.op()) {
                    case Input(String label, var _, TensorSpec spec) -> replace.put(node.out(0), g.input(label, spec));
                    case Iota(var _, int axis) -> {
                        TensorSpec spec = node.outputs().getFirst();
                        replace.put(node.out(0), g.input("in" + sources.size(), spec));
                        int inner = (int) domain.sub(axis + 1, domain.rank()).size();
                        sources.add(new Source.Counter(Math.max(1, inner), Math.max(1, domain.dim(axis))));
                    }
                    default -> {}
                }
            }
            Function<Value, Value> here = withoutIotas(g, body, replace);
            for (int i = 0; i < results.size(); i++) {
                Value value = here.apply(results.get(i));
                renamed.put(results.get(i), value);
                g.output("out" + i, value);
            }
        });
    }

    /// Inlines a body whose inputs and iotas have values already.
    private static Function<Value, Value> withoutIotas(
            dagrad.graph.GraphBuilder g, Graph body, Map<Value, Value> replace) {
        Map<Value, Value> mapped = new HashMap<>(replace);
        for (Node node : body.nodes()) {
            if (!mapped.containsKey(node.out(0))) {
                List<Value> operands = node.inputs().stream().map(mapped::get).toList();
                mapped.put(
                        node.out(0), g.emit(node.op(), operands, node::origin).getFirst());
            }
        }
        return mapped::get;
    }

    /// Reads the scalars; before a run's first tile.
    void begin() {
        for (int i = scalars.nextSetBit(0); i >= 0; i = scalars.nextSetBit(i + 1)) {
            if (sources.get(i) instanceof Source.Memory(TileWalk walk)) {
                scalarValues[i] = walk.scalar();
            }
        }
    }

    /// Computes elements `from` to `from + n` of the domain, at most a tile.
    void run(int worker, long from, int n) {
        Object[] mine = arrays[worker];
        for (int i = 0; i < sources.size(); i++) {
            if (!scalars.get(i)) {
                sources.get(i).load(mine[i], from, n);
            }
        }
        compiled.code().run(mine, scalarValues, 0, n, scratch.bits(worker));
    }

    /// The tile of a result.
    Object result(int worker, int number) {
        return arrays[worker][sources.size() + number];
    }

    int results() {
        return results;
    }
}
