// What kernels compute: threads, warps, shared memory, atomics.
#include "gpu.h"

#include <numeric>

namespace test {
namespace {

const char ADD[] = R"(
extern "C" __global__ void add(const float *__restrict__ a, const float *__restrict__ b, float *c, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) c[i] = a[i] + b[i];
})";

void adds() {
    Gpu gpu(ADD);
    const int n = 1000;
    std::vector<float> a(n), b(n, 0.5f);
    std::iota(a.begin(), a.end(), 0.0f);
    Buffer<float> x(a), y(b), z(n);
    GOOD(gpu.run("add", 4, 256, 0, x.address, y.address, z.address, n));
    std::vector<float> sums = z.values();
    for (int i = 0; i < n; i++) REQUIRE(sums[static_cast<size_t>(i)] == static_cast<float>(i) + 0.5f);
}

// Blocks of 256 threads, by shuffles and one barrier.
const char SUM[] = R"(
template <class T> __device__ __forceinline__ T warp_sum(T x) {
    for (int k = 16; k > 0; k >>= 1) x += __shfl_xor_sync(0xffffffffu, x, k);
    return x;
}
template <class T> __device__ void sum(const T *a, T *out, int n) {
    __shared__ T part[8];
    T x = 0;
    for (int i = threadIdx.x; i < n; i += blockDim.x) x += a[i];
    x = warp_sum(x);
    if (threadIdx.x % 32 == 0) part[threadIdx.x / 32] = x;
    __syncthreads();
    if (threadIdx.x >= 32) return;
    x = threadIdx.x < 8 ? part[threadIdx.x] : T(0);
    x = warp_sum(x);
    if (threadIdx.x == 0) out[blockIdx.x] = x;
}
extern "C" __global__ void __launch_bounds__(256) sum_f32(const float *a, float *out, int n) { sum(a, out, n); }
extern "C" __global__ __launch_bounds__(256, 2) void sum_f64(const double *a, double *out, int n) { sum(a, out, n); }
)";

void reduces() {
    Gpu gpu(SUM);
    std::vector<float> a(1000);
    std::iota(a.begin(), a.end(), 1.0f);
    std::vector<double> b(a.begin(), a.end());
    Buffer<float> x(a), s(2);
    Buffer<double> y(b), t(2);
    GOOD(gpu.run("sum_f32", 2, 256, 0, x.address, s.address, 1000));
    GOOD(gpu.run("sum_f64", 2, 256, 0, y.address, t.address, 1000));
    REQUIRE(s.values() == std::vector<float>(2, 500500.0f));
    REQUIRE(t.values() == std::vector<double>(2, 500500.0));
    int bytes = 0;
    GOOD(cuFuncGetAttribute(&bytes, CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES, gpu.function("sum_f64")));
    REQUIRE(bytes == 64);
}

const char WARP[] = R"(
extern "C" __global__ void warp(int *out) {
    int lane = threadIdx.x;
    unsigned all = 0xffffffffu;
    out[lane] = __shfl_sync(all, lane, 5);
    out[32 + lane] = __shfl_up_sync(all, lane, 3);
    out[64 + lane] = __shfl_down_sync(all, lane, 3, 8);
    out[96 + lane] = __shfl_xor_sync(all, lane, 4);
    out[128 + lane] = __ballot_sync(all, lane % 3 == 0);
    out[160 + lane] = __any_sync(all, lane == 7) + 2 * __all_sync(all, lane < 32) + 4 * __all_sync(all, lane != 3);
    int half = lane < 16 ? __shfl_sync(0x0000ffffu, lane, 15) : __shfl_sync(0xffff0000u, lane, 16);
    __syncwarp();
    out[192 + lane] = half;
    out[224 + lane] = __activemask();
    long long wide = __shfl_sync(all, 1ll << 40 | lane, 9);
    out[256 + lane] = wide == (1ll << 40 | 9);
})";

