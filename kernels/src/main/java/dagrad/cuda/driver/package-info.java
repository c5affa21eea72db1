/// The CUDA driver, cuBLAS and NVRTC as owned objects: the only package that sees `jcuda`. Each status is looked at; a
/// bad one becomes a [DeviceException][dagrad.backend.DeviceException] with its name, what was being done, and what to
/// do. Nothing is known here of plans or of what kernels compute.
///
/// Contexts are current for a thread: [Context#makeCurrent] goes before anything else here.
@NullMarked
package dagrad.cuda.driver;

import org.jspecify.annotations.NullMarked;
