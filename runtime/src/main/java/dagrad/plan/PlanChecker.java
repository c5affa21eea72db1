package dagrad.plan;

import dagrad.graph.Constant;
import dagrad.graph.Graph;
import dagrad.graph.Value;
import dagrad.tensor.HostTensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Checks a plan without running it, and knowing nothing of how it was made: the launches are played over the bytes
/// of the arena ([Contents]), each by itself is held to what its kind promises ([LaunchRules]), and at the end every
/// output, every updated state and everything that was not updated must be where the plan says.
///
/// It takes the launches at their word that they compute the values they name; that the numbers are right is for
/// an interpreter to find.
public final class PlanChecker {
    private final Plan plan;
    private final Capabilities device;
    private final Graph graph;
    private final List<String> problems = new ArrayList<>();

    private PlanChecker(Plan plan, Capabilities device) {
        this.plan = plan;
        this.device = device;
        this.graph = plan.graph();
    }

    /// All that is wrong with a plan, a sentence each, in the order of the launches; empty if it can be run.
    ///
    /// @param device what the plan was made for
    public static List<String> problems(Plan plan, Capabilities device) {
        PlanChecker checker = new PlanChecker(plan, device);
        checker.checkBuffers();
        checker.checkPlaces();
        if (checker.problems.isEmpty()) {
            checker.play();
        }
        return List.copyOf(checker.problems);
    }

    /// @return the plan
    /// @throws PlanException with the first problem, if there is one
    public static Plan check(Plan plan, Capabilities device) {
        List<String> problems = problems(plan, device);
        if (!problems.isEmpty()) {
            throw new PlanException("the plan must not be run: " + problems.getFirst()
                    + (problems.size() > 1 ? " (and " + (problems.size() - 1) + " more)" : ""));
        }
        return plan;
    }

    private void require(boolean condition, String problem, Object... arguments) {
        if (!condition) {
            problems.add(problem.formatted(arguments));
        }
    }

    // ---- buffers --------------------------------------------------------------------------------------------------

    private void checkBuffers() {
        List<Buffer> buffers = plan.buffers();
        for (int i = 0; i < buffers.size(); i++) {
            Buffer b = buffers.get(i);
            require(b.id() == i, "buffer %d has the number %d", i, b.id());
            require(
                    b.offset() >= 0 && b.bytes() >= 0 && end(b) <= plan.arenaBytes(),
                    "buffer %d takes the bytes %d to %d of an arena of %d",
                    i,
                    b.offset(),
                    end(b),
                    plan.arenaBytes());
            require(
                    b.offset() % Plan.ALIGNMENT == 0,
                    "buffer %d begins at byte %d, which is no multiple of %d",
                    i,
                    b.offset(),
                    Plan.ALIGNMENT);
            for (Buffer other : buffers.subList(0, i)) {
                checkPair(other, b);
            }
        }
    }

    private static long end(Buffer b) {
        return b.offset() + b.bytes();
    }

    private void checkPair(Buffer a, Buffer b) {
        boolean share = a.offset() < end(b) && b.offset() < end(a);
        boolean meet = a.from() <= b.to() && b.from() <= a.to();
        require(
                !(share && meet),
                "buffers %d and %d share bytes from %d on, and both live during launch %d",
                a.id(),
                b.id(),
                Math.max(a.offset(), b.offset()),
                Math.max(a.from(), b.from()));
        require(
                !(share && (a.pinned() || b.pinned())),
                "buffer %d (%s) outlives a run but shares bytes with buffer %d",
                a.pinned() ? a.id() : b.id(),
                (a.pinned() ? a : b).category(),
                a.pinned() ? b.id() : a.id());
        if (device.blocks()) {
            require(
                    !share || a.offset() == b.offset(),
                    "buffer %d begins within the block of buffer %d",
                    a.offset() > b.offset() ? a.id() : b.id(),
                    a.offset() > b.offset() ? b.id() : a.id());
            require(
                    a.offset() != b.offset() || a.dtype() == b.dtype(),
                    "buffers %d and %d share a block, but hold %s and %s",
                    a.id(),
                    b.id(),
                    a.dtype().text(),
                    b.dtype().text());
        }
    }

    // ---- names ----------------------------------------------------------------------------------------------------