void shuffles() {
    Gpu gpu(WARP);
    Buffer<int> out(288);
    GOOD(gpu.run("warp", 1, 32, 0, out.address));
    std::vector<int> found = out.values();
    int thirds = 0;
    for (int lane = 0; lane < 32; lane += 3) thirds |= 1 << lane;
    for (int lane = 0; lane < 32; lane++) {
        auto at = [&](int row) { return found[static_cast<size_t>(32 * row + lane)]; };
        REQUIRE(at(0) == 5);
        REQUIRE(at(1) == (lane < 3 ? lane : lane - 3));
        REQUIRE(at(2) == (lane % 8 < 5 ? lane + 3 : lane));
        REQUIRE(at(3) == (lane ^ 4));
        REQUIRE(at(4) == thirds);
        REQUIRE(at(5) == 3);
        REQUIRE(at(6) == (lane < 16 ? 15 : 16));
        REQUIRE(at(7) == -1);
        REQUIRE(at(8) == 1);
    }
}

const char SHARED[] = R"(
extern "C" __global__ void reverse(const int *from, int *to) {
    extern __shared__ __align__(16) unsigned char bytes[];
    __shared__ int first[2][64], last;
    int *row = reinterpret_cast<int *>(bytes);
    int i = threadIdx.x, n = blockDim.x;
    row[i] = from[blockIdx.x * n + i];
    first[1][i] = -i;
    if (i == n - 1) last = blockIdx.x;
    __syncthreads();
    to[blockIdx.x * n + i] = row[n - 1 - i] + 1000 * first[1][n - 1 - i] + 1000000 * last;
})";

void shares() {
    Gpu gpu(SHARED);
    std::vector<int> a(192);
    std::iota(a.begin(), a.end(), 0);
    Buffer<int> x(a), y(192);
    GOOD(gpu.run("reverse", 3, 64, 256, x.address, y.address));
    std::vector<int> found = y.values();
    for (int i = 0; i < 192; i++) {
        int j = 63 - i % 64;
        REQUIRE(found[static_cast<size_t>(i)] == i / 64 * 64 + j - 1000 * j + 1000000 * (i / 64));
    }
}

const char COUNT[] = R"(
extern "C" __global__ void count(int *bins, unsigned long long *total, int *least, int *votes, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    int odd = __syncthreads_count(i % 2), some = __syncthreads_or(i == 70), all = __syncthreads_and(i >= 0);
    if (threadIdx.x == 0) votes[blockIdx.x] = odd + 1000 * some + 2000 * all;
    if (i >= n) return;
    atomicAdd(bins + i % 7, 1);
    atomicAdd(total, (unsigned long long)i);
    atomicMin(least, -i);
})";

void counts() {
    Gpu gpu(COUNT);
    Buffer<int> bins(std::vector<int>(7)), least(std::vector<int>(1)), votes(4);
    Buffer<unsigned long long> total(std::vector<unsigned long long>(1));
    GOOD(gpu.run("count", 4, 64, 0, bins.address, total.address, least.address, votes.address, 210));
    REQUIRE(bins.values() == std::vector<int>(7, 30));
    REQUIRE(total.values()[0] == 210 * 209 / 2);
    REQUIRE(least.values()[0] == -209);
    REQUIRE(votes.values() == (std::vector<int>{2032, 3032, 2032, 2032}));
}

// Threads of three dimensions, constants, vectors, and the numbers of CUDA.
const char REST[] = R"(
#include "half.cuh"
__constant__ float scale[4] = {1, 2, 3, 4};
extern "C" __global__ void places(int *out) {
    int block = (blockIdx.z * gridDim.y + blockIdx.y) * gridDim.x + blockIdx.x;
    int thread = (threadIdx.z * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
    out[block * (blockDim.x * blockDim.y * blockDim.z) + thread] = block * 100 + thread;
}
extern "C" __global__ void numbers(float4 *out, const float *in) {
    float4 v = *reinterpret_cast<const float4 *>(in);
    out[0] = make_float4(half(v.x) * scale[0], v.y * scale[1], fmaf(v.z, 2.0f, 1.0f), rsqrtf(v.w));
    out[1] = make_float4(__int_as_float(0x7f800000), __float2int_rn(2.5f), __umulhi(1u << 31, 6u), __clz(1) + __popc(7) + __ffs(8));
    out[2] = make_float4(min(3, -2), __brev(1u) == 0x80000000u, __float2int_rz(__int_as_float(0x7fc00000)), fmodf(7.5f, 2.0f));
})";

