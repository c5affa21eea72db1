package dagrad.backend;

import dagrad.tensor.HostTensor;
import dagrad.tensor.TensorSpec;

/// The way back of a scalar output. It is asked for after a run and taken when it is wanted: where the device works
/// beside the host, a later run may be under way by then. What is asked for first is taken first, and at most
/// [#CAPACITY] values may be asked for that are not taken yet.
public interface Readback {
    int CAPACITY = 2;

    /// Asks for the value after the last run.
    ///
    /// @throws IllegalStateException if too many are not taken yet
    void ask();

    /// The oldest value that was asked for and not taken; waits until it is there.
    ///
    /// @throws IllegalStateException if none was asked for
    /// @throws DeviceException if a launch before it failed (an index out of range)
    double take();

    /// Whether waiting to take a value lets the device work meanwhile. Otherwise values are there when asked for.
    boolean deferred();

    /// @return the spec
    /// @throws DeviceException if it is not one element
    static TensorSpec requireScalar(String name, TensorSpec spec) {
        if (spec.shape().size() != 1) {
            throw new DeviceException("\"" + name + "\" is " + spec + " and no scalar; read it as a tensor");
        }
        return spec;
    }

    /// Reads at once.
    ///
    /// @throws dagrad.plan.PlanException if no tensor has that name
    /// @throws DeviceException if it is no scalar
    static Readback immediate(Executable executable, String name) {
        TensorSpec spec = requireScalar(name, executable.plan().slot(name).spec());
        return new Readback() {
            private final HostTensor tensor = HostTensor.zeros(spec);
            private final double[] values = new double[CAPACITY];
            private int count;

            @Override
            public void ask() {
                if (count == CAPACITY) {
                    throw new IllegalStateException(CAPACITY + " values of \"" + name + "\" are not taken yet");
                }
                executable.read(name, tensor);
                values[count++] = tensor.scalar();
            }

            @Override
            public double take() {
                if (count == 0) {
                    throw new IllegalStateException("no value of \"" + name + "\" was asked for");
                }
                double first = values[0];
                count--;
                System.arraycopy(values, 1, values, 0, count);
                return first;
            }

            @Override
            public boolean deferred() {
                return false;
            }
        };
    }
}
