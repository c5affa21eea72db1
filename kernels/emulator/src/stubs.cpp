// Functions that JCuda's library imports and the emulator does not have: they say so, with a status.
#include "context.h"

#define STUB(name)                                                                                 \
    CUDA_API name() {                                                                              \
        return dagrad_emu::enter(dagrad_emu::Need::INIT, [] { return CUDA_ERROR_NOT_SUPPORTED; }); \
    }
#include "stubs.inc"