void knows_the_rest() {
    Gpu gpu;
    Compiled compiled =
        compile(REST, {"-arch=sm_90", "--std=c++17", "-DHALF=0.5f"},
                {{"half.cuh", "#pragma once\n__device__ __forceinline__ float half(float x) { return HALF * x; }\n"}});
    require(compiled.status == 0, compiled.log);
    GOOD(cuModuleLoadData(&gpu.module, compiled.image.data()));
    Buffer<int> places(6 * 24);
    void *arguments[] = {const_cast<CUdeviceptr *>(&places.address)};
    GOOD(cuLaunchKernel(gpu.function("places"), 3, 2, 1, 4, 3, 2, 0, nullptr, arguments, nullptr));
    std::vector<int> found = places.values();
    for (int i = 0; i < 144; i++) REQUIRE(found[static_cast<size_t>(i)] == i / 24 * 100 + i % 24);

    Buffer<float> in(std::vector<float>{3, 4, 5, 4}), out(12);
    GOOD(gpu.run("numbers", 1, 1, 0, out.address, in.address));
    REQUIRE(out.values() == (std::vector<float>{1.5f, 8, 11, 0.5f, INFINITY, 2, 3, 38, -2, 1, 0, 1.5f}));

    CUdeviceptr address;
    size_t bytes;
    GOOD(cuModuleGetGlobal_v2(&address, &bytes, gpu.module, "scale"));
    REQUIRE(bytes == 16);
}

// Most threads, with local variables, that all wait many times.
const char MANY[] = R"(
extern "C" __global__ void scan(int *data) {
    __shared__ int row[1024];
    int i = threadIdx.x;
    row[i] = data[i];
    for (int k = 1; k < 1024; k *= 2) {
        __syncthreads();
        int x = i >= k ? row[i - k] : 0;
        __syncthreads();
        row[i] += x;
    }
    data[i] = row[i];
})";

void scans() {
    Gpu gpu(MANY);
    Buffer<int> data(std::vector<int>(1024, 1));
    GOOD(gpu.run("scan", 1, 1024, 0, data.address));
    std::vector<int> found = data.values();
    for (int i = 0; i < 1024; i++) REQUIRE(found[static_cast<size_t>(i)] == i + 1);
}

}

std::vector<Case> computing_cases() {
    return {
        {"threads add", {}, adds},
        {"threads add without checks", {"DAGRAD_EMU_CHECK=0"}, adds},
        {"blocks reduce", {}, reduces},
        {"blocks reduce in reverse", {"DAGRAD_EMU_ORDER=reverse"}, reduces},
        {"blocks reduce shuffled", {"DAGRAD_EMU_ORDER=shuffled", "DAGRAD_EMU_SEED=7"}, reduces},
        {"blocks reduce without checks", {"DAGRAD_EMU_CHECK=0"}, reduces},
        {"lanes shuffle and vote", {}, shuffles},
        {"lanes shuffle and vote shuffled", {"DAGRAD_EMU_ORDER=shuffled"}, shuffles},
        {"threads share memory", {}, shares},
        {"threads share memory in reverse", {"DAGRAD_EMU_ORDER=reverse"}, shares},
        {"atomics and barriers count", {}, counts},
        {"dimensions, constants, vectors and numbers", {}, knows_the_rest},
        {"1024 threads scan", {}, scans},
        {"1024 threads scan shuffled", {"DAGRAD_EMU_ORDER=shuffled"}, scans},
    };
}

}
