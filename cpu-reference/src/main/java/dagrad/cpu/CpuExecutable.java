package dagrad.cpu;

import dagrad.backend.DeviceException;
import dagrad.backend.Executable;
import dagrad.flight.LaunchEvent;
import dagrad.plan.Launch;
import dagrad.plan.Plan;
import dagrad.plan.PlanException;
import dagrad.plan.Slot;
import dagrad.tensor.HostTensor;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.function.IntConsumer;
import jdk.jfr.FlightRecorder;

/// A plan, compiled: a step for each launch, and the arrays they work on.
final class CpuExecutable implements Executable {
    private final Plan plan;
    private final Workers workers;
    private final Step[] steps;
    private final Map<String, MemorySegment> places = new HashMap<>();
    private boolean closed;

    CpuExecutable(Plan plan, Workers workers, Blas blas) {
        this.plan = plan;
        this.workers = workers;
        Memory memory = Memory.of(plan);
        Scratch scratch = new Scratch(workers.count());
        plan.outputs().forEach((name, slot) -> places.put(name, memory.segment(slot)));
        plan.inputs().forEach((name, slot) -> places.put(name, memory.segment(slot)));
        plan.constants().forEach((slot, tensor) -> memory.segment(slot).copyFrom(tensor.data()));
        this.steps = compile(plan, memory, blas, scratch);
    }

    /// What an executable would take, in bytes.
    ///
    /// @param workers how many threads there are
    /// @throws DeviceException if the largest of its arrays does not fit into the heap
    static long bytes(Plan plan, int workers, Blas blas) {
        Scratch scratch = new Scratch(workers);
        compile(plan, Memory.sketch(plan), blas, scratch);
        return Memory.bytes(plan) + scratch.bytes();
    }

    private static Step[] compile(Plan plan, Memory memory, Blas blas, Scratch scratch) {
        return plan.launches().stream()
                .map(launch -> {
                    scratch.nextLaunch();
                    return compile(launch, memory, blas, scratch);
                })
                .toArray(Step[]::new);
    }

    private static Step compile(Launch launch, Memory memory, Blas blas, Scratch scratch) {
        return switch (launch) {
            case Launch.Gemm gemm -> GemmStep.of(gemm, memory, blas, scratch);
            case Launch.Fused fused -> FusedStep.of(fused, memory, scratch);
            case Launch.FusedReduce reduce -> ReduceStep.of(reduce, memory, scratch);
            case Launch.Rows _, Launch.Updates _ ->
                throw new IllegalArgumentException("never planned here: " + launch.label());
            case Launch.Kernel kernel -> Kernels.of(kernel, memory, blas, scratch);
        };
    }

    @Override
    public Plan plan() {
        return plan;
    }

    @Override
    public void write(String name, HostTensor data) {
        Slot slot = plan.inputs().get(name);
        if (slot == null) {
            throw new PlanException("no input is named \"" + name + "\"; there are "
                    + plan.inputs().keySet());
        }
        requireSame(name, slot, data);
        places.get(name).copyFrom(data.data());
    }

    @Override
    public void read(String name, HostTensor into) {
        requireSame(name, plan.slot(name), into);
        into.data().copyFrom(places.get(name));
    }

    private void requireSame(String name, Slot slot, HostTensor tensor) {
        requireOpen();
        if (!slot.spec().equals(tensor.spec())) {
            throw new DeviceException("\"" + name + "\" is " + slot.spec() + ", the tensor given is " + tensor.spec());
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new DeviceException("the executable is closed; load the plan again");
        }
    }

    @Override
    public void run() {
        if (FlightRecorder.isInitialized()) {
            recorded();
        } else {
            run(_ -> {});
        }
    }

    /// With an event for each launch.
    private void recorded() {
        LaunchEvent[] event = {LaunchEvent.begun()};
        run(number -> {
            event[0].done(number, plan.launches().get(number).label());
            event[0] = LaunchEvent.begun();
        });
    }

    @Override
    public void run(IntConsumer done) {
        requireOpen();
        for (int i = 0; i < steps.length; i++) {
            try {
                steps[i].run(workers);
            } catch (DeviceException e) {
                throw new DeviceException(plan.launches().get(i).label() + ": " + e.getMessage(), e);
            }
            done.accept(i);
        }
    }

    @Override
    public void close() {
        closed = true;
    }
}
