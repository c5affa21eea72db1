package dagrad.train;

import dagrad.backend.Backend;
import dagrad.graph.Graph;
import dagrad.graph.Input;
import dagrad.optimizer.FlatLayout;
import dagrad.optimizer.Recipe;
import dagrad.optimizer.StepGraph;
import dagrad.plan.ByteCount;
import dagrad.plan.Plan;
import dagrad.plan.PlanReport;
import dagrad.tensor.HostTensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// The memory that a training takes at its peak, told before anything is allocated. The examples are not part of it, nor
/// are the driver and its libraries, nor Java's own code and small objects.
///
/// @param parts all at once
/// @param inHeap whether the device's memory is Java's heap
public record Needs(List<Part> parts, boolean inHeap) {
    /// @param device bytes on the device
    /// @param host bytes of Java's heap
    public record Part(String what, long device, long host) {}

    public Needs {
        parts = List.copyOf(parts);
    }

    /// Of a training with evaluations.
    ///
    /// @param validation batches of an evaluation, which are looked at; none for no evaluations
    /// @param saved whether checkpoints and weights are written
    /// @throws TrainingException if the device has too little memory for a step; it says what would fit
    public static Needs of(
            Backend backend,
            Model model,
            Recipe recipe,
            Settings settings,
            Iterable<Map<String, HostTensor>> validation,
            boolean saved) {
        Plan step = new Room(backend, model, recipe, settings).plan();
        FlatLayout layout = Room.step(model, recipe, settings.batch()).layout();
        try (Evaluator evaluator = Evaluator.of(backend, model, recipe, layout)) {
            return of(backend, step, layout, evaluator.plans(validation), settings, saved);
        }
    }

    /// All but a step, so that it can be seen what is left for steps.
    static Needs besides(
            Backend backend,
            Model model,
            Recipe recipe,
            Settings settings,
            Iterable<Map<String, HostTensor>> validation,
            boolean saved) {
        StepGraph step = Room.step(model, recipe, settings.batch());
        try (Evaluator evaluator = Evaluator.of(backend, model, recipe, step.layout())) {
            return besides(backend, step.graph(), step.layout(), evaluator.plans(validation), settings, saved);
        }
    }

    /// @param evaluations the plan for each size of batch
    static Needs of(
            Backend backend,
            Plan step,
            FlatLayout layout,
            Map<Integer, Plan> evaluations,
            Settings settings,
            boolean saved) {
        List<Part> parts = new ArrayList<>();
        parts.add(new Part("a step of " + settings.batch() + " examples", backend.needs(step), 0));
        parts.addAll(besides(backend, step.graph(), layout, evaluations, settings, saved).parts);
        return new Needs(parts, backend.usesHeap());
    }

    /// All but a step.
    static Needs besides(
            Backend backend,
            Graph step,
            FlatLayout layout,
            Map<Integer, Plan> evaluations,
            Settings settings,
            boolean saved) {
        long parameters =
                layout.flats().stream().mapToLong(flat -> flat.spec().bytes()).sum();
        List<Part> parts = new ArrayList<>();
        parts.add(new Part("two batches, filled in turns", 0, 2 * bytes(step, Input.Kind.DATA)));
        evaluations.forEach(
                (size, plan) -> parts.add(new Part("an evaluation of " + size + " examples", backend.needs(plan), 0)));
        evaluations.values().stream().findFirst().map(Plan::graph).ifPresent(largest -> {
            parts.add(
                    new Part("their batch, and what comes out", 0, bytes(largest, Input.Kind.DATA) + outputs(largest)));
            parts.add(new Part("the parameters for evaluations", 0, parameters));
        });
        if (settings.patience() > 0) {
            parts.add(new Part("the best parameters so far", 0, parameters));
        }
        if (saved) {
            parts.add(new Part("a checkpoint while it is written", 0, parameters + changing(step)));
            parts.add(new Part("the weights while they are written", 0, parameters));
        }
        return new Needs(parts, backend.usesHeap());
    }

    private static long outputs(Graph graph) {
        return graph.outputs().values().stream()
                .mapToLong(value -> graph.spec(value).bytes())
                .sum();
    }

    private static long bytes(Graph graph, Input.Kind kind) {
        return graph.inputs(kind).values().stream()
                .mapToLong(value -> graph.spec(value).bytes())
                .sum();
    }

    /// States that steps change; what never changes is not saved.
    private static long changing(Graph step) {
        return step.inputs(Input.Kind.STATE).values().stream()
                .filter(step.updates()::containsKey)
                .mapToLong(value -> step.spec(value).bytes())
                .sum();
    }

    /// Bytes on the device.
    public long device() {
        return parts.stream().mapToLong(Part::device).sum() + (inHeap ? host() : 0);
    }

    private long host() {
        return parts.stream().mapToLong(Part::host).sum();
    }

    /// Bytes of Java's heap.
    public long heap() {
        return host() + (inHeap ? parts.stream().mapToLong(Part::device).sum() : 0);
    }

    /// Says that these do not fit into what is free.
    TrainingException refusal(Backend backend, long free) {
        String list = parts.stream()
                .filter(part -> inHeap || part.device() > 0)
                .map(part -> part.what() + " " + ByteCount.text(part.device() + (inHeap ? part.host() : 0)))
                .collect(Collectors.joining(", "));
        return new TrainingException("besides its steps, training takes " + ByteCount.text(device()) + ", and "
                + ByteCount.text(free) + " are free on " + backend.name() + ": " + list);
    }

    /// A table for people.
    ///
    /// @param device its name
    public String toText(String device) {
        List<String[]> rows = new ArrayList<>();
        rows.add(inHeap ? new String[] {"memory", "Java heap"} : new String[] {"memory", device, "Java heap"});
        parts.forEach(part -> rows.add(
                inHeap
                        ? new String[] {part.what(), ByteCount.text(part.device() + part.host())}
                        : new String[] {part.what(), shown(part.device()), shown(part.host())}));
        rows.add(
                inHeap
                        ? new String[] {"at the peak", ByteCount.text(heap())}
                        : new String[] {"at the peak", ByteCount.text(device()), ByteCount.text(heap())});
        return PlanReport.table(rows);
    }

    private static String shown(long bytes) {
        return bytes == 0 ? "" : ByteCount.text(bytes);
    }
}
