package dagrad.schedule;

import dagrad.graph.Concat;
import dagrad.graph.Constant;
import dagrad.graph.Graph;
import dagrad.graph.Input;
import dagrad.graph.Node;
import dagrad.graph.Value;
import dagrad.plan.Buffer.Category;
import dagrad.plan.Layout;
import dagrad.tensor.DType;
import dagrad.tensor.Shape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Gives every stored value a home: a buffer and an offset in it. Parts of a concatenation are computed in their
/// place where they can be; a state's new value is written over the old one where nobody reads the old one later;
/// elementwise code writes over an operand that nobody reads later.
final class Placement {
    /// Where a value lies.
    record Home(int buffer, long offset) {}

    /// A buffer without an address yet; `from` and `to` are positions in the order of units.
    record Stretch(Category category, DType dtype, long bytes, int from, int to) {
        Stretch until(int unit) {
            return new Stretch(category, dtype, bytes, from, Math.max(to, unit));
        }

        Stretch since(int unit) {
            return new Stretch(category, dtype, bytes, Math.min(from, unit), to);
        }
    }

    /// A state's new value that has to be copied into its place at the end.
    record Copy(Value state, Views.Read source) {}

    private final Graph graph;
    private final Views views;
    private final Map<Value, Home> homes = new LinkedHashMap<>();
    private final List<Stretch> buffers = new ArrayList<>();
    private final Map<Value, Value> stateOf = new HashMap<>();
    private final Map<Value, Value> joinOf = new HashMap<>();
    private final Map<Value, Long> placeInJoin = new HashMap<>();
    private final List<Copy> copies = new ArrayList<>();
    private final List<Unit> order;

    Placement(Fusion.Result fused) {
        this.graph = fused.graph();
        this.views = fused.views();
        Order constraints = new Order(fused.units());
        placeUpdates(fused.units(), constraints);
        placeParts(fused.units());
        this.order = constraints.sorted();
        for (Node node : graph.nodes()) {
            if (node.op() instanceof Input || node.op() instanceof Constant c && !c.isFill()) {
                homes.put(node.out(0), new Home(buffers.size(), 0));
                buffers.add(new Stretch(
                        category(node),
                        graph.spec(node.out(0)).dtype(),
                        graph.spec(node.out(0)).bytes(),
                        -1,
                        order.size()));
            }
        }
        Map<Value, Integer> lastRead = lastReads();
        for (int i = 0; i < order.size(); i++) {
            for (Value value : order.get(i).writes()) {
                settle(value, i, lastRead);
            }
        }
        lastRead.forEach((value, unit) -> extend(value, s -> s.until(unit)));
    }

    List<Unit> order() {
        return order;
    }

    List<Stretch> buffers() {
        return buffers;
    }

    List<Copy> copies() {
        return copies;
    }

    Home home(Value value) {
        return homes.get(value);
    }

    Map<Value, Home> homes() {
        return homes;
    }

    /// Whether a part of a concatenation is computed in its place.
    boolean inPlace(Value base, Value join) {
        return join.equals(joinOf.get(base));
    }

    private static Category category(Node node) {
        return switch (node.op()) {
            case Input(var _, Input.Kind kind, var _) ->
                switch (kind) {
                    case DATA -> Category.INPUT;
                    case PARAMETER -> Category.PARAMETER;
                    case STATE -> Category.STATE;
                };
            default -> Category.CONSTANT;
        };
    }

    // ---- what is computed in place --------------------------------------------------------------------------------

    private void placeUpdates(List<Unit> units, Order constraints) {
        Map<Value, Unit> writers = new HashMap<>();
        units.forEach(u -> u.writes().forEach(v -> writers.put(v, u)));
        graph.updates().forEach((state, value) -> {
            Views.Read read = views.resolve(value);
            Unit writer = writers.get(read.base());
            Set<Unit> readers = new LinkedHashSet<>();
            units.stream().filter(u -> reads(u, state)).forEach(readers::add);
            boolean fits = writer != null
                    && !(writer instanceof Unit.Join)
                    && isWhole(read)
                    && !stateOf.containsKey(read.base())
                    && (!readers.contains(writer) || readsOnlyInPlace(writer, state));
            if (fits && constraints.require(readers, writer)) {
                stateOf.put(read.base(), state);
            } else {
                copies.add(new Copy(state, read));
            }
        });
    }

    private static boolean reads(Unit unit, Value value) {
        return unit.reads().stream().anyMatch(r -> r.base().equals(value));
    }

    private static boolean readsOnlyInPlace(Unit unit, Value value) {
        return unit instanceof Unit.Elementwise
                && unit.reads().stream()
                        .filter(r -> r.base().equals(value))
                        .allMatch(r -> r.layout().isDense() && r.layout().offset() == 0);
    }

    /// Whether a read sees the whole tensor in its order.
    private boolean isWhole(Views.Read read) {
        Layout layout = read.layout();
        return layout.isDense()
                && layout.offset() == 0
                && layout.shape().size() == graph.spec(read.base()).shape().size();
    }

