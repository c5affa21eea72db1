package dagrad.reference;

import dagrad.backend.Backend;
import dagrad.backend.DeviceException;
import dagrad.backend.Executable;
import dagrad.plan.Capabilities;
import dagrad.plan.Plan;
import dagrad.plan.PlanException;
import dagrad.tensor.DType;
import dagrad.tensor.HostTensor;
import dagrad.tensor.TensorSpec;
import java.util.HashMap;
import java.util.Map;

/// The oracle as a device: a run evaluates the plan's graph node by node with [GraphInterpreter#exact] and then applies
/// its updates. The launches and the arena are not looked at. All floats are held as float64 from run to run, whatever
/// their type; they are rounded to it when read.
public final class ReferenceBackend implements Backend {
    @Override
    public String name() {
        return "reference (float64, node by node)";
    }

    /// The interpreter expands composites itself.
    @Override
    public Capabilities capabilities() {
        return Capabilities.COMPOSITES;
    }

    @Override
    public Executable load(Plan plan) {
        return new Loaded(plan);
    }

    /// Nothing is held outside of the heap.
    @Override
    public void close() {}

    private static final class Loaded implements Executable {
        private final Plan plan;
        private final Map<String, HostTensor> inputs = new HashMap<>();
        private final Map<String, HostTensor> outputs = new HashMap<>();

        Loaded(Plan plan) {
            this.plan = plan;
            plan.inputs().forEach((name, slot) -> inputs.put(name, HostTensor.zeros(held(slot.spec()))));
        }

        private static TensorSpec held(TensorSpec spec) {
            return spec.dtype().isFloating() ? spec.withDtype(DType.F64) : spec;
        }

        @Override
        public Plan plan() {
            return plan;
        }

        @Override
        public boolean hasLaunches() {
            return false;
        }

        @Override
        public void write(String name, HostTensor data) {
            TensorSpec spec = plan.slot(name).spec();
            if (!inputs.containsKey(name)) {
                throw new PlanException("\"" + name + "\" is an output; the inputs are "
                        + plan.inputs().keySet());
            }
            requireSpec(name, spec, data);
            inputs.put(name, data.cast(held(spec).dtype()));
        }

        @Override
        public void read(String name, HostTensor into) {
            TensorSpec spec = plan.slot(name).spec();
            requireSpec(name, spec, into);
            HostTensor held = inputs.getOrDefault(name, outputs.get(name));
            if (held == null) {
                throw new DeviceException("the output \"" + name + "\" cannot be read before the first run");
            }
            into.data().copyFrom(held.cast(spec.dtype()).data());
        }

        private static void requireSpec(String name, TensorSpec spec, HostTensor tensor) {
            if (!tensor.spec().equals(spec)) {
                throw new DeviceException("\"" + name + "\" is " + spec + ", not " + tensor.spec());
            }
        }

        @Override
        public void run() {
            try {
                GraphInterpreter.Result result = GraphInterpreter.exact().evaluate(plan.graph(), inputs);
                outputs.putAll(result.outputs());
                inputs.putAll(result.updates());
            } catch (EvaluationException e) {
                throw new DeviceException(e.getMessage(), e);
            }
        }

        @Override
        public void close() {
            inputs.clear();
            outputs.clear();
        }
    }
}
