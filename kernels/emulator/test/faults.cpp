// Faults planted in kernels, each found by the mode that is there for it.
#include "gpu.h"

namespace test {
namespace {

void fault_says(std::initializer_list<const char *> parts) {
    for (const char *part : parts) contains(dagrad_emu_last_fault(), part);
}

// Each thread reads what its neighbour has written, with no barrier between.
const char NO_BARRIER[] = R"(
extern "C" __global__ void rotate(const float *from, float *to) {
    __shared__ float row[64];
    int i = threadIdx.x;
    row[i] = from[i];
    to[i] = row[(i + NEXT) % 64];
})";

std::string with(const std::string &source, const std::string &next) { return "#define NEXT " + next + "\n" + source; }

// A neighbour that comes later has written nothing: the fresh memory's NaN shows.
void missing_barrier_forward() {
    Gpu gpu(with(NO_BARRIER, "1"));
    Buffer<float> from(std::vector<float>(64, 1.0f)), to(64);
    GOOD(gpu.run("rotate", 1, 64, 0, from.address, to.address));
    REQUIRE(std::isnan(to.values()[0]));
}

// One that comes earlier has, unless the order is another.
void missing_barrier_backward(bool seen) {
    Gpu gpu(with(NO_BARRIER, "63"));
    Buffer<float> from(std::vector<float>(64, 1.0f)), to(64);
    GOOD(gpu.run("rotate", 1, 64, 0, from.address, to.address));
    REQUIRE(std::isnan(to.values()[5]) == seen);
}

const char OFF_BY_ONE[] = R"(
extern "C" __global__ void fill(float *to, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i <= n) to[i] = 1.0f;
})";

void off_by_one_store() {
    Gpu gpu(OFF_BY_ONE);
    Buffer<float> before(10), to(100);
    FAILS(CUDA_ERROR_ILLEGAL_ADDRESS, gpu.run("fill", 2, 64, 0, to.address, 100));
    fault_says({"kernel fill, block (1, 0, 0), thread (36, 0, 0): store of 4 bytes",
                "0 bytes behind the end of allocation 2 (400 bytes of device memory"});
}

void off_by_one_at_the_fence() {
    Gpu gpu(OFF_BY_ONE);
    Buffer<float> to(100);
    FAILS(CUDA_ERROR_ILLEGAL_ADDRESS, gpu.run("fill", 2, 64, 0, to.address, 100));
    fault_says({"kernel fill: something was stored 0 bytes behind the end of allocation 1"});
}

// 1024 floats end with their page.
void off_by_one_at_the_guard_page() {
    Gpu gpu(OFF_BY_ONE);
    Buffer<float> to(1024);
    FAILS(CUDA_ERROR_ILLEGAL_ADDRESS, gpu.run("fill", 17, 64, 0, to.address, 1024));
    fault_says({"kernel fill, block (16, 0, 0), thread (0, 0, 0)", "0 bytes behind the end of allocation 1"});
}

const char LOAD[] = R"(
extern "C" __global__ void load(const float *from, float *to, int at) { to[0] = from[at]; }
extern "C" __global__ void load4(const float *from, float4 *to, int at) { to[0] = *reinterpret_cast<const float4 *>(from + at); }
)";

void loads_out_of_bounds() {
    Gpu gpu(LOAD);
    Buffer<float> from(16), to(4);
    FAILS(CUDA_ERROR_ILLEGAL_ADDRESS, gpu.run("load", 1, 1, 0, from.address, to.address, -1));
    fault_says({"load of 4 bytes", "4 bytes before allocation 1"});
    // The context keeps it until it is reset.
    FAILS(CUDA_ERROR_ILLEGAL_ADDRESS, cuCtxSynchronize());
    CUdeviceptr address;
    FAILS(CUDA_ERROR_ILLEGAL_ADDRESS, cuMemAlloc_v2(&address, 4));
    GOOD(cuDevicePrimaryCtxReset_v2(0));
    GOOD(cuCtxSynchronize());
}

void loads_freed_memory() {
    Gpu gpu(LOAD);
    Buffer<float> to(4);
    CUdeviceptr gone;
    GOOD(cuMemAlloc_v2(&gone, 64));
    GOOD(cuMemFree_v2(gone));
    FAILS(CUDA_ERROR_ILLEGAL_ADDRESS, gpu.run("load", 1, 1, 0, gone, to.address, 0));
}

void loads_null() {
    Gpu gpu(LOAD);
    Buffer<float> to(4);
    FAILS(CUDA_ERROR_ILLEGAL_ADDRESS, gpu.run("load", 1, 1, 0, CUdeviceptr{0}, to.address, 0));
    fault_says({"kernel load", "null"});
}

void loads_host_memory() {
    Gpu gpu(LOAD);
    Buffer<float> to(4);
    std::vector<float> host(4);
    FAILS(CUDA_ERROR_ILLEGAL_ADDRESS, gpu.run("load", 1, 1, 0, host.data(), to.address, 0));
    fault_says({"neither device memory nor pinned host memory"});
}

