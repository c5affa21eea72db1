// Statuses of the driver and the compiler, limits, and what is reported.
#include "gpu.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <unistd.h>

namespace test {
namespace {

void driver_must_be_initialised() {
    int count;
    FAILS(CUDA_ERROR_NOT_INITIALIZED, cuDeviceGetCount(&count));
    GOOD(cuInit(0));
    GOOD(cuDeviceGetCount(&count));
    REQUIRE(count == 2);
    char name[64];
    GOOD(cuDeviceGetName(name, sizeof name, 1));
    contains(name, "Dagrad CUDA emulator");
    FAILS(CUDA_ERROR_INVALID_DEVICE, cuDeviceGetName(name, sizeof name, 2));
    int major, minor;
    GOOD(cuDeviceGetAttribute(&major, 75, 0));
    GOOD(cuDeviceGetAttribute(&minor, 76, 0));
    REQUIRE(major == 7 && minor == 5);
    CUdeviceptr address;
    FAILS(CUDA_ERROR_INVALID_CONTEXT, cuMemAlloc_v2(&address, 4));
}

void no_device() { FAILS(CUDA_ERROR_NO_DEVICE, cuInit(0)); }

void contexts_stack() {
    GOOD(cuInit(0));
    CUcontext first, second, current;
    GOOD(cuCtxCreate_v2(&first, 0, 0));
    GOOD(cuCtxCreate_v2(&second, 0, 0));
    GOOD(cuCtxGetCurrent(&current));
    REQUIRE(current == second);
    GOOD(cuCtxDestroy_v2(second));
    GOOD(cuCtxGetCurrent(&current));
    REQUIRE(current == first);
    GOOD(cuCtxDestroy_v2(first));
    FAILS(CUDA_ERROR_INVALID_CONTEXT, cuCtxSetCurrent(first));
    FAILS(CUDA_ERROR_INVALID_CONTEXT, cuCtxSynchronize());
}

void memory_ends() {
    Gpu gpu;
    CUdeviceptr a, b;
    GOOD(cuMemAlloc_v2(&a, 700 << 10));
    FAILS(CUDA_ERROR_OUT_OF_MEMORY, cuMemAlloc_v2(&b, 400 << 10));
    size_t free, total;
    GOOD(cuMemGetInfo_v2(&free, &total));
    REQUIRE(total == 1 << 20 && free == 324 << 10);
    GOOD(cuMemFree_v2(a));
    FAILS(CUDA_ERROR_INVALID_VALUE, cuMemFree_v2(a));
    GOOD(cuMemAlloc_v2(&b, 400 << 10));
    GOOD(cuMemFree_v2(b));
    FAILS(CUDA_ERROR_INVALID_VALUE, cuMemAlloc_v2(&b, 0));
}

void copies_are_checked() {
    Gpu gpu;
    Buffer<int> x(4);
    std::vector<int> host(8);
    FAILS(CUDA_ERROR_INVALID_VALUE, cuMemcpyHtoD_v2(x.address, host.data(), 20));
    FAILS(CUDA_ERROR_INVALID_VALUE, cuMemcpyDtoH_v2(host.data(), x.address + 4, 16));
    FAILS(CUDA_ERROR_INVALID_VALUE, cuMemcpyHtoD_v2(reinterpret_cast<uintptr_t>(host.data()), host.data(), 4));
    FAILS(CUDA_ERROR_INVALID_VALUE, cuMemsetD32_v2(x.address + 2, 0, 1));
    GOOD(cuMemsetD8_v2(x.address, 0x11, 16));
    REQUIRE(x.values()[3] == 0x11111111);
    void *pinned;
    GOOD(cuMemHostAlloc(&pinned, 64, 0));
    FAILS(CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED, cuMemHostRegister_v2(pinned, 64, 0));
    GOOD(cuMemFreeHost(pinned));
    GOOD(cuMemHostRegister_v2(host.data(), 32, 0));
    GOOD(cuMemHostUnregister(host.data()));
    FAILS(CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED, cuMemHostUnregister(host.data()));
}

const char LIMITS[] = R"(
extern "C" __global__ void one(int *x) { x[threadIdx.x] = 1; }
extern "C" __global__ void __launch_bounds__(64 <= 32 ? 32 : 128) bounded(int *x) { x[threadIdx.x] = 1; }
extern "C" __global__ void big(int *x) { extern __shared__ int row[]; row[20000] = 3; x[0] = row[20000]; }
)";

void launches_are_checked() {
    Gpu gpu(LIMITS);
    Buffer<int> x(1024);
    GOOD(gpu.run("one", 1, 1024, 0, x.address));
    FAILS(CUDA_ERROR_INVALID_VALUE, gpu.run("one", 1, 1025, 0, x.address));
    FAILS(CUDA_ERROR_INVALID_VALUE, gpu.run("one", 0, 32, 0, x.address));
    GOOD(gpu.run("bounded", 1, 128, 0, x.address));
    FAILS(CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES, gpu.run("bounded", 1, 129, 0, x.address));
    FAILS(CUDA_ERROR_INVALID_VALUE, gpu.run("big", 1, 32, 80004, x.address));
    GOOD(cuFuncSetAttribute(gpu.function("big"), CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, 80004));
    GOOD(gpu.run("big", 1, 32, 80004, x.address));
    REQUIRE(x.values()[0] == 3);
    FAILS(CUDA_ERROR_INVALID_VALUE,
          cuFuncSetAttribute(gpu.function("big"), CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, 300000));
    FAILS(CUDA_ERROR_INVALID_HANDLE, cuLaunchKernel(nullptr, 1, 1, 1, 1, 1, 1, 0, nullptr, nullptr, nullptr));
    CUfunction function;
    FAILS(CUDA_ERROR_NOT_FOUND, cuModuleGetFunction(&function, gpu.module, "none"));
    // Arguments in one buffer.
    CUdeviceptr address = x.address;
    size_t bytes = sizeof address;
    void *extra[] = {reinterpret_cast<void *>(1), &address, reinterpret_cast<void *>(2), &bytes, nullptr};
    GOOD(cuLaunchKernel(gpu.function("one"), 1, 1, 1, 32, 1, 1, 0, nullptr, nullptr, extra));
    bytes = 4;
    FAILS(CUDA_ERROR_INVALID_VALUE, cuLaunchKernel(gpu.function("one"), 1, 1, 1, 32, 1, 1, 0, nullptr, nullptr, extra));
    int blocks;
    GOOD(cuOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, gpu.function("big"), 256, 80004));
    REQUIRE(blocks == 2);
}

