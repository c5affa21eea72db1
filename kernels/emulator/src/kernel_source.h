// Rewrites a preprocessed CUDA program into C++ for g++.
#pragma once

#include <string>
#include <vector>

namespace dagrad_emu {

struct Rewritten {
    std::string text;
    // The kernels defined, in order.
    std::vector<std::string> kernels;
    // "FILE:LINE: error: …" for each thing that is no CUDA, though g++ would take it.
    std::string errors;
};

// Lines stay what they are, so that g++'s messages name those of the program.
//
// - `extern "C" __global__ void k(…) {…}` becomes a static function, listed in the table of kernels at the end.
// - `__shared__ float a[32], b;` becomes two references into the shared memory of the block that runs.
// - `extern __shared__ float a[];` becomes a pointer to it.
Rewritten rewrite(const std::string &preprocessed, bool checked);

}
