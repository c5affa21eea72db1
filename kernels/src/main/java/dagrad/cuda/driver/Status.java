package dagrad.cuda.driver;

import dagrad.backend.DeviceException;
import jcuda.driver.CUresult;
import jcuda.jcublas.cublasStatus;
import jcuda.nvrtc.nvrtcResult;

/// What the libraries answer, as exceptions. JCuda's own are left off: they do not say what was being done, and some
/// of its functions never throw.
final class Status {
    private Status() {}

    /// @param doing completes "cannot …"
    static void check(int status, String doing) {
        if (status != CUresult.CUDA_SUCCESS) {
            throw failure(status, doing);
        }
    }

    static DeviceException failure(int status, String doing) {
        return new DeviceException(
                "cannot " + doing + ": " + CUresult.stringFor(status) + " (" + status + "), " + meaning(status));
    }

    static void checkBlas(int status, String doing) {
        if (status != cublasStatus.CUBLAS_STATUS_SUCCESS) {
            throw new DeviceException("cannot " + doing + ": " + cublasStatus.stringFor(status) + " (" + status + "), "
                    + blasMeaning(status));
        }
    }

    static void checkNvrtc(int status, String doing) {
        if (status != nvrtcResult.NVRTC_SUCCESS) {
            throw new DeviceException("cannot " + doing + ": " + nvrtcResult.stringFor(status) + " (" + status + ")");
        }
    }

    private static String meaning(int status) {
        return switch (status) {
            case CUresult.CUDA_ERROR_INVALID_VALUE -> "an argument that the driver does not accept";
            case CUresult.CUDA_ERROR_OUT_OF_MEMORY ->
                "the device's memory is used up; end other programs on it, or take a smaller batch or model";
            case CUresult.CUDA_ERROR_NOT_INITIALIZED, CUresult.CUDA_ERROR_DEINITIALIZED ->
                "the driver is shutting down or was never there; start the program again";
            case CUresult.CUDA_ERROR_NO_DEVICE, CUresult.CUDA_ERROR_INVALID_DEVICE ->
                "the driver has no such device; nvidia-smi lists them, and CUDA_VISIBLE_DEVICES may hide some";
            case CUresult.CUDA_ERROR_INVALID_CONTEXT, CUresult.CUDA_ERROR_CONTEXT_IS_DESTROYED ->
                "the device was closed, or another library destroyed its context; open the device again";
            case CUresult.CUDA_ERROR_NO_BINARY_FOR_GPU -> "the code was compiled for other cards than this one";
            case CUresult.CUDA_ERROR_INVALID_IMAGE, CUresult.CUDA_ERROR_INVALID_SOURCE ->
                "that is no code that this driver reads";
            case CUresult.CUDA_ERROR_UNSUPPORTED_PTX_VERSION ->
                "the driver is older than the compiler; install a newer driver";
            case CUresult.CUDA_ERROR_ILLEGAL_ADDRESS, CUresult.CUDA_ERROR_MISALIGNED_ADDRESS ->
                "a kernel touched memory that it must not; what was on the device is lost. "
                        + "Run again with -Ddagrad.cuda.graph=off to see which launch it was";
            case CUresult.CUDA_ERROR_LAUNCH_FAILED,
                    CUresult.CUDA_ERROR_ASSERT,
                    CUresult.CUDA_ERROR_ILLEGAL_INSTRUCTION ->
                "a kernel failed; what was on the device is lost. "
                        + "Run again with -Ddagrad.cuda.graph=off to see which launch it was";
            case CUresult.CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES ->
                "a kernel wants more threads, registers or shared memory than this card has";
            case CUresult.CUDA_ERROR_LAUNCH_TIMEOUT ->
                "the system ended a kernel that ran too long; use a card that drives no display";
            case CUresult.CUDA_ERROR_ECC_UNCORRECTABLE, CUresult.CUDA_ERROR_HARDWARE_STACK_ERROR ->
                "the card reports a fault of its hardware; see nvidia-smi -q and the system's log";
            case CUresult.CUDA_ERROR_DEVICE_UNAVAILABLE, CUresult.CUDA_ERROR_SYSTEM_NOT_READY ->
                "the GPU is lost, or another process has it for itself; what was on it is lost. "
                        + "See nvidia-smi and the system's log (dmesg), and start the program again";
            default -> "see the system's log (dmesg) and nvidia-smi; if the device is lost, start the program again";
        };
    }

    private static String blasMeaning(int status) {
        return switch (status) {
            case cublasStatus.CUBLAS_STATUS_NOT_INITIALIZED, cublasStatus.CUBLAS_STATUS_ALLOC_FAILED ->
                "cuBLAS found no memory or no device; end other programs on the device";
            case cublasStatus.CUBLAS_STATUS_ARCH_MISMATCH, cublasStatus.CUBLAS_STATUS_NOT_SUPPORTED ->
                "this card or this version of cuBLAS does not multiply such matrices";
            case cublasStatus.CUBLAS_STATUS_INVALID_VALUE -> "an argument that cuBLAS does not accept";
            case cublasStatus.CUBLAS_STATUS_EXECUTION_FAILED ->
                "the device failed, perhaps in a kernel before; "
                        + "run again with -Ddagrad.cuda.graph=off to see which launch it was";
            default -> "see the system's log (dmesg) and nvidia-smi";
        };
    }
}
