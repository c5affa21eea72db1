// Modules, functions, launches, occupancy.
#include "context.h"
#include "image.h"
#include "launch.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <dlfcn.h>
#include <fstream>
#include <iterator>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

using namespace dagrad_emu;

namespace {

#ifdef __SANITIZE_ADDRESS__
constexpr bool SANITIZED = true;
#else
constexpr bool SANITIZED = false;
#endif

// Whether a binary for one card runs on another: the same generation, and not a later one.
bool runs(unsigned binary, int device) {
    return binary / 10 == static_cast<unsigned>(device) / 10 && binary <= static_cast<unsigned>(device);
}

CUresult check_header(const std::string &image, bool is_text) {
    ImageHeader header;
    memcpy(&header, image.data(), sizeof header);
    // One of another emulator, or of other settings, would behave otherwise than this process was asked to.
    if (header.sources != sources() || (header.sanitized != 0) != SANITIZED ||
        (header.checked != 0) != settings().check)
        return CUDA_ERROR_NO_BINARY_FOR_GPU;
    // PTX, unlike a binary, is for all later cards.
    bool fits = is_text ? header.arch <= static_cast<unsigned>(settings().arch) : runs(header.arch, settings().arch);
    return fits ? CUDA_SUCCESS : CUDA_ERROR_NO_BINARY_FOR_GPU;
}

// A name of an open file that no other file had: dlopen takes a name it has seen for the library it has, and numbers of
// closed files come again. So each has slashes and dots of its own.
std::string name_of(int file) {
    static std::atomic<uint32_t> loaded{0};
    std::string name = "/proc/self/fd/";
    for (uint32_t number = loaded++; number != 0; number >>= 1) name += number & 1 ? "./" : "/";
    return name + std::to_string(file);
}

// The shared object, loaded from memory.
void *load(const std::string &image) {
    int file = memfd_create("dagrad-kernels", MFD_CLOEXEC);
    if (file < 0) return nullptr;
    const char *at = image.data() + sizeof(ImageHeader), *end = image.data() + image.size();
    while (at < end) {
        ssize_t wrote = write(file, at, static_cast<size_t>(end - at));
        if (wrote <= 0) break;
        at += wrote;
    }
    void *library = dlopen(name_of(file).c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!library) tell({CUDA_SUCCESS, std::string("a module does not load: ") + dlerror()});
    close(file);
    return library;
}

// Where the library's own data is, from its program headers.
void find_extent(Module &module) {
    struct link_map *map = nullptr;
    dlinfo(module.library, RTLD_DI_LINKMAP, &map);
    const char *base = reinterpret_cast<const char *>(map->l_addr);
    const auto *header = reinterpret_cast<const ElfW(Ehdr) *>(base);
    const auto *segments = reinterpret_cast<const ElfW(Phdr) *>(base + header->e_phoff);
    module.begin = module.end = base;
    for (int i = 0; i < header->e_phnum; i++) {
        if (segments[i].p_type == PT_LOAD)
            module.end = std::max(module.end, base + segments[i].p_vaddr + segments[i].p_memsz);
    }
}

CUresult load_module(CUmodule *result, const void *data) {
    if (!result || !data) return CUDA_ERROR_INVALID_VALUE;
    bool damaged;
    std::string image = image_at(data, damaged);
    if (damaged) return CUDA_ERROR_INVALID_IMAGE;
    bool is_text = static_cast<const char *>(data)[0] == '/';
    if (image.empty()) {
        // A real cubin or fat binary has nothing for this card; anything else is no image at all.
        bool real = memcmp(data,
                           "\x7f"
                           "ELF",
                           4) == 0 ||
                    memcmp(data, "\x50\xed\x55\xba", 4) == 0;
        return real ? CUDA_ERROR_NO_BINARY_FOR_GPU : is_text ? CUDA_ERROR_INVALID_PTX : CUDA_ERROR_INVALID_IMAGE;
    }
    if (CUresult status = check_header(image, is_text)) return status;
    auto module = std::make_unique<Module>();
    module->library = load(image);
    if (!module->library) return CUDA_ERROR_INVALID_IMAGE;
    module->image = static_cast<const Image *>(dlsym(module->library, "dagrad_emu_image"));
    if (!module->image) return CUDA_ERROR_INVALID_IMAGE;
    module->context = current_context();
    find_extent(*module);
    *result = module.release();
    driver().modules.insert(*result);
    return CUDA_SUCCESS;
}

// The sum of rounded sizes decides how many blocks a multiprocessor has at a time.
int blocks_per_multiprocessor(const Function &function, int threads, size_t dynamic) {
    if (threads <= 0 || static_cast<unsigned>(threads) > function.most_threads()) return 0;
    size_t shared = function.static_shared + dynamic + 1024;
    size_t by_shared = Limits::shared_of_multiprocessor(settings().arch) / shared;
    size_t by_threads =
        Limits::threads_of_multiprocessor(settings().arch) / (static_cast<size_t>(threads + 31) / 32 * 32);
    return static_cast<int>(std::min({by_shared, by_threads, size_t{32}}));
}

bool is_function(CUfunction function) { return driver().functions.count(function) != 0; }

}

