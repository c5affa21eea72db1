// Memory: allocation, copies, fills.
#include "context.h"

#include <cstring>

using namespace dagrad_emu;

namespace {

char *pointer(CUdeviceptr address) { return reinterpret_cast<char *>(static_cast<uintptr_t>(address)); }

// A blocking call: what it does comes after all that the default stream waits for, and is done when it returns.
template <class Work>
CUresult now(Work work) {
    if (CUresult status = forbid_in_capture()) return status;
    std::shared_ptr<Stream> stream = current_context()->default_stream;
    if (CUresult status = submit(stream, std::move(work))) return status;
    return finish(*stream);
}

bool is_pinned(const void *host) {
    Allocation *allocation = driver().memory.find(host);
    return allocation && allocation->place != Place::DEVICE;
}

bool is_device_memory(CUdeviceptr address, size_t bytes) {
    return bytes == 0 || driver().memory.holds(pointer(address), bytes);
}

// As hardware does: pinned memory is read or written when the stream comes to it. Pageable memory is read at once; a
// copy into it is waited for.
CUresult copy_async(CUstream handle, CopyWork work) {
    std::shared_ptr<Stream> stream = stream_of(handle);
    if (!stream) return CUDA_ERROR_INVALID_HANDLE;
    bool pageable_to = work.way == CopyWork::Way::TO_HOST && !is_pinned(work.to);
    bool pageable_from = work.way == CopyWork::Way::TO_DEVICE && !is_pinned(work.from);
    if (stream->capture) return submit(stream, std::move(work));
    if (pageable_from && work.height == 1 && work.depth == 1)
        work.staged = std::make_shared<std::vector<char>>(work.from, work.from + work.width);
    if (CUresult status = submit(stream, std::move(work))) return status;
    return pageable_to ? finish(*stream) : CUDA_SUCCESS;
}

CUresult check_copy(const CopyWork &work) {
    using Way = CopyWork::Way;
    if (work.width == 0) return CUDA_SUCCESS;
    bool from_device = work.way == Way::TO_HOST || work.way == Way::ON_DEVICE;
    bool to_device = work.way == Way::TO_DEVICE || work.way == Way::ON_DEVICE;
    if (!work.from || !work.to) return CUDA_ERROR_INVALID_VALUE;
    if (from_device && !driver().memory.holds(work.from, work.width)) return CUDA_ERROR_INVALID_VALUE;
    if (to_device && !driver().memory.holds(work.to, work.width)) return CUDA_ERROR_INVALID_VALUE;
    return CUDA_SUCCESS;
}

CUresult copy(CopyWork work) {
    return enter(Need::CONTEXT, [&] {
        if (CUresult status = check_copy(work)) return status;
        return now(work);
    });
}

CUresult copy(CopyWork work, CUstream stream) {
    return enter(Need::CONTEXT, [&] {
        if (CUresult status = check_copy(work)) return status;
        return copy_async(stream, work);
    });
}

CUresult check_fill(const FillWork &work) {
    if (reinterpret_cast<uintptr_t>(work.to) % work.element != 0) return CUDA_ERROR_INVALID_VALUE;
    size_t bytes = work.width * work.element + (work.height - 1) * work.pitch;
    return work.height == 0 || is_device_memory(reinterpret_cast<uintptr_t>(work.to), bytes) ? CUDA_SUCCESS
                                                                                             : CUDA_ERROR_INVALID_VALUE;
}

CUresult fill(FillWork work) {
    return enter(Need::CONTEXT, [&] {
        if (CUresult status = check_fill(work)) return status;
        return now(work);
    });
}

CUresult fill(FillWork work, CUstream handle) {
    return enter(Need::CONTEXT, [&] {
        if (CUresult status = check_fill(work)) return status;
        std::shared_ptr<Stream> stream = stream_of(handle);
        return stream ? submit(stream, work) : CUDA_ERROR_INVALID_HANDLE;
    });
}

// Which way a copy goes whose two ends say nothing.
CopyWork::Way way_between(const void *from, const void *to) {
    auto on_device = [](const void *address) {
        Allocation *allocation = driver().memory.find(address);
        return allocation && allocation->place == Place::DEVICE;
    };
    if (on_device(from)) return on_device(to) ? CopyWork::Way::ON_DEVICE : CopyWork::Way::TO_HOST;
    return on_device(to) ? CopyWork::Way::TO_DEVICE : CopyWork::Way::ON_HOST;
}

// Gives memory back; fences are looked at.
CUresult release(void *address, Place place) {
    Driver &d = driver();
    Allocation *allocation = d.memory.starting(address, place);
    if (!allocation) return CUDA_ERROR_INVALID_VALUE;
    Context *context = allocation->context;
    finish_all(context);
    Fault fault{CUDA_SUCCESS, ""};
    d.memory.free(allocation, &fault);
    if (fault.status == CUDA_SUCCESS) return CUDA_SUCCESS;
    context->error = fault.status;
    return tell(fault);
}

}