void device_is_lost() {
    Gpu gpu(LIMITS);
    CUdeviceptr x;
    GOOD(cuMemAlloc_v2(&x, 4096));
    GOOD(gpu.run("one", 1, 32, 0, x));
    GOOD(gpu.run("one", 1, 32, 0, x));
    FAILS(CUDA_ERROR_DEVICE_UNAVAILABLE, gpu.run("one", 1, 32, 0, x));
    FAILS(CUDA_ERROR_DEVICE_UNAVAILABLE, cuCtxSynchronize());
    FAILS(CUDA_ERROR_DEVICE_UNAVAILABLE, cuMemFree_v2(x));
    struct dagrad_emu_counters counters;
    dagrad_emu_counters(&counters, sizeof counters);
    REQUIRE(counters.live_allocations == 0);
}

void compiler_tells_lines() {
    Compiled bad = compile("extern \"C\" __global__ void k(float *x) {\n    x[0] = y;\n}\n");
    REQUIRE(bad.status == 6);
    contains(bad.log, "test.cu:2:");
    contains(bad.log, "'y' was not declared");
    bad = compile("#include \"a.cuh\"\n", {}, {{"a.cuh", "\n\nint f() { return z; }\n"}});
    contains(bad.log, "a.cuh:3:");
}

void compiler_knows_no_more_than_cuda() {
    for (const char *line : {"printf(\"x\");", "x[0] = __builtin_popcount(1);", "asm(\"nop\");", "atomicAdd(x, 1.0f);",
                             "std::abs(1);", "throw 1;"}) {
        Compiled bad = compile(std::string("extern \"C\" __global__ void k(float *x) {\n    ") + line + "\n}\n");
        require(bad.status == 6, std::string(line) + " is refused");
        contains(bad.log, "test.cu:2:");
    }
    REQUIRE(compile("#include <cmath>\n").status == 6);
    REQUIRE(compile("", {"--gpu-architecture=sm_91"}).status == 5);
    REQUIRE(compile("", {"--quickly"}).status == 5);
    REQUIRE(compile("#ifdef __CUDA_ARCH__\n#error\n#endif\n#ifndef DAGRAD_EMULATOR\n#error\n#endif\n").status == 0);
}