namespace dagrad_emu {

void unload(Module *module) {
    Driver &d = driver();
    for (const auto &function : module->functions) d.functions.erase(function.get());
    dlclose(module->library);
    d.modules.erase(module);
    delete module;
}

CUresult kernel_work(KernelWork *work, CUfunction function, uint3 grid, uint3 block, unsigned shared, void **parameters,
                     void **extra) {
    if (!is_function(function)) return CUDA_ERROR_INVALID_HANDLE;
    if (parameters && extra) return CUDA_ERROR_INVALID_VALUE;
    uint64_t threads = uint64_t{block.x} * block.y * block.z;
    if (threads == 0 || grid.x == 0 || grid.y == 0 || grid.z == 0) return CUDA_ERROR_INVALID_VALUE;
    if (block.x > 1024 || block.y > 1024 || block.z > 64 || threads > Limits::THREADS) return CUDA_ERROR_INVALID_VALUE;
    if (threads > function->most_threads()) return CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES;
    if (grid.x > 2147483647u || grid.y > 65535 || grid.z > 65535) return CUDA_ERROR_INVALID_VALUE;
    if (shared > function->most_dynamic) return CUDA_ERROR_INVALID_VALUE;
    *work = {function, grid, block, shared, {}};
    return pack(*function->kernel, parameters, extra, &work->arguments);
}

CUresult pack(const Kernel &kernel, void **parameters, void **extra, std::vector<unsigned char> *to) {
    size_t bytes = 0;
    for (int i = 0; i < kernel.parameter_count; i++) {
        bytes = (bytes + kernel.parameters[i].align - 1) / kernel.parameters[i].align * kernel.parameters[i].align;
        bytes += kernel.parameters[i].size;
    }
    if (bytes == 0) return CUDA_SUCCESS;
    if (extra) {
        const void *buffer = nullptr;
        size_t size = 0;
        for (void **at = extra; *at; at += 2) {
            if (*at == reinterpret_cast<void *>(1)) buffer = at[1]; // CU_LAUNCH_PARAM_BUFFER_POINTER
            else if (*at == reinterpret_cast<void *>(2))
                size = *static_cast<size_t *>(at[1]); // CU_LAUNCH_PARAM_BUFFER_SIZE
            else return CUDA_ERROR_INVALID_VALUE;
        }
        // A buffer may end with padding.
        if (!buffer || size < bytes || size >= bytes + 16) return CUDA_ERROR_INVALID_VALUE;
        to->assign(static_cast<const unsigned char *>(buffer), static_cast<const unsigned char *>(buffer) + bytes);
        return CUDA_SUCCESS;
    }
    if (!parameters) return CUDA_ERROR_INVALID_VALUE;
    to->resize(bytes);
    size_t offset = 0;
    for (int i = 0; i < kernel.parameter_count; i++) {
        const Parameter &parameter = kernel.parameters[i];
        if (!parameters[i]) return CUDA_ERROR_INVALID_VALUE;
        offset = (offset + parameter.align - 1) / parameter.align * parameter.align;
        memcpy(to->data() + offset, parameters[i], parameter.size);
        offset += parameter.size;
    }
    return CUDA_SUCCESS;
}

}

CUDA_API cuModuleLoadData(CUmodule *module, const void *image) {
    return enter(Need::CONTEXT, [&] { return load_module(module, image); });
}
CUDA_API cuModuleLoadFatBinary(CUmodule *module, const void *image) { return cuModuleLoadData(module, image); }
CUDA_API cuModuleLoadDataEx(CUmodule *module, const void *image, unsigned, int *, void **) {
    return cuModuleLoadData(module, image);
}

