package dagrad.backend;

import dagrad.plan.Plan;
import dagrad.tensor.HostTensor;
import java.util.function.IntConsumer;

/// A plan on a device, with its arena. Used by one thread at a time.
public interface Executable extends AutoCloseable {
    Plan plan();

    /// Copies a tensor to an input (of any kind).
    ///
    /// @throws dagrad.plan.PlanException if no tensor has that name
    /// @throws DeviceException if the spec differs from the input's
    void write(String name, HostTensor data);

    /// Copies an input or output from the device into a tensor of its spec.
    void read(String name, HostTensor into);

    /// A copy of an input or output.
    default HostTensor read(String name) {
        HostTensor result = HostTensor.zeros(plan().slot(name).spec());
        read(name, result);
        return result;
    }

    /// The way back of a scalar output, to be kept and used after each run; one for each name
    /// It closes with this.
    ///
    /// @throws dagrad.plan.PlanException if no tensor has that name
    /// @throws DeviceException if it is no scalar
    default Readback readback(String name) {
        return Readback.immediate(this, name);
    }

    /// Runs the plan once: one training step, if it is one. Allocates nothing.
    ///
    /// A device that works beside the host may tell of a failed launch only when something is read.
    ///
    /// @throws DeviceException if a launch fails (an index out of range); states may be partly updated then
    void run();

    /// The same, launch by launch, each waited for: slower, and for those who want to see where the time goes.
    ///
    /// @param done is told the number of each launch when it is done
    /// @throws DeviceException if a launch fails, or the device has no launches
    default void run(IntConsumer done) {
        throw new DeviceException("this device runs no launches that could be told one from another");
    }

    /// Whether the device has launches that [#run(IntConsumer)] tells of.
    default boolean hasLaunches() {
        return true;
    }

    @Override
    void close();
}
