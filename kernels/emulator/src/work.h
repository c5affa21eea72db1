// What streams execute and graphs are made of.
#pragma once

#include "abi.h"
#include "cuda_types.h"
#include "emulator.h"
#include "fault.h"

#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace dagrad_emu {

struct KernelWork {
    Function *function;
    uint3 grid, block;
    unsigned shared;
    // The arguments' bytes, each at a multiple of its alignment.
    std::vector<unsigned char> arguments;
};

// Rows of `width` bytes, `height` in a plane, `depth` planes.
struct CopyWork {
    enum class Way { TO_DEVICE, TO_HOST, ON_DEVICE, ON_HOST };
    Way way;
    const char *from;
    char *to;
    size_t width, height = 1, depth = 1;
    size_t from_pitch = 0, from_plane = 0, to_pitch = 0, to_plane = 0;
    // What pageable memory held when the copy was asked for: then `from` is of no account.
    std::shared_ptr<std::vector<char>> staged = nullptr;
};

struct FillWork {
    char *to;
    unsigned value;
    unsigned element;
    // In elements.
    size_t width, height = 1;
    // Bytes from a row to the next.
    size_t pitch = 0;
};

struct HostWork {
    CUhostFn function;
    void *data;
};

// Of another library: see dagrad_emu_enqueue.
struct OtherWork {
    dagrad_emu_kind kind;
    std::string name;
    uint64_t bytes;
    std::function<int()> run;
};

struct EmptyWork {};

struct RecordWork {
    Event *event;
    unsigned long long version;
};

// For an event to be waited for when a graph is launched.
struct WaitWork {
    Event *event;
};

struct GraphWork {
    std::shared_ptr<const Graph> graph;
    // Launched by itself, not as a part of another.
    bool launched;
};

struct FreeWork {
    void *memory;
};

using Work = std::variant<EmptyWork, KernelWork, CopyWork, FillWork, HostWork, OtherWork, RecordWork, WaitWork,
                          GraphWork, FreeWork>;

// Does the work, now.
CUresult execute(const Work &work, Fault *fault);

}
