// Initialisation, devices, contexts, errors.
#include "context.h"

#include <algorithm>
#include <cstring>
#include <dlfcn.h>

using namespace dagrad_emu;

#ifndef DAGRAD_EMU_CUDA
#define DAGRAD_EMU_CUDA 12
#endif

namespace {

constexpr int VERSION = DAGRAD_EMU_CUDA == 12 ? 12090 : 13000;

bool is_device(int device) { return device >= 0 && device < settings().devices; }

// Empties the context of what it owns.
void clear(Context *context) {
    Driver &d = driver();
    finish_all(context);
    std::vector<std::shared_ptr<Stream>> streams;
    for (auto entry = d.streams.begin(); entry != d.streams.end();) {
        if (entry->second->context == context) streams.push_back(entry->second);
        entry = entry->second->context == context ? d.streams.erase(entry) : std::next(entry);
    }
    for (auto event = d.events.begin(); event != d.events.end();) {
        if ((*event)->context == context) {
            delete *event;
            event = d.events.erase(event);
        } else {
            ++event;
        }
    }
    d.memory.free_all(context);
    context->default_stream = nullptr;
    context->error = CUDA_SUCCESS;
    d.contexts.erase(context);
}

void prepare(Context *context) {
    auto stream = std::make_shared<Stream>();
    stream->context = context;
    context->default_stream = stream;
    driver().streams[stream.get()] = stream;
    driver().contexts.insert(context);
}

int attribute(int which, int device) {
    const Settings &s = settings();
    (void)device;
    switch (which) {
    case 1: return Limits::THREADS; // MAX_THREADS_PER_BLOCK
    case 2:
    case 3: return 1024;       // MAX_BLOCK_DIM_X, _Y
    case 4: return 64;         // MAX_BLOCK_DIM_Z
    case 5: return 2147483647; // MAX_GRID_DIM_X
    case 6:
    case 7: return 65535;              // MAX_GRID_DIM_Y, _Z
    case 8: return Limits::SHARED;     // MAX_SHARED_MEMORY_PER_BLOCK
    case 9: return 65536;              // TOTAL_CONSTANT_MEMORY
    case 10: return 32;                // WARP_SIZE
    case 11: return 2147483647;        // MAX_PITCH
    case 12: return Limits::REGISTERS; // MAX_REGISTERS_PER_BLOCK
    case 13: return 1000000;           // CLOCK_RATE, kHz
    case 14: return 512;               // TEXTURE_ALIGNMENT
    case 15: return 1;                 // GPU_OVERLAP
    case 16: return s.multiprocessors; // MULTIPROCESSOR_COUNT
    case 19: return 1;                 // CAN_MAP_HOST_MEMORY
    case 31: return 1;                 // CONCURRENT_KERNELS
    case 33: return device + 1;        // PCI_BUS_ID
    case 36: return 1000000;           // MEMORY_CLOCK_RATE, kHz
    case 37: return 256;               // GLOBAL_MEMORY_BUS_WIDTH
    case 38: return 4 << 20;           // L2_CACHE_SIZE
    case 39: return static_cast<int>(Limits::threads_of_multiprocessor(s.arch));
    case 40: return 2;           // ASYNC_ENGINE_COUNT
    case 41: return 1;           // UNIFIED_ADDRESSING
    case 75: return s.arch / 10; // COMPUTE_CAPABILITY_MAJOR
    case 76: return s.arch % 10; // COMPUTE_CAPABILITY_MINOR
    case 78: return 1;           // STREAM_PRIORITIES_SUPPORTED
    case 81: return static_cast<int>(Limits::shared_of_multiprocessor(s.arch));
    case 82: return Limits::REGISTERS;                             // MAX_REGISTERS_PER_MULTIPROCESSOR
    case 97: return static_cast<int>(Limits::most_shared(s.arch)); // MAX_SHARED_MEMORY_PER_BLOCK_OPTIN
    case 106: return 32;                                           // MAX_BLOCKS_PER_MULTIPROCESSOR
    case 111: return 1024;                                         // RESERVED_SHARED_MEMORY_PER_BLOCK
    default: return 0;
    }
}

}

CUDA_API cuInit(unsigned flags) {
    return enter(Need::NOTHING, [&] {
        if (flags != 0) return CUDA_ERROR_INVALID_VALUE;
        if (settings().devices <= 0) return CUDA_ERROR_NO_DEVICE;
        driver().initialised = true;
        return driver().lost ? CUDA_ERROR_DEVICE_UNAVAILABLE : CUDA_SUCCESS;
    });
}

CUDA_API cuDriverGetVersion(int *version) {
    if (!version) return CUDA_ERROR_INVALID_VALUE;
    *version = VERSION;
    return CUDA_SUCCESS;
}

CUDA_API cuDeviceGetCount(int *count) {
    return enter(Need::INIT, [&] {
        if (!count) return CUDA_ERROR_INVALID_VALUE;
        *count = settings().devices;
        return CUDA_SUCCESS;
    });
}