    private void checkPlaces() {
        checkNamed("input", graph.inputs(), plan.inputs());
        checkNamed("output", graph.outputs(), plan.outputs());
        graph.inputs().forEach((label, value) -> {
            Slot slot = plan.inputs().get(label);
            require(
                    slot == null || isPinned(slot),
                    "input \"%s\" %s lies in a buffer that does not outlive a run",
                    label,
                    slot);
        });
        plan.constants().forEach((slot, tensor) -> {
            LaunchRules.problemOf(plan, slot).forEach(problem -> problems.add("constant " + problem));
            require(isPinned(slot), "constant %s lies in a buffer that does not outlive a run", slot);
            boolean constant = graph.node(slot.value()).op() instanceof Constant c && equal(c.toTensor(), tensor);
            require(constant, "constant %s is not what the graph says", slot);
        });
    }

    private boolean isPinned(Slot slot) {
        return slot.buffer() >= 0
                && slot.buffer() < plan.buffers().size()
                && plan.buffers().get(slot.buffer()).pinned();
    }

    private static boolean equal(HostTensor a, HostTensor b) {
        return a.spec().equals(b.spec()) && a.data().mismatch(b.data()) == -1;
    }

    private void checkNamed(String what, Map<String, Value> wanted, Map<String, Slot> given) {
        wanted.forEach((name, value) -> {
            Slot slot = given.get(name);
            require(slot != null, "%s \"%s\" has no place", what, name);
            require(
                    slot == null || slot.value().equals(value),
                    "%s \"%s\" is %s in the graph, but its place %s holds another value",
                    what,
                    name,
                    value,
                    slot);
            if (slot != null) {
                LaunchRules.problemOf(plan, slot)
                        .forEach(problem -> problems.add(what + " \"" + name + "\" " + problem));
            }
        });
        given.keySet().stream()
                .filter(name -> !wanted.containsKey(name))
                .forEach(name -> problems.add(what + " \"" + name + "\" is not in the graph"));
    }

    // ---- the launches in order ------------------------------------------------------------------------------------

    private void play() {
        Contents contents = new Contents(graph);
        plan.inputs().values().forEach(slot -> contents.write(slot, -1));
        plan.constants().keySet().forEach(slot -> contents.write(slot, -1));
        for (int i = 0; i < plan.launches().size(); i++) {
            Launch launch = plan.launches().get(i);
            String name = "launch %d (%s %s)".formatted(i, launch.kind(), launch.label());
            List<String> own = LaunchRules.problems(plan, device, launch);
            own.forEach(problem -> problems.add(name + ": " + problem));
            if (!own.isEmpty()) {
                return;
            }
            for (Operand operand : launch.operands()) {
                checkLife(name, operand.slot(), i);
            }
            for (Operand read : launch.reads()) {
                contents.missing(read.slot())
                        .ifPresent(reason -> problems.add("%s reads %s, but %s".formatted(name, read.slot(), reason)));
            }
            for (Operand write : launch.writes()) {
                contents.write(write, i);
            }
        }
        checkResults(contents);
    }

    private void checkLife(String name, Slot slot, int launch) {
        Buffer buffer = plan.buffers().get(slot.buffer());
        require(
                buffer.from() <= launch && launch <= buffer.to(),
                "%s uses %s in buffer %d, which lives from launch %d to %d",
                name,
                slot,
                buffer.id(),
                buffer.from(),
                buffer.to());
    }

    private void checkResults(Contents contents) {
        int end = plan.launches().size();
        plan.outputs().forEach((name, slot) -> {
            contents.missing(slot)
                    .ifPresent(reason -> problems.add(
                            "output \"%s\" is to be at %s after the run, but %s".formatted(name, slot, reason)));
            require(
                    plan.buffers().get(slot.buffer()).to() >= end,
                    "output \"%s\" lies in buffer %d, whose life ends with launch %d of %d",
                    name,
                    slot.buffer(),
                    plan.buffers().get(slot.buffer()).to(),
                    end);
        });
        Map<Slot, String> kept = new LinkedHashMap<>();
        plan.inputs().forEach((label, slot) -> {
            Value update = graph.updates().get(slot.value());
            kept.put(
                    update == null ? slot : slot.holding(update),
                    update == null ? "input \"" + label + "\"" : "the update of \"" + label + "\"");
        });
        plan.constants().keySet().forEach(slot -> kept.put(slot, "a constant"));
        kept.forEach((slot, what) -> contents.missing(slot)
                .ifPresent(reason ->
                        problems.add("%s is to be at %s after the run, but %s".formatted(what, slot, reason))));
    }
}
