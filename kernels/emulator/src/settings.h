// What the environment says: the variables DAGRAD_EMU_*, read once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace dagrad_emu {

enum class Order { FORWARD, REVERSE, SHUFFLED };

struct Settings {
    int devices;
    // 90 for compute capability 9.0.
    int arch;
    int multiprocessors;
    // Bytes of each device.
    size_t memory;
    // The order of a block's threads, of a grid's blocks, and of a graph's nodes that do not depend on each other.
    Order threads, blocks;
    uint64_t seed;
    // Fresh memory is filled with NaN.
    bool fill;
    // Every address is checked, which the kernels must be compiled for.
    bool check;
    // Work of a stream waits until something waits for it.
    bool deferred;
    // Launches after which the device is lost; negative for never.
    long lost_after;
    // Where the report goes at the end; empty for nowhere.
    std::string report;
    // Faults are not printed.
    bool quiet;
};

const Settings &settings();

// A 16-bit pattern that is NaN as bf16, and repeated as f32 and f64, and far out of range as an index.
constexpr uint16_t FRESH = 0x7ff5;

}