void misaligned_vector() {
    Gpu gpu(LOAD);
    Buffer<float> from(16), to(4);
    FAILS(CUDA_ERROR_MISALIGNED_ADDRESS, gpu.run("load4", 1, 1, 0, from.address, to.address, 2));
    fault_says({"load of 16 bytes", "no multiple of 16"});
}

const char UNINITIALISED[] = R"(
extern "C" __global__ void add(const float *a, float *b) { b[threadIdx.x] = a[threadIdx.x] + 1.0f; }
extern "C" __global__ void shared(float *b) {
    __shared__ float row[32];
    if (threadIdx.x < 31) row[threadIdx.x] = 1.0f;
    __syncthreads();
    b[threadIdx.x] = row[threadIdx.x];
})";

void uninitialised_read() {
    Gpu gpu(UNINITIALISED);
    Buffer<float> a(32), b(32);
    GOOD(gpu.run("add", 1, 32, 0, a.address, b.address));
    for (float x : b.values()) REQUIRE(std::isnan(x));
    GOOD(gpu.run("shared", 1, 32, 0, b.address));
    REQUIRE(!std::isnan(b.values()[30]) && std::isnan(b.values()[31]));
}

// Also in the second block, whose shared memory the first has written.
void stale_shared_memory() {
    Gpu gpu(R"(
extern "C" __global__ void stale(float *out) {
    __shared__ float x;
    if (blockIdx.x == 0) x = 1.0f;
    out[blockIdx.x] = x;
})");
    Buffer<float> out(2);
    GOOD(gpu.run("stale", 2, 1, 0, out.address));
    REQUIRE(out.values()[0] == 1.0f && std::isnan(out.values()[1]));
}

const char MASKS[] = R"(
extern "C" __global__ void outside(int *out) { out[threadIdx.x] = __shfl_sync(0x0000ffffu, threadIdx.x, 0); }
extern "C" __global__ void ended(int *out) {
    if (threadIdx.x >= 20) return;
    out[threadIdx.x] = __shfl_down_sync(0xffffffffu, threadIdx.x, 1);
}
extern "C" __global__ void different(int *out) {
    unsigned mask = threadIdx.x < 16 ? 0xffffffffu : 0xffff0000u;
    out[threadIdx.x] = __ballot_sync(mask, 1);
}
extern "C" __global__ void barrier(int *out) {
    if (threadIdx.x < 40) __syncthreads();
    out[threadIdx.x] = 1;
}
extern "C" __global__ void mixed(int *out) {
    if (threadIdx.x < 32) __syncthreads();
    else __syncthreads_count(1);
    out[threadIdx.x] = 1;
}
extern "C" __global__ void small(int *out) { out[threadIdx.x] = __any_sync(0xffffffffu, 1); }
)";

void wrong_masks(const char *kernel, unsigned threads, std::initializer_list<const char *> parts) {
    Gpu gpu(MASKS);
    Buffer<int> out(64);
    FAILS(CUDA_ERROR_LAUNCH_FAILED, gpu.run(kernel, 1, threads, 0, out.address));
    fault_says(parts);
}

const char INDICES[] = R"(
extern "C" __global__ void table(int *out, int at) {
    __shared__ int row[32], other[32];
    row[threadIdx.x] = other[threadIdx.x] = 1;
    __syncthreads();
    out[threadIdx.x] = row[at + threadIdx.x];
}
extern "C" __global__ void dynamic(int *out, int at) {
    extern __shared__ int row[];
    row[at + threadIdx.x] = 1;
    out[threadIdx.x] = 1;
})";

void out_of_shared_memory() {
    Gpu gpu(INDICES);
    Buffer<int> out(32);
    FAILS(CUDA_ERROR_ILLEGAL_ADDRESS, gpu.run("table", 1, 32, 0, out.address, 1));
    fault_says({"kernel table", "test.cu:6: index 32 into an array of type 'int [32]'"});
}

void out_of_dynamic_memory() {
    Gpu gpu(INDICES);
    Buffer<int> out(32);
    FAILS(CUDA_ERROR_ILLEGAL_ADDRESS, gpu.run("dynamic", 1, 32, 128, out.address, 1));
    fault_says({"kernel dynamic, block (0, 0, 0), thread (31, 0, 0): store of 4 bytes at byte 128 of shared memory"});
}

void out_of_dynamic_memory_unchecked() {
    Gpu gpu(INDICES);
    Buffer<int> out(32);
    FAILS(CUDA_ERROR_ILLEGAL_ADDRESS, gpu.run("dynamic", 1, 32, 128, out.address, 1));
    fault_says({"kernel dynamic", "0 bytes behind the end of a variable in shared memory"});
}

const char BREAKS[] = R"(
extern "C" __global__ void trap(int x) { if (x == 0) __trap(); }
extern "C" __global__ void divide(int *out, int x) { out[0] = 70 / x; }
__device__ int deep(int n) {
    volatile int local[64];
    for (int i = 0; i < 64; i++) local[i] = n;
    return n <= 0 ? local[5] : deep(n - 1) + local[n % 64];
}
extern "C" __global__ void overflow(int *out, int n) { out[0] = deep(n); }
)";

