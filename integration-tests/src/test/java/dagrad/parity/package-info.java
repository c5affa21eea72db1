/// Every device that is found here against the reference: operations, models, random graphs, trainings. On machines
/// without a GPU the CUDA emulator is one of the devices.
@NullMarked
package dagrad.parity;

import org.jspecify.annotations.NullMarked;