    private void placeParts(List<Unit> units) {
        Map<Value, Unit> writers = new HashMap<>();
        units.forEach(u -> u.writes().forEach(v -> writers.put(v, u)));
        for (Unit unit : units) {
            if (unit instanceof Unit.Join(Node node, List<Views.Read> parts)
                    && node.op() instanceof Concat(int axis)
                    && graph.spec(node.out(0)).shape().sub(0, axis).size() == 1) {
                long offset = 0;
                for (Views.Read part : parts) {
                    Value base = part.base();
                    if (writers.containsKey(base)
                            && isWhole(part)
                            && !stateOf.containsKey(base)
                            && !joinOf.containsKey(base)) {
                        joinOf.put(base, node.out(0));
                        placeInJoin.put(base, offset);
                    }
                    offset += part.layout().shape().size()
                            * graph.spec(base).dtype().bytes();
                }
            }
        }
    }

    // ---- homes ----------------------------------------------------------------------------------------------------

    /// For each stored value the last unit that reads it; results are read after the last unit, and so is what is
    /// copied into states there.
    private Map<Value, Integer> lastReads() {
        Map<Value, Integer> last = new HashMap<>();
        for (int i = 0; i < order.size(); i++) {
            for (Views.Read read : order.get(i).reads()) {
                last.put(read.base(), i);
            }
        }
        graph.outputs().values().forEach(v -> last.put(views.resolve(v).base(), order.size()));
        copies.forEach(c -> last.put(c.source().base(), order.size()));
        return last;
    }

    private void settle(Value value, int unit, Map<Value, Integer> lastRead) {
        Home home = homes.get(value);
        if (home == null) {
            home = choose(value, unit, lastRead);
            homes.put(value, home);
        }
        buffers.set(home.buffer(), buffers.get(home.buffer()).since(unit).until(unit));
    }

    private Home choose(Value value, int unit, Map<Value, Integer> lastRead) {
        if (stateOf.containsKey(value)) {
            return homes.get(stateOf.get(value));
        }
        if (joinOf.containsKey(value)) {
            Value join = joinOf.get(value);
            if (!homes.containsKey(join)) {
                homes.put(join, choose(join, unit, lastRead));
            }
            Home whole = homes.get(join);
            return new Home(whole.buffer(), whole.offset() + placeInJoin.get(value));
        }
        for (Views.Read read : order.get(unit).reads()) {
            if (order.get(unit) instanceof Unit.Elementwise && canReplace(read, value, unit, lastRead)) {
                return homes.get(read.base());
            }
        }
        buffers.add(new Stretch(
                categoryOf(value), graph.spec(value).dtype(), graph.spec(value).bytes(), unit, unit));
        return new Home(buffers.size() - 1, 0);
    }

    /// Whether elementwise code may write a value over an operand: nobody reads the operand later, nothing else lies
    /// in its buffer, and both have as many bytes in the same order.
    private boolean canReplace(Views.Read read, Value value, int unit, Map<Value, Integer> lastRead) {
        Home home = homes.get(read.base());
        Category category = buffers.get(home.buffer()).category();
        return isWhole(read)
                && (category == Category.ACTIVATION || category == Category.GRADIENT)
                && lastRead.getOrDefault(read.base(), -1) == unit
                && graph.spec(value).bytes() == buffers.get(home.buffer()).bytes()
                && graph.spec(value).dtype() == graph.spec(read.base()).dtype()
                && homes.entrySet().stream()
                        .filter(e -> e.getValue().buffer() == home.buffer())
                        .allMatch(e -> lastRead.getOrDefault(e.getKey(), -1) <= unit
                                && !e.getKey().equals(value)
                                && isWrittenBefore(e.getKey(), unit))
                && order.get(unit).reads().stream()
                        .filter(r -> homes.get(r.base()).buffer() == home.buffer())
                        .allMatch(this::isWhole);
    }

    private boolean isWrittenBefore(Value value, int unit) {
        return order.subList(0, unit).stream().anyMatch(u -> u.writes().contains(value));
    }

    private void extend(Value value, java.util.function.UnaryOperator<Stretch> change) {
        Home home = homes.get(value);
        buffers.set(home.buffer(), change.apply(buffers.get(home.buffer())));
    }

    /// What the unit that updates a parameter reads, but for states and scalars, is a gradient.
    private Category categoryOf(Value value) {
        Set<Value> parameters = new HashSet<>(graph.inputs(Input.Kind.PARAMETER).values());
        boolean updatesParameter = order.stream()
                .filter(u -> reads(u, value))
                .anyMatch(u -> u.writes().stream().anyMatch(v -> parameters.contains(stateOf.get(v))));
        Shape shape = graph.spec(value).shape();
        return updatesParameter && shape.size() > 1 ? Category.GRADIENT : Category.ACTIVATION;
    }
}
