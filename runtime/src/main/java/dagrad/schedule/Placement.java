package dagrad.schedule;

import dagrad.graph.Constant;
import dagrad.graph.Graph;
import dagrad.graph.Input;
import dagrad.graph.Node;
import dagrad.graph.Value;
import dagrad.plan.Buffer.Category;
import dagrad.plan.Capabilities;
import dagrad.plan.Layout;
import dagrad.tensor.DType;
import dagrad.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Gives every stored value a home: a buffer and an offset in it. Parts of a concatenation are computed in their
/// place where they can be; a state's new value is written over the old one where nobody reads the old one later;
/// elementwise code writes over an operand that nobody reads later.
final class Placement {
    /// Where a value lies.
    record Home(int buffer, long offset) {}

    /// A buffer without an address yet; `from` and `to` are positions in the order of units.
    record Stretch(Category category, DType dtype, long bytes, int from, int to) {
        Stretch during(int unit) {
            return new Stretch(category, dtype, bytes, Math.min(from, unit), Math.max(to, unit));
        }
    }

    /// A place within a concatenation, in bytes from its start.
    private record Part(Value join, long offset) {}

    /// A state's new value that has to be copied into its place at the end.
    record Copy(Value state, Views.Read source) {}

    private final Capabilities device;
    private final Graph graph;
    private final Views views;
    private final Map<Value, Home> homes = new HashMap<>();
    private final List<Stretch> buffers = new ArrayList<>();
    /// What lies or lay in each buffer.
    private final List<List<Value>> tenants = new ArrayList<>();
    private final Map<Value, Value> stateOf = new HashMap<>();
    private final Map<Value, Part> partOf = new HashMap<>();
    private final Map<Value, Set<Integer>> inPlace = new HashMap<>();
    private final List<Copy> copies = new ArrayList<>();
    private final List<Unit> order;
    private final Map<Value, Integer> writtenAt = new HashMap<>();
    private final Map<Value, Integer> lastRead = new HashMap<>();
    private final Set<Value> gradients;

