// From a CUDA program to an image, through g++.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace dagrad_emu {

struct Compilation {
    enum class End { GOOD, BAD_OPTION, BAD_PROGRAM, NO_COMPILER };
    End end;
    std::string log;
    std::string image;
};

// Header and text, under the name by which programs include it.
using Headers = std::vector<std::pair<std::string, std::string>>;

// `archs` are those that --gpu-architecture may name, as 90 for sm_90.
Compilation compile(const std::string &source, const std::string &name, const Headers &headers,
                    const std::vector<std::string> &options, const std::vector<int> &archs);

}
