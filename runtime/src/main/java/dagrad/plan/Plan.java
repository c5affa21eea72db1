package dagrad.plan;

import dagrad.graph.Graph;
import dagrad.tensor.HostTensor;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A step, lowered: launches in order, and a place for every tensor.
///
/// @param graph what the plan computes, after the passes
/// @param inputs where the inputs of all kinds lie, by label; parameters and states are updated there
/// @param outputs where the outputs lie after a run, by name; valid until the next run
/// @param constants tensors to be written once, when the plan is loaded
/// @param arenaBytes size of the one allocation that holds everything
public record Plan(
        Graph graph,
        List<Launch> launches,
        List<Buffer> buffers,
        Map<String, Slot> inputs,
        Map<String, Slot> outputs,
        Map<Slot, HostTensor> constants,
        long arenaBytes) {
    /// Buffers begin at multiples of this many bytes, wide enough for any vector unit and for coalesced access.
    public static final int ALIGNMENT = 256;

    public Plan {
        launches = List.copyOf(launches);
        buffers = List.copyOf(buffers);
        inputs = Collections.unmodifiableMap(new LinkedHashMap<>(inputs));
        outputs = Collections.unmodifiableMap(new LinkedHashMap<>(outputs));
        constants = Collections.unmodifiableMap(new LinkedHashMap<>(constants));
    }

    /// The place of an input or output.
    ///
    /// @throws PlanException if there is none of that name
    public Slot slot(String name) {
        Slot slot = inputs.getOrDefault(name, outputs.get(name));
        if (slot == null) {
            throw new PlanException("no tensor is named \"" + name + "\"; there are the inputs " + inputs.keySet()
                    + " and the outputs " + outputs.keySet());
        }
        return slot;
    }

    /// One line a launch: number, kind, reads, writes, label.
    @Override
    public String toString() {
        StringBuilder text =
                new StringBuilder("plan of " + launches.size() + " launches, " + arenaBytes + " bytes {\n");
        inputs.forEach((name, slot) ->
                text.append("  ").append(name).append(": ").append(slot).append('\n'));
        for (int i = 0; i < launches.size(); i++) {
            Launch launch = launches.get(i);
            text.append("  ")
                    .append(i)
                    .append(' ')
                    .append(launch.kind())
                    .append(' ')
                    .append(launch.reads());
            text.append(" -> ")
                    .append(launch.writes())
                    .append("  # ")
                    .append(launch.label())
                    .append('\n');
        }
        outputs.forEach((name, slot) ->
                text.append("  ").append(name).append(" = ").append(slot).append('\n'));
        return text.append("}\n").toString();
    }
}
