// What NVRTC hands out as a "cubin", and the driver loads: a shared object with a header.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace dagrad_emu {

struct ImageHeader {
    static constexpr char MAGIC[9] = "DAGRADEM";

    char magic[8];
    // sources() of the NVRTC that made it.
    uint32_t sources;
    // 90 for sm_90.
    uint32_t arch;
    // The shared object is compiled with checks of every address, and with what AddressSanitizer wants.
    uint32_t checked;
    uint32_t sanitized;
    // Bytes of the shared object, and their FNV-1a sum.
    uint64_t size;
    uint64_t sum;
};

// A sum of the sources that decide how a program is compiled, by the build.
uint32_t sources();

uint64_t sum_of(const char *bytes, size_t size);

// Header and object.
std::string image_of(const std::string &object, unsigned arch, bool checked, bool sanitized);

// The same as text, since PTX is text.
std::string text_of(const std::string &image);

// What a module is loaded from, whose size nobody tells: the image, or an empty string if it is none. `damaged` is set
// if it begins as one and does not go on so.
std::string image_at(const void *data, bool &damaged);

}
