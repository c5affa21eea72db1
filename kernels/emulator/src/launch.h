// From the arguments of a launch to work.
#pragma once

#include "context.h"

namespace dagrad_emu {

// Checks a launch as the hardware does and copies its arguments.
CUresult kernel_work(KernelWork *work, CUfunction function, uint3 grid, uint3 block, unsigned shared, void **parameters,
                     void **extra);

// The arguments' bytes, in the two forms that they may come in.
CUresult pack(const Kernel &kernel, void **parameters, void **extra, std::vector<unsigned char> *to);

// The module and its functions are gone.
void unload(Module *module);

}