    Placement(Fusion.Result fused, Capabilities device) {
        this.device = device;
        this.graph = fused.graph();
        this.views = fused.views();
        Order constraints = new Order(fused.units(), fused.phases());
        placeUpdates(fused.units(), constraints);
        placeParts(fused.units());
        this.order = constraints.sorted(this::ownBytes);
        findLives();
        this.gradients = gradients();
        for (Node node : graph.nodes()) {
            if (node.op() instanceof Input || node.op() instanceof Constant c && !c.isFill()) {
                settle(node.out(0), newBuffer(node.out(0), category(node)));
                buffers.set(buffers.size() - 1, buffers.getLast().during(-1).during(order.size()));
            }
        }
        for (int unit = 0; unit < order.size(); unit++) {
            for (Value value : order.get(unit).writes()) {
                if (!homes.containsKey(value)) {
                    settle(value, home(value, unit));
                }
            }
        }
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

    /// Which parts of a concatenation are computed in their place, by their position.
    Set<Integer> inPlace(Unit.Join join) {
        return inPlace.getOrDefault(join.result(), Set.of());
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

    /// Has a state's new value written over the old one by the unit that computes it, if all who read the old one
    /// can run before; otherwise it is copied at the end.
    private void placeUpdates(List<Unit> units, Order constraints) {
        Map<Value, Integer> writers = new HashMap<>();
        Map<Value, Set<Integer>> readers = new HashMap<>();
        for (int i = 0; i < units.size(); i++) {
            for (Value v : units.get(i).writes()) {
                writers.put(v, i);
            }
            for (Views.Read read : units.get(i).reads()) {
                readers.computeIfAbsent(read.base(), _ -> new LinkedHashSet<>()).add(i);
            }
        }
        graph.updates().forEach((state, value) -> {
            Views.Read read = views.resolve(value);
            Set<Integer> reading = readers.getOrDefault(state, Set.of());
            Optional<Integer> writer = Optional.ofNullable(writers.get(read.base()))
                    .filter(w -> !(units.get(w) instanceof Unit.Join))
                    .filter(w -> isWhole(read) && !stateOf.containsKey(read.base()))
                    .filter(w -> !reading.contains(w) || mayOverwrite(units.get(w), state, read.base()))
                    .filter(w -> constraints.require(reading, w));
            if (writer.isPresent()) {
                stateOf.put(read.base(), state);
            } else {
                copies.add(new Copy(state, read));
            }
        });
    }

    /// Whether a unit may write a value where it reads another: it reads each element before it writes the one over it,
    /// and not after.
    private boolean mayOverwrite(Unit unit, Value read, Value written) {
        int result = unit.writes().indexOf(written);
        if (result < 0) {
            return false; // it writes a part of a concatenation, which lies elsewhere in the buffer than what it reads
        }
        for (int i = 0; i < unit.reads().size(); i++) {
            Views.Read operand = unit.reads().get(i);
            boolean may = !operand.base().equals(read)
                    || isWhole(operand)
                            && switch (unit) {
                                case Unit.Elementwise(Expression code, var _) -> sees(operand, code, result);
                                case Unit.Rows(Expression code, var _, var _) ->
                                    sees(operand, code, result)
                                            && code.shapeOf(result).equals(code.domain());
                                case Unit.Single(Node node, var _, List<Views.Read> results) ->
                                    isWhole(results.get(result)) && device.overwrites(node.op(), i, result);
                                case Unit.Reduction _, Unit.Join _, Unit.Merged _ -> false;
                            };
            if (!may) {
                return false;
            }
        }
        return true;
    }

    /// Whether an operand and a result have one shape in the code.
    private static boolean sees(Views.Read operand, Expression code, int result) {
        return operand.layout().shape().equals(code.shapeOf(result));
    }

    /// Whether a read sees the whole tensor in its order.
    private boolean isWhole(Views.Read read) {
        Layout layout = read.layout();
        return layout.isDense()
                && layout.offset() == 0
                && layout.shape().size() == graph.spec(read.base()).shape().size();
    }

    /// Has the parts of concatenations along the first axis (of more than one) computed in their places. A value has
    /// one place: as a part of a second concatenation, or for a second time in one, it is copied.
    private void placeParts(List<Unit> units) {
        Set<Value> computed = new HashSet<>();
        units.forEach(u -> computed.addAll(u.writes()));
        for (Unit unit : units) {
            if (unit instanceof Unit.Join join
                    && graph.spec(join.result()).shape().sub(0, join.axis()).size() == 1) {
                long offset = 0;
                Set<Integer> placed = new HashSet<>();
                for (int i = 0; i < join.reads().size(); i++) {
                    Views.Read read = join.reads().get(i);
                    Value base = read.base();
                    if (computed.contains(base)
                            && isWhole(read)
                            && !stateOf.containsKey(base)
                            && !partOf.containsKey(base)) {
                        partOf.put(base, new Part(join.result(), offset));
                        placed.add(i);
                    }
                    offset += read.layout().shape().size()
                            * graph.spec(base).dtype().bytes();
                }
                inPlace.put(join.result(), placed);
            }
        }
    }

    /// What a value takes until its last reader has run: nothing if it lies in a state or a concatenation, or stays.
    private long ownBytes(Value value) {
        boolean stays = graph.node(value).op() instanceof Input
                || graph.outputs().values().stream()
                        .anyMatch(v -> views.resolve(v).base().equals(value));
        return stays || stateOf.containsKey(value) || partOf.containsKey(value)
                ? 0
                : graph.spec(value).bytes();
    }

    // ---- lives ----------------------------------------------------------------------------------------------------

    /// Finds for each stored value the unit that writes it and the last one that reads it; results are read after the
    /// last unit, and so is what is copied into states there.
    private void findLives() {
        for (int i = 0; i < order.size(); i++) {
            for (Value value : order.get(i).writes()) {
                writtenAt.put(value, i);
                lastRead.putIfAbsent(value, i);
            }
            for (Views.Read read : order.get(i).reads()) {
                lastRead.put(read.base(), i);
            }
        }
        graph.outputs().values().forEach(v -> lastRead.put(views.resolve(v).base(), order.size()));
        copies.forEach(c -> lastRead.put(c.source().base(), order.size()));
    }

    /// What the units that update parameters read, but for kept tensors and scalars, is a gradient.
    private Set<Value> gradients() {
        Set<Value> parameters = new HashSet<>(graph.inputs(Input.Kind.PARAMETER).values());
        Set<Value> result = new HashSet<>();
        for (Unit unit : order) {
            if (unit.writes().stream().map(stateOf::get).anyMatch(parameters::contains)) {
                unit.reads().stream()
                        .map(Views.Read::base)
                        .filter(v -> writtenAt.containsKey(v)
                                && graph.spec(v).shape().size() > 1)
                        .forEach(result::add);
            }
        }
        return result;
    }

    // ---- homes ----------------------------------------------------------------------------------------------------

    private Home newBuffer(Value value, Category category) {
        TensorSpec spec = graph.spec(value);
        buffers.add(new Stretch(category, spec.dtype(), spec.bytes(), Integer.MAX_VALUE, Integer.MIN_VALUE));
        tenants.add(new ArrayList<>());
        return new Home(buffers.size() - 1, 0);
    }

    private void settle(Value value, Home home) {
        homes.put(value, home);
        tenants.get(home.buffer()).add(value);
        Stretch stretch = buffers.get(home.buffer());
        if (writtenAt.containsKey(value)) {
            stretch = stretch.during(writtenAt.get(value));
        }
        buffers.set(home.buffer(), stretch.during(lastRead.getOrDefault(value, -1)));
    }

    private Home home(Value value, int unit) {
        if (stateOf.containsKey(value)) {
            return homes.get(stateOf.get(value));
        }
        if (partOf.containsKey(value)) {
            Part part = partOf.get(value);
            if (!homes.containsKey(part.join())) {
                settle(part.join(), home(part.join(), unit));
            }
            Home whole = homes.get(part.join());
            return new Home(whole.buffer(), whole.offset() + part.offset());
        }
        return order.get(unit).reads().stream()
                .filter(read -> canReplace(read, value, unit))
                .findFirst()
                .map(read -> homes.get(read.base()))
                .orElseGet(() -> newBuffer(value, gradients.contains(value) ? Category.GRADIENT : Category.ACTIVATION));
    }

    /// Whether a unit may write a value over an operand: nothing in the operand's buffer is read later or
    /// yet to be written, the unit reads it element by element, and the value fills it. Nothing is replaced by a
    /// concatenation of which the unit writes but a part.
    private boolean canReplace(Views.Read read, Value value, int unit) {
        int buffer = homes.get(read.base()).buffer();
        Stretch stretch = buffers.get(buffer);
        return order.get(unit).writes().contains(value)
                && !stretch.category().pinned()
                && graph.spec(value).bytes() == stretch.bytes()
                && graph.spec(value).dtype() == stretch.dtype()
                && tenants.get(buffer).stream()
                        .allMatch(tenant -> lastRead.get(tenant) <= unit && writtenAt.get(tenant) < unit)
                && order.get(unit).reads().stream()
                        .filter(r -> homes.get(r.base()).buffer() == buffer)
                        .allMatch(r ->
                                homes.get(r.base()).offset() == 0 && mayOverwrite(order.get(unit), r.base(), value));
    }
}
