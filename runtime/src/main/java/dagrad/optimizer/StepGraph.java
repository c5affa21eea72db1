package dagrad.optimizer;

import dagrad.gradient.Gradients;
import dagrad.graph.Graph;
import dagrad.graph.GraphBuilder;
import dagrad.graph.GraphException;
import dagrad.graph.Input;
import dagrad.graph.Origin;
import dagrad.graph.Value;
import dagrad.tensor.DType;
import dagrad.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/// A training step as one graph: forward pass, reverse pass, optimizer. Running it changes the parameters by
/// its updates; nothing else has to be told to it from step to step but the batch.
///
/// Its inputs are those of the loss graph, save that the parameters are parts of the flat inputs of the layout,
/// and these states, all zero at first: the optimizer's for each flat tensor; `optimizer/step` i32[], the
/// number of steps done; with accumulation over k runs also `optimizer/run` i32[], how many of the k are done,
/// and for each flat tensor the sum so far; if the recipe averages, for each flat tensor its moving average
/// (`average`); if the recipe freezes, `optimizer/frozen` i32[], whether it has. Its outputs are those of the loss
/// graph and `gradient_norm` f32[], the norm over all parameters before clipping (with accumulation: of what is
/// accumulated, so that of the k runs the last tells the step's).
public record StepGraph(Graph graph, FlatLayout layout) {
    /// The output that is made smaller: a floating scalar.
    public static final String LOSS = "loss";

    public static final String GRADIENT_NORM = "gradient_norm";

    /// The number of steps done.
    public static final String STEP = "optimizer/step";

    /// The optimizer's state, for each flat tensor, that is a moving average of it, if the recipe averages.
    public static final String AVERAGE = "average";

    /// With accumulation the number of runs done of a step.
    public static final String RUN = "optimizer/run";

    /// Extends a loss graph to the step that the recipe describes.
    ///
    /// @param loss has a scalar output `loss` and parameters; its other outputs and its updates are kept
    /// @throws GraphException if there is no such output, nothing to train, or an operation refuses its derivative
    public static StepGraph of(Graph loss, Recipe recipe) {
        FlatLayout layout = FlatLayout.of(loss, recipe.groups());
        if (layout.flats().isEmpty()) {
            throw new GraphException("the graph has no parameters, so there is nothing to train; its inputs are "
                    + loss.inputs().keySet());
        }
        loss.output(LOSS);
        Graph computed = recipe.precision().of(loss);
        Graph step = Graph.build(g -> new Emission(g, computed, recipe, layout, new Changes(g)).emit());
        return new StepGraph(step, layout);
    }

    /// A graph over the same flat inputs, to be run between steps: its outputs are kept, its updates are not.
    ///
    /// @param graph has some or all of the parameters laid out, and no others
    /// @throws GraphException if it has another parameter
    public static Graph evaluation(Graph graph, FlatLayout layout) {
        return Graph.build(g -> {
            Function<Value, Value> here = g.inline(graph, layout.replacements(g, graph));
            graph.outputs().forEach((name, value) -> g.output(name, here.apply(value)));
        });
    }

    /// The step while it is being built.
    private record Emission(GraphBuilder g, Graph loss, Recipe recipe, FlatLayout layout, Changes changes) {
        void emit() {
            Map<Value, Value> parts = layout.replacements(g, loss);
            Function<Value, Value> here = g.inline(loss, parts);
            loss.outputs().forEach((name, value) -> g.output(name, here.apply(value)));
            loss.updates().forEach((state, value) -> changes.of(here.apply(state), here.apply(value)));
            countRuns();
            Value lossHere = here.apply(loss.output(LOSS));
            List<Value> gradients = g.scope("gradient", () -> flatGradients(lossHere, here));
            g.scope("optimizer", () -> {
                optimize(lossHere, gradients);
                return gradients;
            });
        }

        /// Each run draws other random numbers.
        private void countRuns() {
            Value random = loss.inputs(Input.Kind.STATE).get("random/step");
            if (random != null && !loss.updates().containsKey(random)) {
                changes.ofCounter(g.randomStep(), g.add(g.randomStep(), 1));
            }
        }

        /// One flat gradient for each flat tensor, by differentiating with respect to its parts.
        private List<Value> flatGradients(Value lossHere, Function<Value, Value> here) {
            Map<String, Value> parts = new LinkedHashMap<>();
            loss.inputs(Input.Kind.PARAMETER).forEach((name, value) -> parts.put(name, here.apply(value)));
            Map<Value, Value> gradients = Gradients.of(g, lossHere, parts.values());
            List<Value> result = new ArrayList<>();
            for (FlatLayout.Flat flat : layout.flats()) {
                Value[] pieces = flat.segments().stream()
                        .map(s -> g.reshape(gradients.get(parts.get(s.name())), -1))
                        .toArray(Value[]::new);
                result.add(g.concat(0, pieces));
            }
            return result;
        }

