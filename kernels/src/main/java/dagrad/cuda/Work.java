package dagrad.cuda;

import dagrad.backend.DeviceException;
import dagrad.cuda.code.Argument;
import dagrad.cuda.code.Call;
import dagrad.cuda.code.Grid;
import dagrad.cuda.compile.Kernels;
import dagrad.cuda.driver.Cublas;
import dagrad.cuda.driver.DeviceMemory;
import dagrad.cuda.driver.GemmLaunch;
import dagrad.cuda.driver.KernelLaunch;
import dagrad.cuda.driver.Stream;

/// A call whose arguments are bound: queueing it is all that is left to do.
@FunctionalInterface
interface Work {
    /// Queues it in the plan's stream, which cuBLAS was told of before.
    void enqueue(Stream stream);

    /// What calls are bound to.
    ///
    /// @param faults the fault words
    /// @param tickets zeros
    record Bindings(
            DeviceMemory arena,
            DeviceMemory workspace,
            DeviceMemory faults,
            DeviceMemory tickets,
            Kernels kernels,
            Cublas cublas,
            boolean tf32) {
        Work bind(Call call) {
            return switch (call) {
                case Call.Kernel kernel -> bind(kernel);
                case Call.Gemm gemm -> bind(gemm);
                case Call.Clear(Argument address, long bytes) -> {
                    Place place = place(address);
                    yield stream -> place.memory.clear(place.offset, bytes, stream);
                }
            };
        }

        private Work bind(Call.Kernel call) {
            Grid grid = call.grid();
            int[] extents = {
                grid.x(), grid.y(), grid.z(), grid.threadsX(), grid.threadsY(), 1, grid.sharedBytes(),
            };
            long[] arguments = call.arguments().stream().mapToLong(this::bits).toArray();
            KernelLaunch launch = new KernelLaunch(kernels.function(call), extents, arguments);
            return launch::enqueue;
        }

        private Work bind(Call.Gemm call) {
            GemmLaunch launch = new GemmLaunch(
                    cublas,
                    call.type(),
                    call.cType(),
                    tf32,
                    call.m(),
                    call.n(),
                    call.k(),
                    call.batch(),
                    matrix(call.a()),
                    matrix(call.b()),
                    matrix(call.c()),
                    call.alpha(),
                    call.beta());
            return _ -> launch.enqueue();
        }

        private GemmLaunch.Matrix matrix(Call.Gemm.Matrix matrix) {
            Place place = place(matrix.address());
            return new GemmLaunch.Matrix(
                    place.memory,
                    place.offset,
                    matrix.transposed(),
                    Math.toIntExact(matrix.leading()),
                    matrix.stride());
        }

        /// The argument's bytes, in the lower ones.
        private long bits(Argument argument) {
            return switch (argument) {
                case Argument.Arena _, Argument.Workspace _, Argument.Fault(), Argument.Tickets() -> {
                    Place place = place(argument);
                    yield place.memory.address() + place.offset;
                }
                case Argument.Int(int value) -> Integer.toUnsignedLong(value);
                case Argument.Int64(long value) -> value;
                case Argument.Real(float value) -> Integer.toUnsignedLong(Float.floatToRawIntBits(value));
            };
        }

        private record Place(DeviceMemory memory, long offset) {}

        private Place place(Argument address) {
            return switch (address) {
                case Argument.Arena(long offset) -> new Place(arena, offset);
                case Argument.Workspace(long offset) -> new Place(workspace, offset);
                case Argument.Fault() -> new Place(faults, 0);
                case Argument.Tickets() -> new Place(tickets, 0);
                case Argument.Int _, Argument.Int64 _, Argument.Real _ ->
                    throw new DeviceException(address + " is no address");
            };
        }
    }
}