CUDA_API cuDeviceGet(CUdevice *device, int ordinal) {
    return enter(Need::INIT, [&] {
        if (!device) return CUDA_ERROR_INVALID_VALUE;
        if (!is_device(ordinal)) return CUDA_ERROR_INVALID_DEVICE;
        *device = ordinal;
        return CUDA_SUCCESS;
    });
}

CUDA_API cuDeviceGetName(char *name, int size, CUdevice device) {
    return enter(Need::INIT, [&] {
        if (!name || size <= 0) return CUDA_ERROR_INVALID_VALUE;
        if (!is_device(device)) return CUDA_ERROR_INVALID_DEVICE;
        std::string text = format("Dagrad CUDA emulator (sm_%d)", settings().arch);
        strncpy(name, text.c_str(), static_cast<size_t>(size));
        name[size - 1] = '\0';
        return CUDA_SUCCESS;
    });
}

CUDA_API cuDeviceGetUuid(unsigned char *uuid, CUdevice device) {
    return enter(Need::INIT, [&] {
        if (!uuid) return CUDA_ERROR_INVALID_VALUE;
        if (!is_device(device)) return CUDA_ERROR_INVALID_DEVICE;
        memcpy(uuid, "Dagrad emulator", 15);
        uuid[15] = static_cast<unsigned char>(device);
        return CUDA_SUCCESS;
    });
}
CUDA_API cuDeviceGetUuid_v2(unsigned char *uuid, CUdevice device) { return cuDeviceGetUuid(uuid, device); }

CUDA_API cuDeviceGetPCIBusId(char *id, int size, CUdevice device) {
    return enter(Need::INIT, [&] {
        if (!id || size < 13) return CUDA_ERROR_INVALID_VALUE;
        if (!is_device(device)) return CUDA_ERROR_INVALID_DEVICE;
        strcpy(id, format("0000:%02x:00.0", device + 1).c_str());
        return CUDA_SUCCESS;
    });
}

CUDA_API cuDeviceTotalMem_v2(size_t *bytes, CUdevice device) {
    return enter(Need::INIT, [&] {
        if (!bytes) return CUDA_ERROR_INVALID_VALUE;
        if (!is_device(device)) return CUDA_ERROR_INVALID_DEVICE;
        *bytes = settings().memory;
        return CUDA_SUCCESS;
    });
}

CUDA_API cuDeviceGetAttribute(int *value, int which, CUdevice device) {
    return enter(Need::INIT, [&] {
        if (!value || which <= 0) return CUDA_ERROR_INVALID_VALUE;
        if (!is_device(device)) return CUDA_ERROR_INVALID_DEVICE;
        *value = attribute(which, device);
        return CUDA_SUCCESS;
    });
}

CUDA_API cuDeviceComputeCapability(int *major, int *minor, CUdevice device) {
    return enter(Need::INIT, [&] {
        if (!major || !minor) return CUDA_ERROR_INVALID_VALUE;
        if (!is_device(device)) return CUDA_ERROR_INVALID_DEVICE;
        *major = settings().arch / 10;
        *minor = settings().arch % 10;
        return CUDA_SUCCESS;
    });
}

CUDA_API cuDevicePrimaryCtxRetain(CUcontext *context, CUdevice device) {
    return enter(Need::INIT, [&] {
        if (!context) return CUDA_ERROR_INVALID_VALUE;
        if (!is_device(device)) return CUDA_ERROR_INVALID_DEVICE;
        *context = driver().primaries[static_cast<size_t>(device)].get();
        if ((*context)->retained++ == 0) prepare(*context);
        return CUDA_SUCCESS;
    });
}

CUDA_API cuDevicePrimaryCtxRelease_v2(CUdevice device) {
    return enter(Need::RELEASE,
                 [&] {
                     if (!is_device(device)) return CUDA_ERROR_INVALID_DEVICE;
                     Context *context = driver().primaries[static_cast<size_t>(device)].get();
                     if (context->retained == 0) return CUDA_ERROR_INVALID_CONTEXT;
                     if (--context->retained == 0) clear(context);
                     return CUDA_SUCCESS;
                 }) == CUDA_ERROR_DEVICE_UNAVAILABLE
               ? CUDA_ERROR_DEVICE_UNAVAILABLE
               : CUDA_SUCCESS;
}

CUDA_API cuDevicePrimaryCtxReset_v2(CUdevice device) {
    return enter(Need::INIT, [&] {
        if (!is_device(device)) return CUDA_ERROR_INVALID_DEVICE;
        Context *context = driver().primaries[static_cast<size_t>(device)].get();
        if (driver().contexts.count(context) == 0) return CUDA_SUCCESS;
        clear(context);
        if (context->retained) prepare(context);
        return CUDA_SUCCESS;
    });
}