void traps() {
    Gpu gpu(BREAKS);
    FAILS(CUDA_ERROR_LAUNCH_FAILED, gpu.run("trap", 1, 1, 0, 0));
    fault_says({"kernel trap", "__trap() was called"});
}

void divides_by_zero() {
    Gpu gpu(BREAKS);
    Buffer<int> out(1);
    FAILS(CUDA_ERROR_LAUNCH_FAILED, gpu.run("divide", 1, 1, 0, out.address, 0));
    fault_says({"kernel divide", "divided by zero"});
}

void overflows_the_stack() {
    Gpu gpu(BREAKS);
    Buffer<int> out(1);
    FAILS(CUDA_ERROR_LAUNCH_FAILED, gpu.run("overflow", 1, 1, 0, out.address, 100000));
    fault_says({"kernel overflow", "local variables"});
}

void bad_ranges_of_libraries() {
    Gpu gpu;
    Buffer<float> a(4);
    REQUIRE(dagrad_emu_check_range(reinterpret_cast<void *>(a.address), 16));
    REQUIRE(!dagrad_emu_check_range(reinterpret_cast<void *>(a.address), 17));
    static int released = 0;
    auto run = [](void *data) { return dagrad_emu_fault("gemm", data, 17); };
    REQUIRE(dagrad_emu_enqueue(nullptr, DAGRAD_EMU_GEMM, "gemm", 17, run, reinterpret_cast<void *>(a.address),
                               [](void *) { released++; }) == 0);
    FAILS(CUDA_ERROR_ILLEGAL_ADDRESS, cuCtxSynchronize());
    REQUIRE(released == 1);
    fault_says({"gemm touches 17 bytes"});
}

}

std::vector<Case> fault_cases() {
    return {
        {"missing barrier, forward", {}, missing_barrier_forward},
        {"missing barrier, not seen forward", {}, [] { missing_barrier_backward(false); }},
        {"missing barrier, reverse", {"DAGRAD_EMU_ORDER=reverse"}, [] { missing_barrier_backward(true); }},
        {"off-by-one store", {}, off_by_one_store, Sanitizer::ENDS},
        {"off-by-one store, fence", {"DAGRAD_EMU_CHECK=0"}, off_by_one_at_the_fence, Sanitizer::ENDS},
        {"off-by-one store, guard page", {"DAGRAD_EMU_CHECK=0"}, off_by_one_at_the_guard_page, Sanitizer::ENDS},
        {"load out of bounds", {}, loads_out_of_bounds, Sanitizer::ENDS},
        {"load of freed memory", {}, loads_freed_memory, Sanitizer::ENDS},
        {"load of freed memory, unmapped", {"DAGRAD_EMU_CHECK=0"}, loads_freed_memory, Sanitizer::ENDS},
        {"load of null", {}, loads_null},
        {"load of null, signal", {"DAGRAD_EMU_CHECK=0"}, loads_null},
        {"load of host memory", {}, loads_host_memory, Sanitizer::BLIND},
        {"misaligned vector", {}, misaligned_vector, Sanitizer::BLIND},
        {"uninitialised read", {}, uninitialised_read},
        {"stale shared memory", {}, stale_shared_memory},
        {"lane outside of its mask",
         {},
         [] {
             wrong_masks("outside", 32,
                         {"thread (16, 0, 0): calls __shfl_sync with mask 0000ffff, a mask without its own lane"});
         }},
        {"lane of the mask has ended",
         {},
         [] {
             wrong_masks(
                 "ended", 32,
                 {"thread (0, 0, 0): waits in __shfl_down_sync with mask ffffffff for ever: lane 20 has ended"});
         }},
        {"lanes with different masks",
         {},
         [] {
             wrong_masks("different", 32,
                         {"thread (0, 0, 0): waits in __ballot_sync with mask ffffffff for ever: lane 16"});
         }},
        {"lane of the mask is not there",
         {},
         [] { wrong_masks("small", 16, {"lane 16 is not in a block of 16 threads"}); }},
        {"divergent barrier",
         {},
         [] {
             wrong_masks("barrier", 64,
                         {"thread (0, 0, 0): waits in __syncthreads for ever: thread 40 of the block has ended"});
         }},
        {"barriers of two kinds", {}, [] { wrong_masks("mixed", 64, {"another kind of barrier"}); }},
        {"index behind a shared array", {}, out_of_shared_memory},
        {"store behind dynamic shared memory", {}, out_of_dynamic_memory, Sanitizer::BLIND},
        {"store behind dynamic shared memory, fence", {"DAGRAD_EMU_CHECK=0"}, out_of_dynamic_memory_unchecked},
        {"trap", {}, traps},
        {"division by zero", {}, divides_by_zero},
        {"stack overflow", {}, overflows_the_stack},
        {"bad range of a library", {}, bad_ranges_of_libraries},
    };
}

}