void modules_are_checked() {
    Gpu gpu;
    CUmodule module;
    Compiled later = compile(LIMITS, {"-arch=sm_100"}), earlier = compile(LIMITS, {"-arch=sm_80"}),
             fit = compile(LIMITS);
    FAILS(CUDA_ERROR_NO_BINARY_FOR_GPU, cuModuleLoadData(&module, later.image.data()));
    FAILS(CUDA_ERROR_NO_BINARY_FOR_GPU, cuModuleLoadData(&module, earlier.image.data()));
    GOOD(cuModuleLoadData(&module, earlier.ptx.c_str()));
    GOOD(cuModuleUnload(module));
    FAILS(CUDA_ERROR_INVALID_HANDLE, cuModuleUnload(module));
    fit.image[fit.image.size() / 2] ^= 1;
    FAILS(CUDA_ERROR_INVALID_IMAGE, cuModuleLoadData(&module, fit.image.data()));
    FAILS(CUDA_ERROR_INVALID_IMAGE, cuModuleLoadData(&module, "nothing that anyone knows, of some length"));
    FAILS(CUDA_ERROR_INVALID_PTX, cuModuleLoadData(&module, "// PTX\n.version 8.0\n"));
    FAILS(CUDA_ERROR_NO_BINARY_FOR_GPU, cuModuleLoadData(&module, "\x7f"
                                                                  "ELF of a real cubin, which is longer"));
}

void report_counts() {
    std::string path = "/tmp/dagrad-emulator-report-" + std::to_string(getpid());
    {
        Gpu gpu(LIMITS);
        Buffer<int> x(1024);
        GOOD(gpu.run("one", 2, 32, 0, x.address));
        x.values();
        REQUIRE(dagrad_emu_report(path.c_str()));
    }
    std::ifstream in(path);
    std::string text(std::istreambuf_iterator<char>(in), {});
    remove(path.c_str());
    for (const char *part :
         {"\"kernels\": 1,", "\"threads\": 64,", "\"kernel_bytes_stored\": 256,", "\"copies_to_host\": 1,",
          "\"bytes_to_host\": 4096,", "\"live_allocations\": 1,", "\"live_bytes\": 4096,", "\"live_modules\": 1,",
          "\"compilations\": 1,", "\"live_handles\": 0,", "\"last_fault\": \"\""}) {
        contains(text, part);
    }
    struct dagrad_emu_counters counters;
    dagrad_emu_counters(&counters, sizeof counters);
    REQUIRE(counters.live_allocations == 0 && counters.live_modules == 0 && counters.live_contexts == 0);
}

}

std::vector<Case> interface_cases() {
    return {
        {"initialisation", {"DAGRAD_EMU_DEVICES=2", "DAGRAD_EMU_ARCH=75"}, driver_must_be_initialised},
        {"no device", {"DAGRAD_EMU_DEVICES=0"}, no_device},
        {"contexts", {}, contexts_stack},
        {"out of memory", {"DAGRAD_EMU_MEMORY=1m"}, memory_ends},
        {"copies", {}, copies_are_checked},
        {"launches", {}, launches_are_checked},
        {"lost device", {"DAGRAD_EMU_LOST_AFTER=2"}, device_is_lost},
        {"compile errors", {}, compiler_tells_lines},
        {"no more than CUDA", {}, compiler_knows_no_more_than_cuda},
        {"modules", {}, modules_are_checked},
        {"report", {}, report_counts},
    };
}

}