CUDA_API cuDevicePrimaryCtxGetState(CUdevice device, unsigned *flags, int *active) {
    return enter(Need::INIT, [&] {
        if (!flags || !active) return CUDA_ERROR_INVALID_VALUE;
        if (!is_device(device)) return CUDA_ERROR_INVALID_DEVICE;
        *flags = driver().primaries[static_cast<size_t>(device)]->flags;
        *active = driver().primaries[static_cast<size_t>(device)]->retained > 0;
        return CUDA_SUCCESS;
    });
}

CUDA_API cuDevicePrimaryCtxSetFlags_v2(CUdevice device, unsigned flags) {
    return enter(Need::INIT, [&] {
        if (!is_device(device)) return CUDA_ERROR_INVALID_DEVICE;
        driver().primaries[static_cast<size_t>(device)]->flags = flags;
        return CUDA_SUCCESS;
    });
}

CUDA_API cuCtxCreate_v2(CUcontext *context, unsigned flags, CUdevice device) {
    return enter(Need::INIT, [&] {
        if (!context) return CUDA_ERROR_INVALID_VALUE;
        if (!is_device(device)) return CUDA_ERROR_INVALID_DEVICE;
        *context = new Context{device, flags, false, 1, CUDA_SUCCESS, nullptr};
        prepare(*context);
        context_stack().push_back(*context);
        return CUDA_SUCCESS;
    });
}

CUDA_API cuCtxDestroy_v2(CUcontext context) {
    return enter(Need::INIT, [&] {
        if (driver().contexts.count(context) == 0 || context->primary) return CUDA_ERROR_INVALID_CONTEXT;
        clear(context);
        if (current_context() == context) context_stack().pop_back();
        // The object stays, so that a thread that still has it as its current one is told.
        return CUDA_SUCCESS;
    });
}

CUDA_API cuCtxGetCurrent(CUcontext *context) {
    return enter(Need::INIT, [&] {
        if (!context) return CUDA_ERROR_INVALID_VALUE;
        *context = current_context();
        return CUDA_SUCCESS;
    });
}

CUDA_API cuCtxSetCurrent(CUcontext context) {
    return enter(Need::INIT, [&] {
        if (context && driver().contexts.count(context) == 0) return CUDA_ERROR_INVALID_CONTEXT;
        if (!context_stack().empty()) context_stack().pop_back();
        if (context) context_stack().push_back(context);
        return CUDA_SUCCESS;
    });
}

CUDA_API cuCtxPushCurrent_v2(CUcontext context) {
    return enter(Need::INIT, [&] {
        if (driver().contexts.count(context) == 0) return CUDA_ERROR_INVALID_CONTEXT;
        context_stack().push_back(context);
        return CUDA_SUCCESS;
    });
}

CUDA_API cuCtxPopCurrent_v2(CUcontext *context) {
    return enter(Need::INIT, [&] {
        if (context_stack().empty()) return CUDA_ERROR_INVALID_CONTEXT;
        if (context) *context = current_context();
        context_stack().pop_back();
        return CUDA_SUCCESS;
    });
}

CUDA_API cuCtxGetDevice(CUdevice *device) {
    return enter(Need::CONTEXT, [&] {
        if (!device) return CUDA_ERROR_INVALID_VALUE;
        *device = current_context()->device;
        return CUDA_SUCCESS;
    });
}

CUDA_API cuCtxGetFlags(unsigned *flags) {
    return enter(Need::CONTEXT, [&] {
        if (!flags) return CUDA_ERROR_INVALID_VALUE;
        *flags = current_context()->flags;
        return CUDA_SUCCESS;
    });
}

CUDA_API cuCtxGetApiVersion(CUcontext, unsigned *version) {
    if (!version) return CUDA_ERROR_INVALID_VALUE;
    *version = VERSION;
    return CUDA_SUCCESS;
}

CUDA_API cuCtxSynchronize() {
    return enter(Need::CONTEXT, [] {
        if (CUresult status = forbid_in_capture()) return status;
        return finish_all(current_context());
    });
}

CUDA_API cuCtxGetStreamPriorityRange(int *least, int *greatest) {
    return enter(Need::CONTEXT, [&] {
        if (least) *least = 0;
        if (greatest) *greatest = -5;
        return CUDA_SUCCESS;
    });
}

// Limits and preferences change nothing here.
CUDA_API cuCtxSetLimit(int, size_t) {
    return enter(Need::CONTEXT, [] { return CUDA_SUCCESS; });
}
CUDA_API cuCtxSetCacheConfig(int) {
    return enter(Need::CONTEXT, [] { return CUDA_SUCCESS; });
}
CUDA_API cuProfilerStart() {
    return enter(Need::CONTEXT, [] { return CUDA_SUCCESS; });
}
CUDA_API cuProfilerStop() {
    return enter(Need::CONTEXT, [] { return CUDA_SUCCESS; });
}
