package dagrad.cuda.driver;

import dagrad.backend.DeviceException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.JCudaDriver;

/// A GPU, as the driver describes it.
///
/// @param ordinal its number, from 0
/// @param capability compute capability, ten times: 90 for 9.0
/// @param memory in bytes
/// @param clock of the multiprocessors, in Hz
/// @param bandwidth of the memory in bytes per second, as clock and bus width give it; 0 if the driver does not tell
/// @param sharedBytes of shared memory that one block may have, if its kernel asks for it
public record Device(
        int ordinal,
        String name,
        int capability,
        int multiprocessors,
        long memory,
        double clock,
        double bandwidth,
        int sharedBytes) {
    private static final int NAME_BYTES = 256;

    /// All GPUs that the driver shows to this process.
    ///
    /// @throws DeviceException if CUDA cannot be used here
    public static List<Device> all() {
        Natives.load();
        int[] count = new int[1];
        Status.check(JCudaDriver.cuInit(0), "start the CUDA driver");
        Status.check(JCudaDriver.cuDeviceGetCount(count), "count the GPUs");
        return IntStream.range(0, count[0]).mapToObj(Device::read).toList();
    }

    /// @throws DeviceException if there is no such GPU
    public static Device of(int ordinal) {
        List<Device> all = all();
        if (ordinal >= all.size()) {
            throw new DeviceException("there is no GPU " + ordinal + ", the driver shows " + all.size()
                    + "; nvidia-smi lists them, and CUDA_VISIBLE_DEVICES may hide some");
        }
        return all.get(ordinal);
    }

    CUdevice handle() {
        CUdevice device = new CUdevice();
        Status.check(JCudaDriver.cuDeviceGet(device, ordinal), "find GPU " + ordinal);
        return device;
    }

    private static Device read(int ordinal) {
        CUdevice device = new CUdevice();
        Status.check(JCudaDriver.cuDeviceGet(device, ordinal), "find GPU " + ordinal);
        byte[] name = new byte[NAME_BYTES];
        Status.check(JCudaDriver.cuDeviceGetName(name, name.length, device), "ask for a GPU's name");
        int end = 0;
        while (end < name.length && name[end] != 0) {
            end++;
        }
        long[] memory = new long[1];
        Status.check(JCudaDriver.cuDeviceTotalMem(memory, device), "ask for a GPU's memory");
        double memoryHertz = 1e3 * attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MEMORY_CLOCK_RATE);
        int busBits = attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_GLOBAL_MEMORY_BUS_WIDTH);
        return new Device(
                ordinal,
                new String(name, 0, end, StandardCharsets.UTF_8),
                10 * attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR)
                        + attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR),
                attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT),
                memory[0],
                1e3 * attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_CLOCK_RATE),
                // Two transfers a clock.
                2 * memoryHertz * busBits / 8,
                attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN));
    }

    private static int attribute(CUdevice device, int attribute) {
        int[] value = new int[1];
        Status.check(
                JCudaDriver.cuDeviceGetAttribute(value, attribute, device),
                "ask for a GPU's " + CUdevice_attribute.stringFor(attribute));
        return value[0];
    }
}