CUDA_API cuMemGetInfo_v2(size_t *free, size_t *total) {
    return enter(Need::CONTEXT, [&] {
        if (!free || !total) return CUDA_ERROR_INVALID_VALUE;
        *total = settings().memory;
        *free = *total - driver().memory.used(current_context()->device);
        return CUDA_SUCCESS;
    });
}

CUDA_API cuMemAlloc_v2(CUdeviceptr *address, size_t bytes) {
    return enter(Need::CONTEXT, [&] {
        if (!address || bytes == 0) return CUDA_ERROR_INVALID_VALUE;
        if (CUresult status = forbid_in_capture()) return status;
        Allocation *allocation = driver().memory.allocate(current_context(), bytes);
        if (!allocation) return CUDA_ERROR_OUT_OF_MEMORY;
        driver().counters.allocations++;
        *address = reinterpret_cast<uintptr_t>(allocation->base);
        return CUDA_SUCCESS;
    });
}

CUDA_API cuMemAllocAsync(CUdeviceptr *address, size_t bytes, CUstream stream) {
    return enter(Need::CONTEXT, [&] {
        if (!stream_of(stream)) return CUDA_ERROR_INVALID_HANDLE;
        return cuMemAlloc_v2(address, bytes);
    });
}

CUDA_API cuMemFree_v2(CUdeviceptr address) {
    return enter(Need::RELEASE, [&] { return address == 0 ? CUDA_SUCCESS : release(pointer(address), Place::DEVICE); });
}

CUDA_API cuMemFreeAsync(CUdeviceptr address, CUstream handle) {
    return enter(Need::CONTEXT, [&] {
        std::shared_ptr<Stream> stream = stream_of(handle);
        if (!stream) return CUDA_ERROR_INVALID_HANDLE;
        if (!driver().memory.starting(pointer(address), Place::DEVICE)) return CUDA_ERROR_INVALID_VALUE;
        return submit(stream, FreeWork{pointer(address)});
    });
}

CUDA_API cuMemGetAddressRange_v2(CUdeviceptr *base, size_t *bytes, CUdeviceptr address) {
    return enter(Need::CONTEXT, [&] {
        Allocation *allocation = driver().memory.find(pointer(address));
        if (!allocation) return CUDA_ERROR_NOT_FOUND;
        if (base) *base = reinterpret_cast<uintptr_t>(allocation->base);
        if (bytes) *bytes = allocation->bytes;
        return CUDA_SUCCESS;
    });
}

CUDA_API cuMemHostAlloc(void **memory, size_t bytes, unsigned flags) {
    return enter(Need::CONTEXT, [&] {
        if (!memory || flags & ~CU_MEMHOSTALLOC_ALL) return CUDA_ERROR_INVALID_VALUE;
        if (CUresult status = forbid_in_capture()) return status;
        if (bytes == 0) return CUDA_ERROR_INVALID_VALUE;
        Allocation *allocation = driver().memory.allocate_pinned(current_context(), bytes);
        if (!allocation) return CUDA_ERROR_OUT_OF_MEMORY;
        *memory = allocation->base;
        return CUDA_SUCCESS;
    });
}
CUDA_API cuMemAllocHost_v2(void **memory, size_t bytes) { return cuMemHostAlloc(memory, bytes, 0); }

CUDA_API cuMemFreeHost(void *memory) {
    return enter(Need::RELEASE, [&] { return memory ? release(memory, Place::PINNED) : CUDA_SUCCESS; });
}

CUDA_API cuMemHostRegister_v2(void *memory, size_t bytes, unsigned) {
    return enter(Need::CONTEXT, [&] {
        if (!memory || bytes == 0) return CUDA_ERROR_INVALID_VALUE;
        bool added = driver().memory.add_registered(current_context(), memory, bytes) != nullptr;
        return added ? CUDA_SUCCESS : CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED;
    });
}

CUDA_API cuMemHostUnregister(void *memory) {
    return enter(Need::RELEASE, [&] {
        if (!driver().memory.starting(memory, Place::REGISTERED)) return CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED;
        return release(memory, Place::REGISTERED);
    });
}

CUDA_API cuMemHostGetDevicePointer_v2(CUdeviceptr *address, void *memory, unsigned flags) {
    return enter(Need::CONTEXT, [&] {
        if (!address || flags || !is_pinned(memory)) return CUDA_ERROR_INVALID_VALUE;
        *address = reinterpret_cast<uintptr_t>(memory);
        return CUDA_SUCCESS;
    });
}

CUDA_API cuMemHostGetFlags(unsigned *flags, void *memory) {
    return enter(Need::CONTEXT, [&] {
        if (!flags || !is_pinned(memory)) return CUDA_ERROR_INVALID_VALUE;
        *flags = 0;
        return CUDA_SUCCESS;
    });
}

