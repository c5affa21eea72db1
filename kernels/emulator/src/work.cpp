#include "work.h"

#include "context.h"

#include <algorithm>
#include <cstring>

namespace dagrad_emu {
namespace {

// Counts a launch of a kernel or a GEMM; after the last that the settings allow the device is lost.
CUresult count_launch() {
    Driver &d = driver();
    long allowed = settings().lost_after;
    if (allowed >= 0 && d.counters.kernels + d.counters.gemms >= static_cast<uint64_t>(allowed)) {
        d.lost = true;
        return CUDA_ERROR_DEVICE_UNAVAILABLE;
    }
    return CUDA_SUCCESS;
}

CUresult illegal(const char *what, const void *address, size_t bytes, Fault *fault) {
    *fault = {CUDA_ERROR_ILLEGAL_ADDRESS, format("%s of %zu bytes at %p, which %s", what, bytes, address,
                                                 driver().memory.describe(address).c_str())};
    return fault->status;
}

CUresult run(const EmptyWork &, Fault *) { return CUDA_SUCCESS; }

CUresult run(const KernelWork &work, Fault *fault) {
    Driver &d = driver();
    if (d.functions.count(work.function) == 0) {
        *fault = {CUDA_ERROR_ILLEGAL_ADDRESS, "a graph has a kernel of a module that was unloaded"};
        return fault->status;
    }
    if (CUresult status = count_launch()) return status;
    Function &function = *work.function;
    const Kernel &kernel = *function.kernel;
    void *arguments[256];
    size_t offset = 0;
    for (int i = 0; i < kernel.parameter_count; i++) {
        size_t align = kernel.parameters[i].align;
        offset = (offset + align - 1) / align * align;
        arguments[i] = const_cast<unsigned char *>(work.arguments.data()) + offset;
        offset += kernel.parameters[i].size;
    }
    unsigned most = std::max(Limits::SHARED, function.most_dynamic + function.static_shared);
    Executor &executor = d.runner();
    executor.threads_run = executor.switches = executor.bytes_loaded = executor.bytes_stored = 0;
    const Module &module = *function.module;
    Launch launch{&kernel, work.grid, work.block, work.shared, most, arguments, module.begin, module.end};
    CUresult status = executor.run(launch, fault);
    d.counters.kernels++;
    d.counters.threads += executor.threads_run;
    d.counters.fiber_switches += executor.switches;
    d.counters.kernel_bytes_loaded += executor.bytes_loaded;
    d.counters.kernel_bytes_stored += executor.bytes_stored;
    function.static_shared = std::max(function.static_shared, executor.static_shared());
    if (status == CUDA_SUCCESS && !settings().check && !d.memory.fences_hold(fault)) {
        fault->message = format("kernel %s: ", kernel.name) + fault->message;
        return fault->status;
    }
    return status;
}

size_t extent(size_t width, size_t height, size_t depth, size_t pitch, size_t plane) {
    return (depth - 1) * plane + (height - 1) * pitch + width;
}

CUresult run(const CopyWork &work, Fault *fault) {
    Driver &d = driver();
    using Way = CopyWork::Way;
    if (work.width == 0 || work.height == 0 || work.depth == 0) return CUDA_SUCCESS;
    size_t from_bytes = extent(work.width, work.height, work.depth, work.from_pitch, work.from_plane);
    size_t to_bytes = extent(work.width, work.height, work.depth, work.to_pitch, work.to_plane);
    const char *from = work.staged ? work.staged->data() : work.from;
    bool from_device = work.way == Way::TO_HOST || work.way == Way::ON_DEVICE;
    bool to_device = work.way == Way::TO_DEVICE || work.way == Way::ON_DEVICE;
    if (from_device && !d.memory.holds(from, from_bytes)) return illegal("copy", from, from_bytes, fault);
    if (to_device && !d.memory.holds(work.to, to_bytes)) return illegal("copy", work.to, to_bytes, fault);
    for (size_t z = 0; z < work.depth; z++) {
        for (size_t y = 0; y < work.height; y++) {
            memmove(work.to + z * work.to_plane + y * work.to_pitch, from + z * work.from_plane + y * work.from_pitch,
                    work.width);
        }
    }
    size_t bytes = work.width * work.height * work.depth;
    switch (work.way) {
    case Way::TO_DEVICE:
        d.counters.copies_to_device++;
        d.counters.bytes_to_device += bytes;
        break;
    case Way::TO_HOST:
        d.counters.copies_to_host++;
        d.counters.bytes_to_host += bytes;
        break;
    case Way::ON_DEVICE:
        d.counters.copies_on_device++;
        d.counters.bytes_on_device += bytes;
        break;
    case Way::ON_HOST: break;
    }
    return CUDA_SUCCESS;
}

template <class T>
void fill(char *to, size_t count, unsigned value) {
    std::fill_n(reinterpret_cast<T *>(to), count, static_cast<T>(value));
}

CUresult run(const FillWork &work, Fault *fault) {
    Driver &d = driver();
    if (work.width == 0 || work.height == 0) return CUDA_SUCCESS;
    size_t row = work.width * work.element, bytes = extent(row, work.height, 1, work.pitch, 0);
    if (!d.memory.holds(work.to, bytes)) return illegal("fill", work.to, bytes, fault);
    for (size_t y = 0; y < work.height; y++) {
        char *to = work.to + y * work.pitch;
        if (work.element == 1) fill<uint8_t>(to, work.width, work.value);
        if (work.element == 2) fill<uint16_t>(to, work.width, work.value);
        if (work.element == 4) fill<uint32_t>(to, work.width, work.value);
    }
    d.counters.fills++;
    d.counters.bytes_filled += row * work.height;
    return CUDA_SUCCESS;
}

CUresult run(const HostWork &work, Fault *) {
    work.function(work.data);
    return CUDA_SUCCESS;
}

CUresult run(const OtherWork &work, Fault *fault) {
    Driver &d = driver();
    if (work.kind != DAGRAD_EMU_OTHER) {
        if (CUresult status = count_launch()) return status;
    }
    CUresult status = static_cast<CUresult>(work.run());
    if (work.kind == DAGRAD_EMU_GEMM) {
        d.counters.gemms++;
        d.counters.gemm_bytes += work.bytes;
    }
    if (work.kind == DAGRAD_EMU_KERNEL) d.counters.kernels++;
    // The library has told what was wrong.
    if (status != CUDA_SUCCESS) *fault = {status, ""};
    return status;
}

CUresult run(const RecordWork &work, Fault *) {
    if (driver().events.count(work.event) && (work.version == 0 || work.event->version == work.version)) {
        work.event->time = std::chrono::steady_clock::now();
    }
    return CUDA_SUCCESS;
}

CUresult run(const WaitWork &work, Fault *) {
    if (driver().events.count(work.event) == 0 || !work.event->mark.stream) return CUDA_SUCCESS;
    return finish(*work.event->mark.stream, work.event->mark.number);
}

CUresult run(const GraphWork &work, Fault *fault) {
    if (work.launched) driver().counters.graph_launches++;
    for (const Node *node : work.graph->order) {
        if (CUresult status = execute(node->work, fault)) return status;
    }
    return CUDA_SUCCESS;
}

CUresult run(const FreeWork &work, Fault *fault) {
    Memory &memory = driver().memory;
    Allocation *allocation = memory.starting(work.memory, Place::DEVICE);
    if (!allocation) return illegal("free", work.memory, 0, fault);
    memory.free(allocation, fault);
    return fault->status;
}

}

CUresult execute(const Work &work, Fault *fault) {
    *fault = {CUDA_SUCCESS, ""};
    return std::visit([&](const auto &one) { return run(one, fault); }, work);
}

}