CUDA_API cuModuleLoad(CUmodule *module, const char *name) {
    return enter(Need::CONTEXT, [&] {
        if (!name) return CUDA_ERROR_INVALID_VALUE;
        std::ifstream in(name, std::ios::binary);
        if (!in) return CUDA_ERROR_FILE_NOT_FOUND;
        std::string image(std::istreambuf_iterator<char>(in), {});
        image.resize(std::max(image.size(), sizeof(ImageHeader)));
        return load_module(module, image.c_str());
    });
}

CUDA_API cuModuleUnload(CUmodule module) {
    return enter(Need::RELEASE, [&] {
        if (driver().modules.count(module) == 0) return CUDA_ERROR_INVALID_HANDLE;
        finish_all(module->context);
        unload(module);
        return CUDA_SUCCESS;
    });
}

CUDA_API cuModuleGetFunction(CUfunction *result, CUmodule module, const char *name) {
    return enter(Need::CONTEXT, [&] {
        if (!result || !name) return CUDA_ERROR_INVALID_VALUE;
        if (driver().modules.count(module) == 0) return CUDA_ERROR_INVALID_HANDLE;
        for (const auto &function : module->functions) {
            if (strcmp(function->kernel->name, name) == 0) {
                *result = function.get();
                return CUDA_SUCCESS;
            }
        }
        for (int i = 0; i < module->image->kernel_count; i++) {
            const Kernel *kernel = module->image->kernels + i;
            if (strcmp(kernel->name, name) != 0) continue;
            module->functions.push_back(std::make_unique<Function>(Function{module, kernel, Limits::SHARED}));
            *result = module->functions.back().get();
            driver().functions.insert(*result);
            return CUDA_SUCCESS;
        }
        return CUDA_ERROR_NOT_FOUND;
    });
}

CUDA_API cuModuleGetGlobal_v2(CUdeviceptr *address, size_t *bytes, CUmodule module, const char *name) {
    return enter(Need::CONTEXT, [&] {
        if (!name) return CUDA_ERROR_INVALID_VALUE;
        if (driver().modules.count(module) == 0) return CUDA_ERROR_INVALID_HANDLE;
        void *found = dlsym(module->library, name);
        Dl_info info;
        ElfW(Sym) *symbol = nullptr;
        if (!found || !dladdr1(found, &info, reinterpret_cast<void **>(&symbol), RTLD_DL_SYMENT) || !symbol)
            return CUDA_ERROR_NOT_FOUND;
        if (address) *address = reinterpret_cast<uintptr_t>(found);
        if (bytes) *bytes = symbol->st_size;
        return CUDA_SUCCESS;
    });
}

CUDA_API cuModuleGetLoadingMode(int *mode) {
    if (!mode) return CUDA_ERROR_INVALID_VALUE;
    *mode = 1;
    return CUDA_SUCCESS;
}

CUDA_API cuFuncGetModule(CUmodule *module, CUfunction function) {
    return enter(Need::CONTEXT, [&] {
        if (!module) return CUDA_ERROR_INVALID_VALUE;
        if (!is_function(function)) return CUDA_ERROR_INVALID_HANDLE;
        *module = function->module;
        return CUDA_SUCCESS;
    });
}

CUDA_API cuFuncGetAttribute(int *value, CUfunction_attribute which, CUfunction function) {
    return enter(Need::CONTEXT, [&] {
        if (!value) return CUDA_ERROR_INVALID_VALUE;
        if (!is_function(function)) return CUDA_ERROR_INVALID_HANDLE;
        switch (which) {
        case CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK: *value = static_cast<int>(function->most_threads()); break;
        // Known after the first launch.
        case CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES: *value = static_cast<int>(function->static_shared); break;
        case CU_FUNC_ATTRIBUTE_NUM_REGS: *value = 32; break;
        case CU_FUNC_ATTRIBUTE_PTX_VERSION:
        case CU_FUNC_ATTRIBUTE_BINARY_VERSION: *value = settings().arch; break;
        case CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES: *value = static_cast<int>(function->most_dynamic); break;
        case CU_FUNC_ATTRIBUTE_PREFERRED_SHARED_MEMORY_CARVEOUT: *value = -1; break;
        case CU_FUNC_ATTRIBUTE_CONST_SIZE_BYTES:
        case CU_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES:
        case CU_FUNC_ATTRIBUTE_CACHE_MODE_CA: *value = 0; break;
        default: return CUDA_ERROR_INVALID_VALUE;
        }
        return CUDA_SUCCESS;
    });
}