CUDA_API cuPointerGetAttribute(void *value, int which, CUdeviceptr address) {
    return enter(Need::CONTEXT, [&] {
        Allocation *allocation = driver().memory.find(pointer(address));
        if (!value || !allocation) return CUDA_ERROR_INVALID_VALUE;
        bool device = allocation->place == Place::DEVICE;
        switch (which) {
        case 1: *static_cast<CUcontext *>(value) = allocation->context; return CUDA_SUCCESS; // CONTEXT
        case 2:
            *static_cast<unsigned *>(value) = device ? CU_MEMORYTYPE_DEVICE : CU_MEMORYTYPE_HOST;
            return CUDA_SUCCESS; // MEMORY_TYPE
        case 3:
        case 4: *static_cast<CUdeviceptr *>(value) = address; return CUDA_SUCCESS; // DEVICE_POINTER, HOST_POINTER
        case 9: *static_cast<int *>(value) = allocation->context->device; return CUDA_SUCCESS; // DEVICE_ORDINAL
        default: return CUDA_ERROR_NOT_SUPPORTED;
        }
    });
}

CUDA_API cuMemcpyHtoD_v2(CUdeviceptr to, const void *from, size_t bytes) {
    return copy({CopyWork::Way::TO_DEVICE, static_cast<const char *>(from), pointer(to), bytes});
}
CUDA_API cuMemcpyDtoH_v2(void *to, CUdeviceptr from, size_t bytes) {
    return copy({CopyWork::Way::TO_HOST, pointer(from), static_cast<char *>(to), bytes});
}
CUDA_API cuMemcpyDtoD_v2(CUdeviceptr to, CUdeviceptr from, size_t bytes) {
    return copy({CopyWork::Way::ON_DEVICE, pointer(from), pointer(to), bytes});
}
CUDA_API cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void *from, size_t bytes, CUstream stream) {
    return copy({CopyWork::Way::TO_DEVICE, static_cast<const char *>(from), pointer(to), bytes}, stream);
}
CUDA_API cuMemcpyDtoHAsync_v2(void *to, CUdeviceptr from, size_t bytes, CUstream stream) {
    return copy({CopyWork::Way::TO_HOST, pointer(from), static_cast<char *>(to), bytes}, stream);
}
CUDA_API cuMemcpyDtoDAsync_v2(CUdeviceptr to, CUdeviceptr from, size_t bytes, CUstream stream) {
    return copy({CopyWork::Way::ON_DEVICE, pointer(from), pointer(to), bytes}, stream);
}
CUDA_API cuMemcpy(CUdeviceptr to, CUdeviceptr from, size_t bytes) {
    return copy({way_between(pointer(from), pointer(to)), pointer(from), pointer(to), bytes});
}
CUDA_API cuMemcpyAsync(CUdeviceptr to, CUdeviceptr from, size_t bytes, CUstream stream) {
    return copy({way_between(pointer(from), pointer(to)), pointer(from), pointer(to), bytes}, stream);
}

CUDA_API cuMemsetD8_v2(CUdeviceptr to, unsigned char value, size_t count) {
    return fill({pointer(to), value, 1, count});
}
CUDA_API cuMemsetD16_v2(CUdeviceptr to, unsigned short value, size_t count) {
    return fill({pointer(to), value, 2, count});
}
CUDA_API cuMemsetD32_v2(CUdeviceptr to, unsigned value, size_t count) { return fill({pointer(to), value, 4, count}); }
CUDA_API cuMemsetD8Async(CUdeviceptr to, unsigned char value, size_t count, CUstream stream) {
    return fill({pointer(to), value, 1, count}, stream);
}
CUDA_API cuMemsetD16Async(CUdeviceptr to, unsigned short value, size_t count, CUstream stream) {
    return fill({pointer(to), value, 2, count}, stream);
}
CUDA_API cuMemsetD32Async(CUdeviceptr to, unsigned value, size_t count, CUstream stream) {
    return fill({pointer(to), value, 4, count}, stream);
}
CUDA_API cuMemsetD2D8_v2(CUdeviceptr to, size_t pitch, unsigned char value, size_t width, size_t height) {
    return fill({pointer(to), value, 1, width, height, pitch});
}
CUDA_API cuMemsetD2D32_v2(CUdeviceptr to, size_t pitch, unsigned value, size_t width, size_t height) {
    return fill({pointer(to), value, 4, width, height, pitch});
}
CUDA_API cuMemsetD2D8Async(CUdeviceptr to, size_t pitch, unsigned char value, size_t width, size_t height, CUstream s) {
    return fill({pointer(to), value, 1, width, height, pitch}, s);
}
CUDA_API cuMemsetD2D32Async(CUdeviceptr to, size_t pitch, unsigned value, size_t width, size_t height, CUstream s) {
    return fill({pointer(to), value, 4, width, height, pitch}, s);
}
