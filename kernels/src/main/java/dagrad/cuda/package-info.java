/// Plans on NVIDIA GPUs: the device ([CudaBackend][dagrad.cuda.CudaBackend]) and a plan on it, all its calls captured
/// into one CUDA graph. What a launch becomes is said in `code`, how sources become machine code in `compile`, and
/// what the driver is asked in `driver`; nothing else is here.
@NullMarked
package dagrad.cuda;

import org.jspecify.annotations.NullMarked;
