// What a kernel, or a caller, did wrong: found at one place, told to a person at another.
#pragma once

#include "cuda_types.h"

#include <string>

namespace dagrad_emu {

struct Fault {
    CUresult status;
    std::string message;
};

// Prints the sentence and keeps it for dagrad_emu_last_fault; returns its status.
CUresult tell(const Fault &fault);

std::string format(const char *pattern, ...) __attribute__((format(printf, 1, 2)));

}
