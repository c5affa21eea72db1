package dagrad.reference;

import dagrad.graph.Graph;
import dagrad.graph.Value;
import dagrad.plan.Launch;
import dagrad.plan.Operand;
import dagrad.plan.Plan;
import dagrad.tensor.HostTensor;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/// The first launch of a plan after which a device holds something else than the plan says: where to look when results
/// disagree. What launches write is made outputs of the plan's graph, so that a device can be asked for all of it.
///
/// @param launch its number in the plan
/// @param label which nodes it computes and where they were built
/// @param off how far the device is off in the tensor that it wrote, as a part of the tensor's norm
public record FirstDifference(int launch, String label, double off) {
    /// As a part of a tensor's norm, in f32 and in bf16.
    private static final double FLOAT = 1e-4;

    private static final double SHORT = 0x1p-7;

    /// Runs the plan by its launches' bodies, and its graph on the device.
    ///
    /// @param inputs for all of the plan's inputs
    /// @param device evaluates a graph and gives its outputs
    /// @return empty if there is no difference, or none that shows when everything is looked at
    public static Optional<FirstDifference> of(
            Plan plan, Map<String, HostTensor> inputs, Function<Graph, Map<String, HostTensor>> device) {
        Map<String, Value> watched = new LinkedHashMap<>();
        for (Launch launch : plan.launches()) {
            launch.writes()
                    .forEach(write -> watched.put(name(write), write.slot().value()));
        }
        Map<String, HostTensor> found = device.apply(new Graph(plan.graph().nodes(), watched, Map.of()));
        PlanInterpreter expected = new PlanInterpreter(plan);
        inputs.forEach(expected::write);
        FirstDifference[] first = new FirstDifference[1];
        expected.run(i -> {
            Launch launch = plan.launches().get(i);
            for (Operand write : launch.writes()) {
                double off = first[0] == null ? off(expected.look(write), write, found) : 0;
                if (off > (write.dtype().bytes() < Float.BYTES ? SHORT : FLOAT)) {
                    first[0] = new FirstDifference(i, launch.label(), off);
                }
            }
        });
        return Optional.ofNullable(first[0]);
    }

    private static String name(Operand write) {
        return write.slot().value().toString();
    }

    /// How far apart a written tensor and the device's are; 0 for a part of a tensor that has other parts.
    private static double off(HostTensor expected, Operand write, Map<String, HostTensor> found) {
        HostTensor actual = found.get(name(write));
        if (actual.size() != expected.size()) {
            return 0;
        }
        double apart = 0;
        double size = 0;
        for (long i = 0; i < expected.size(); i++) {
            double e = expected.get(i);
            double difference = Double.compare(e, actual.get(i)) == 0 ? 0 : Math.abs(e - actual.get(i));
            apart = Math.hypot(apart, Double.isNaN(difference) ? Double.POSITIVE_INFINITY : difference);
            size = Math.hypot(size, Double.isFinite(e) ? e : 0);
        }
        return apart == 0 ? 0 : apart / Math.max(size, Double.MIN_NORMAL);
    }

    /// `launch 12, softmax gpt/block0, is off by 3.1e-02`
    @Override
    public String toString() {
        return String.format(Locale.ROOT, "launch %d, %s, is off by %.1e", launch, label.strip(), off);
    }
}