        private void optimize(Value lossHere, List<Value> gradients) {
            Value step = counter(STEP);
            if (recipe.accumulation() == 1) {
                changes.ofCounter(step, g.add(step, 1));
                apply(lossHere, gradients, step, (_, changed) -> changed);
                return;
            }
            Value run = counter(RUN);
            Value last = g.eq(run, recipe.accumulation() - 1);
            changes.ofCounter(run, g.select(last, g.zerosLike(run), g.add(run, 1)));
            changes.ofCounter(step, g.add(step, last));
            List<Value> totals = accumulate(gradients, last);
            apply(lossHere, totals, step, (kept, changed) -> choose(g, last, changed, kept));
        }

        private Value counter(String label) {
            return g.declare(new Input(label, Input.Kind.STATE, TensorSpec.i32()));
        }

        /// Adds the k-th part of each gradient to what the runs before it left, and forgets all after the last
        /// run.
        private List<Value> accumulate(List<Value> gradients, Value last) {
            List<Value> totals = new ArrayList<>();
            for (int i = 0; i < gradients.size(); i++) {
                FlatLayout.Flat flat = layout.flats().get(i);
                Value sum = g.declare(new Input(flat.stateLabel("accumulated"), Input.Kind.STATE, flat.spec()));
                Value total = g.add(sum, g.mul(gradients.get(i), 1.0 / recipe.accumulation()));
                changes.ofCounter(sum, choose(g, last, g.zerosLike(total), total));
                totals.add(total);
            }
            return totals;
        }

        /// ‖g‖ over all gradients, as f32.
        private Value norm(List<Value> gradients) {
            return g.sqrt(gradients.stream()
                    .map(d -> g.cast(g.sum(g.square(d)), DType.F32))
                    .reduce(g::add)
                    .orElseThrow());
        }

        /// All gradients times min(1, c/‖g‖).
        private List<Value> clip(List<Value> gradients, double limit, Value norm) {
            Value scale = g.min(g.div(g.like(norm, limit), norm), 1);
            return gradients.stream()
                    .map(d -> g.mul(d, g.cast(scale, g.spec(d).dtype())))
                    .toList();
        }

        /// Puts in place of a kept tensor what it becomes, or with accumulation perhaps itself.
        @FunctionalInterface
        private interface Change {
            Value of(Value kept, Value changed);
        }

        private void apply(Value lossHere, List<Value> gradients, Value step, Change change) {
            List<Value> watched = new ArrayList<>(List.of(lossHere));
            List<Value> clipped = gradients;
            boolean reports = recipe.reportsNorm() || recipe.guard() != Recipe.Guard.NONE;
            if (recipe.clipNorm().isPresent() || reports) {
                Value norm = norm(gradients);
                watched.add(norm);
                if (reports) {
                    g.output(GRADIENT_NORM, norm);
                }
                if (recipe.clipNorm().isPresent()) {
                    clipped = clip(gradients, recipe.clipNorm().getAsDouble(), norm);
                }
            }
            change(clipped, step, change);
            changes.emit(recipe.guard(), watched);
        }

        private void change(List<Value> gradients, Value step, Change change) {
            Value rate = recipe.schedule().emit(g, step);
            for (int i = 0; i < gradients.size(); i++) {
                FlatLayout.Flat flat = layout.flats().get(i);
                Value gradient = gradients.get(i);
                g.at(new Origin(flat.scope(), ""), () -> change(flat, gradient, rate, step, change));
            }
        }

        private Value change(FlatLayout.Flat flat, Value gradient, Value rate, Value step, Change change) {
            List<Value> kept = new ArrayList<>(List.of(FlatLayout.declare(g, flat)));
            for (String state : recipe.optimizer().states()) {
                kept.add(g.declare(new Input(flat.stateLabel(state), Input.Kind.STATE, flat.spec())));
            }
            Value flatRate = g.mul(g.cast(rate, flat.dtype()), flat.group().rateFactor());
            List<Value> changed = recipe.optimizer()
                    .emit(
                            g,
                            new Optimizer.Operands(kept.getFirst(), gradient, kept.subList(1, kept.size())),
                            flatRate,
                            step,
                            recipe.optimizer().weightDecay() * flat.group().decayFactor());
            for (int j = 0; j < kept.size(); j++) {
                changes.of(kept.get(j), change.of(kept.get(j), changed.get(j)));
            }
            recipe.average().ifPresent(share -> average(flat, changed.getFirst(), share, step, change));
            return changed.getFirst();
        }

        /// The average moves the faster the younger it is: it keeps min(share, t/(t + 9)) of itself in the step after t
        /// others, nothing in the first, so that what it began with has no part in it.
        private void average(FlatLayout.Flat flat, Value changed, double share, Value step, Change change) {
            Value average = g.declare(new Input(flat.stateLabel(AVERAGE), Input.Kind.STATE, flat.spec()));
            Value age = g.cast(step, flat.dtype());
            Value kept = g.min(g.div(age, g.add(age, 9)), share);
            Value moved = g.add(average, g.mul(g.sub(changed, average), g.oneMinus(kept)));
            changes.of(average, change.of(average, moved));
        }
    }

    static Value choose(GraphBuilder g, Value condition, Value yes, Value no) {
        return g.select(g.cast(condition, g.spec(yes).dtype()), yes, no);
    }
}