CUDA_API cuFuncSetAttribute(CUfunction function, CUfunction_attribute which, int value) {
    return enter(Need::CONTEXT, [&] {
        if (!is_function(function)) return CUDA_ERROR_INVALID_HANDLE;
        if (which == CU_FUNC_ATTRIBUTE_PREFERRED_SHARED_MEMORY_CARVEOUT)
            return value >= -1 && value <= 100 ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
        if (which != CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES || value < 0) return CUDA_ERROR_INVALID_VALUE;
        if (static_cast<unsigned>(value) + function->static_shared > Limits::most_shared(settings().arch))
            return CUDA_ERROR_INVALID_VALUE;
        function->most_dynamic = static_cast<unsigned>(value);
        return CUDA_SUCCESS;
    });
}

CUDA_API cuFuncSetCacheConfig(CUfunction function, int) {
    return enter(Need::CONTEXT, [&] { return is_function(function) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_HANDLE; });
}

CUDA_API cuLaunchKernel(CUfunction function, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x,
                        unsigned block_y, unsigned block_z, unsigned shared, CUstream handle, void **parameters,
                        void **extra) {
    return enter(Need::CONTEXT, [&] {
        KernelWork work;
        CUresult status = kernel_work(&work, function, {grid_x, grid_y, grid_z}, {block_x, block_y, block_z}, shared,
                                      parameters, extra);
        if (status != CUDA_SUCCESS) return status;
        std::shared_ptr<Stream> stream = stream_of(handle);
        if (!stream || stream->context != function->module->context) return CUDA_ERROR_INVALID_HANDLE;
        return submit(stream, std::move(work));
    });
}

CUDA_API cuOccupancyMaxActiveBlocksPerMultiprocessor(int *blocks, CUfunction function, int threads, size_t dynamic) {
    return enter(Need::CONTEXT, [&] {
        if (!blocks) return CUDA_ERROR_INVALID_VALUE;
        if (!is_function(function)) return CUDA_ERROR_INVALID_HANDLE;
        *blocks = blocks_per_multiprocessor(*function, threads, dynamic);
        return CUDA_SUCCESS;
    });
}
CUDA_API cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(int *blocks, CUfunction function, int threads,
                                                              size_t dynamic, unsigned) {
    return cuOccupancyMaxActiveBlocksPerMultiprocessor(blocks, function, threads, dynamic);
}

CUDA_API cuOccupancyMaxPotentialBlockSize(int *grid, int *block, CUfunction function, size_t (*shared_of)(int),
                                          size_t dynamic, int limit) {
    return enter(Need::CONTEXT, [&] {
        if (!grid || !block) return CUDA_ERROR_INVALID_VALUE;
        if (!is_function(function)) return CUDA_ERROR_INVALID_HANDLE;
        int most = static_cast<int>(function->most_threads()), best = 0;
        if (limit > 0) most = std::min(most, limit);
        for (int threads = most / 32 * 32; threads > 0; threads -= 32) {
            int blocks = blocks_per_multiprocessor(*function, threads, shared_of ? shared_of(threads) : dynamic);
            if (blocks * threads <= best) continue;
            best = blocks * threads;
            *block = threads;
            *grid = blocks * settings().multiprocessors;
        }
        return best ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
    });
}
CUDA_API cuOccupancyMaxPotentialBlockSizeWithFlags(int *grid, int *block, CUfunction function, size_t (*shared_of)(int),
                                                   size_t dynamic, int limit, unsigned) {
    return cuOccupancyMaxPotentialBlockSize(grid, block, function, shared_of, dynamic, limit);
}

CUDA_API cuOccupancyAvailableDynamicSMemPerBlock(size_t *bytes, CUfunction function, int blocks, int threads) {
    return enter(Need::CONTEXT, [&] {
        if (!bytes || blocks <= 0 || threads <= 0) return CUDA_ERROR_INVALID_VALUE;
        if (!is_function(function)) return CUDA_ERROR_INVALID_HANDLE;
        size_t each = Limits::shared_of_multiprocessor(settings().arch) / static_cast<size_t>(blocks);
        size_t taken = function->static_shared + 1024;
        *bytes = each > taken ? std::min(each - taken, size_t{function->most_dynamic}) : 0;
        return CUDA_SUCCESS;
    });
}
