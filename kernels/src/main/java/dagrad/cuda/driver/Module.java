package dagrad.cuda.driver;

import java.util.Optional;
import jcuda.driver.CUfunction;
import jcuda.driver.CUmodule;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;

/// Machine code on the GPU.
public final class Module implements Resource {
    private final CUmodule handle;
    private boolean closed;

    private Module(CUmodule handle) {
        this.handle = handle;
    }

    /// @param image a cubin, a fatbin, or PTX with a zero byte at its end
    /// @param name for messages
    /// @throws DeviceException if the driver does not take it
    public static Module load(byte[] image, String name) {
        CUmodule handle = new CUmodule();
        Status.check(JCudaDriver.cuModuleLoadData(handle, image), "load the code of " + name + " onto the GPU");
        return new Module(handle);
    }

    /// As [#load], but empty if the image is none for this driver and card, so that another may be tried.
    public static Optional<Module> tryLoad(byte[] image, String name) {
        CUmodule handle = new CUmodule();
        int status = JCudaDriver.cuModuleLoadData(handle, image);
        return switch (status) {
            case CUresult.CUDA_ERROR_INVALID_IMAGE,
                    CUresult.CUDA_ERROR_INVALID_PTX,
                    CUresult.CUDA_ERROR_INVALID_SOURCE,
                    CUresult.CUDA_ERROR_NO_BINARY_FOR_GPU,
                    CUresult.CUDA_ERROR_UNSUPPORTED_PTX_VERSION,
                    CUresult.CUDA_ERROR_JIT_COMPILER_NOT_FOUND,
                    CUresult.CUDA_ERROR_JIT_COMPILATION_DISABLED -> Optional.empty();
            default -> {
                Status.check(status, "load the code of " + name + " onto the GPU");
                yield Optional.of(new Module(handle));
            }
        };
    }

    /// @throws DeviceException if there is no function of that name
    public Function function(String name) {
        CUfunction function = new CUfunction();
        Status.check(JCudaDriver.cuModuleGetFunction(function, handle, name), "find the kernel " + name);
        return new Function(name, function);
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            JCudaDriver.cuModuleUnload(handle);
        }
    }
}
