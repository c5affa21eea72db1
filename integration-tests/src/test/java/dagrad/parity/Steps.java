package dagrad.parity;

import dagrad.backend.Backend;
import dagrad.backend.Executable;
import dagrad.graph.Graph;
import dagrad.graph.Input;
import dagrad.plan.Plan;
import dagrad.reference.GraphInterpreter;
import dagrad.reference.SampleInputs;
import dagrad.schedule.Scheduler;
import dagrad.tensor.HostTensor;
import java.util.LinkedHashMap;
import java.util.Map;

/// A number of steps of a step graph, all on one batch, from one start.
record Steps(Graph graph, int count) {
    /// States of the graph that is trained, as frozen weights are, hold numbers as the parameters do.
    private Map<String, HostTensor> start() {
        Map<String, HostTensor> result = new LinkedHashMap<>(SampleInputs.of(graph, 3));
        graph.inputs(Input.Kind.STATE).forEach((label, v) -> {
            if (label.startsWith("optimizer/") || label.startsWith("random/")) {
                result.put(label, HostTensor.zeros(graph.spec(v)));
            }
        });
        return result;
    }

    /// The parameters and states after all steps.
    Map<String, HostTensor> byTheReference() {
        Map<String, HostTensor> kept = start();
        for (int i = 0; i < count; i++) {
            kept.putAll(GraphInterpreter.exact().evaluate(graph, kept).updates());
        }
        return kept;
    }

    /// The same.
    Map<String, HostTensor> byADevice(Backend backend) {
        return byADevice(backend, Scheduler.plan(graph, backend.capabilities()));
    }

    /// The same by a plan of the graph.
    Map<String, HostTensor> byADevice(Backend backend, Plan plan) {
        Map<String, HostTensor> result = new LinkedHashMap<>();
        try (Executable executable = backend.load(plan)) {
            start().forEach(executable::write);
            for (int i = 0; i < count; i++) {
                executable.run();
            }
            graph.inputs().keySet().forEach(label -> result.put(label, executable.read(label)));
        }
        return result;
    }

    /// How far two trainings ended from each other, as a part of how far the first went from the start.
    double apart(Map<String, HostTensor> expected, Map<String, HostTensor> found) {
        Map<String, HostTensor> start = start();
        double way = 0;
        double apart = 0;
        for (String label : graph.inputs(Input.Kind.PARAMETER).keySet()) {
            HostTensor from = start.get(label);
            for (long i = 0; i < from.size(); i++) {
                double to = expected.get(label).get(i);
                way = Math.hypot(way, to - from.get(i));
                apart = Math.hypot(apart, to - found.get(label).get(i));
            }
        }
        return apart / way;
    }
}
