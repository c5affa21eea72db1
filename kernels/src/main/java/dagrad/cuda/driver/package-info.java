/// The CUDA driver, cuBLAS and NVRTC as owned objects: the only package that sees `jcuda`. Each status is looked at; a
/// bad one becomes a [DeviceException][dagrad.backend.DeviceException] with its name, what was being done, and what to
/// do. Nothing is known here of plans or of what kernels compute.
///
/// [CudaInstallation] says what of CUDA a machine has, without JCuda; [Natives] loads JCuda, and is first asked by
/// [Device#all].
///
/// Contexts are current for a thread: [Context#makeCurrent] goes before anything else here.
@NullMarked
package dagrad.cuda.driver;

import org.jspecify.annotations.NullMarked;
