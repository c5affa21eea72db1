// The CUDA dialect that the emulator knows, for g++. NVRTC puts abi.h and this in front of every program, after it has
// preprocessed the program and rewritten its kernels and shared variables: see kernel_source.h.
#define __device__
#define __host__
#define __constant__
#define __forceinline__ inline __attribute__((always_inline))
#define __noinline__ __attribute__((noinline))
#define __align__(n) __attribute__((aligned(n)))
#define __restrict__ __restrict
#define threadIdx (dagrad_emu_self.thread)
#define blockIdx (dagrad_emu_self.block)
#define blockDim (dagrad_emu_self.block_dim)
#define gridDim (dagrad_emu_self.grid_dim)
#define DAGRAD_EMU_F static inline __attribute__((always_inline, unused))

typedef __SIZE_TYPE__ size_t;
typedef __PTRDIFF_TYPE__ ptrdiff_t;
constexpr int warpSize = 32;

struct alignas(8) float2 {
    float x, y;
};
struct float3 {
    float x, y, z;
};
struct alignas(16) float4 {
    float x, y, z, w;
};
struct alignas(16) double2 {
    double x, y;
};
struct alignas(8) int2 {
    int x, y;
};
struct int3 {
    int x, y, z;
};
struct alignas(16) int4 {
    int x, y, z, w;
};
struct alignas(8) uint2 {
    unsigned x, y;
};
struct alignas(16) uint4 {
    unsigned x, y, z, w;
};
struct alignas(4) short2 {
    short x, y;
};
struct alignas(4) ushort2 {
    unsigned short x, y;
};
struct alignas(8) ushort4 {
    unsigned short x, y, z, w;
};
struct alignas(4) uchar4 {
    unsigned char x, y, z, w;
};
struct alignas(16) longlong2 {
    long long x, y;
};
struct alignas(16) ulonglong2 {
    unsigned long long x, y;
};

DAGRAD_EMU_F float2 make_float2(float x, float y) { return {x, y}; }
DAGRAD_EMU_F float3 make_float3(float x, float y, float z) { return {x, y, z}; }
DAGRAD_EMU_F float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }
DAGRAD_EMU_F double2 make_double2(double x, double y) { return {x, y}; }
DAGRAD_EMU_F int2 make_int2(int x, int y) { return {x, y}; }
DAGRAD_EMU_F int3 make_int3(int x, int y, int z) { return {x, y, z}; }
DAGRAD_EMU_F int4 make_int4(int x, int y, int z, int w) { return {x, y, z, w}; }
DAGRAD_EMU_F uint2 make_uint2(unsigned x, unsigned y) { return {x, y}; }
DAGRAD_EMU_F uint3 make_uint3(unsigned x, unsigned y, unsigned z) { return {x, y, z}; }
DAGRAD_EMU_F uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w) { return {x, y, z, w}; }
DAGRAD_EMU_F ushort2 make_ushort2(unsigned short x, unsigned short y) { return {x, y}; }
DAGRAD_EMU_F ushort4 make_ushort4(unsigned short x, unsigned short y, unsigned short z, unsigned short w) {
    return {x, y, z, w};
}

namespace dagrad_emu {

template <class To, class From>
DAGRAD_EMU_F To bits(From from) {
    static_assert(sizeof(To) == sizeof(From), "values of one size");
    To to;
    __builtin_memcpy(&to, &from, sizeof to);
    return to;
}

// A value of at most 64 bits as the collectives carry it.
template <class T>
DAGRAD_EMU_F unsigned long long carry(T value) {
    static_assert(sizeof(T) == 4 || sizeof(T) == 8, "shuffles move 32 or 64 bits");
    unsigned long long carried = 0;
    __builtin_memcpy(&carried, &value, sizeof value);
    return carried;
}

template <class T>
DAGRAD_EMU_F T uncarry(unsigned long long carried) {
    T value;
    __builtin_memcpy(&value, &carried, sizeof value);
    return value;
}

template <class T, int Declaration>
inline Slot slot_of{};

// A __shared__ variable of the current block.
template <class T, int Declaration, int Align = alignof(T)>
DAGRAD_EMU_F T &shared() {
    Slot &slot = slot_of<T, Declaration>;
    if (__builtin_expect(slot.launch != dagrad_emu_self.launch, 0)) {
        dagrad_emu_place(&slot, sizeof(T), Align > 16 ? Align : 16);
    }
    return *reinterpret_cast<T *>(dagrad_emu_self.shared + slot.offset);
}

template <auto Function>
struct Entry;

template <class... A, void (*Function)(A...)>
struct Entry<Function> {
    static constexpr int count = sizeof...(A);
    static constexpr Parameter parameters[count + 1] = {{sizeof(A), alignof(A)}..., {0, 0}};

    template <int... I>
    struct Indices {};

    template <int... I>
    __attribute__((no_sanitize("address", "undefined"), always_inline)) static inline void call(void *const *arguments,
                                                                                                Indices<I...>) {
        all(*static_cast<A *>(arguments[I])...);
    }

    // One fiber runs one thread after the other until one of them waits.
    __attribute__((no_sanitize("address", "undefined"), always_inline)) static inline void all(A... arguments) {
        while (dagrad_emu_next()) Function(arguments...);
    }

    __attribute__((no_sanitize("address", "undefined"))) static void run(void *const *arguments) {
        call(arguments, Indices<__integer_pack(count)...>());
    }
};

}

// ---- Threads that wait ----

DAGRAD_EMU_F void __syncthreads() { dagrad_emu_wait(dagrad_emu::Wait::BARRIER, 0, 0, 0, 32); }
DAGRAD_EMU_F int __syncthreads_count(int p) {
    return (int)dagrad_emu_wait(dagrad_emu::Wait::BARRIER_COUNT, 0, p != 0, 0, 32);
}
DAGRAD_EMU_F int __syncthreads_or(int p) {
    return (int)dagrad_emu_wait(dagrad_emu::Wait::BARRIER_OR, 0, p != 0, 0, 32);
}
DAGRAD_EMU_F int __syncthreads_and(int p) {
    return (int)dagrad_emu_wait(dagrad_emu::Wait::BARRIER_AND, 0, p != 0, 0, 32);
}
DAGRAD_EMU_F void __syncwarp(unsigned mask = 0xffffffffu) {
    dagrad_emu_wait(dagrad_emu::Wait::SYNC_WARP, mask, 0, 0, 32);
}
DAGRAD_EMU_F unsigned __ballot_sync(unsigned mask, int p) {
    return (unsigned)dagrad_emu_wait(dagrad_emu::Wait::BALLOT, mask, p != 0, 0, 32);
}
DAGRAD_EMU_F int __any_sync(unsigned mask, int p) {
    return (int)dagrad_emu_wait(dagrad_emu::Wait::ANY, mask, p != 0, 0, 32);
}
DAGRAD_EMU_F int __all_sync(unsigned mask, int p) {
    return (int)dagrad_emu_wait(dagrad_emu::Wait::ALL, mask, p != 0, 0, 32);
}
DAGRAD_EMU_F unsigned __activemask() { return dagrad_emu_active(); }

template <class T>
DAGRAD_EMU_F T __shfl_sync(unsigned mask, T value, int lane, int width = 32) {
    return dagrad_emu::uncarry<T>(
        dagrad_emu_wait(dagrad_emu::Wait::SHUFFLE, mask, dagrad_emu::carry(value), lane, width));
}
template <class T>
DAGRAD_EMU_F T __shfl_up_sync(unsigned mask, T value, unsigned delta, int width = 32) {
    return dagrad_emu::uncarry<T>(
        dagrad_emu_wait(dagrad_emu::Wait::SHUFFLE_UP, mask, dagrad_emu::carry(value), (int)delta, width));
}
template <class T>
DAGRAD_EMU_F T __shfl_down_sync(unsigned mask, T value, unsigned delta, int width = 32) {
    return dagrad_emu::uncarry<T>(
        dagrad_emu_wait(dagrad_emu::Wait::SHUFFLE_DOWN, mask, dagrad_emu::carry(value), (int)delta, width));
}
template <class T>
DAGRAD_EMU_F T __shfl_xor_sync(unsigned mask, T value, int lanes, int width = 32) {
    return dagrad_emu::uncarry<T>(
        dagrad_emu_wait(dagrad_emu::Wait::SHUFFLE_XOR, mask, dagrad_emu::carry(value), lanes, width));
}

// One thread runs at a time, so memory is always in order.
DAGRAD_EMU_F void __threadfence() { asm volatile("" ::: "memory"); }
DAGRAD_EMU_F void __threadfence_block() { asm volatile("" ::: "memory"); }
DAGRAD_EMU_F void __trap() { dagrad_emu_trap(); }

// ---- Atomics, on integers only ----

#define DAGRAD_EMU_ATOMICS(T)                                                                                    \
    DAGRAD_EMU_F T atomicAdd(T *p, T v) { return __atomic_fetch_add(p, v, __ATOMIC_RELAXED); }                   \
    DAGRAD_EMU_F T atomicExch(T *p, T v) { return __atomic_exchange_n(p, v, __ATOMIC_RELAXED); }                 \
    DAGRAD_EMU_F T atomicOr(T *p, T v) { return __atomic_fetch_or(p, v, __ATOMIC_RELAXED); }                     \
    DAGRAD_EMU_F T atomicAnd(T *p, T v) { return __atomic_fetch_and(p, v, __ATOMIC_RELAXED); }                   \
    DAGRAD_EMU_F T atomicXor(T *p, T v) { return __atomic_fetch_xor(p, v, __ATOMIC_RELAXED); }                   \
    DAGRAD_EMU_F T atomicSub(T *p, T v) { return __atomic_fetch_sub(p, v, __ATOMIC_RELAXED); }                   \
    DAGRAD_EMU_F T atomicCAS(T *p, T compare, T v) {                                                             \
        __atomic_compare_exchange_n(p, &compare, v, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);                  \
        return compare;                                                                                          \
    }                                                                                                            \
    DAGRAD_EMU_F T atomicMax(T *p, T v) {                                                                        \
        T old = __atomic_load_n(p, __ATOMIC_RELAXED);                                                            \
        while (old < v && !__atomic_compare_exchange_n(p, &old, v, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) { \
        }                                                                                                        \
        return old;                                                                                              \
    }                                                                                                            \
    DAGRAD_EMU_F T atomicMin(T *p, T v) {                                                                        \
        T old = __atomic_load_n(p, __ATOMIC_RELAXED);                                                            \
        while (v < old && !__atomic_compare_exchange_n(p, &old, v, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) { \
        }                                                                                                        \
        return old;                                                                                              \
    }
DAGRAD_EMU_ATOMICS(int)
DAGRAD_EMU_ATOMICS(unsigned)
DAGRAD_EMU_ATOMICS(unsigned long long)

// ---- Bits ----

template <class T>
DAGRAD_EMU_F T __ldg(const T *p) {
    return *p;
}
DAGRAD_EMU_F int __float_as_int(float x) { return dagrad_emu::bits<int>(x); }
DAGRAD_EMU_F unsigned __float_as_uint(float x) { return dagrad_emu::bits<unsigned>(x); }
DAGRAD_EMU_F float __int_as_float(int x) { return dagrad_emu::bits<float>(x); }
DAGRAD_EMU_F float __uint_as_float(unsigned x) { return dagrad_emu::bits<float>(x); }
DAGRAD_EMU_F long long __double_as_longlong(double x) { return dagrad_emu::bits<long long>(x); }
DAGRAD_EMU_F double __longlong_as_double(long long x) { return dagrad_emu::bits<double>(x); }
DAGRAD_EMU_F unsigned __umulhi(unsigned a, unsigned b) { return (unsigned)(((unsigned long long)a * b) >> 32); }
DAGRAD_EMU_F int __mulhi(int a, int b) { return (int)(((long long)a * b) >> 32); }
DAGRAD_EMU_F unsigned long long __umul64hi(unsigned long long a, unsigned long long b) {
    return (unsigned long long)(((unsigned __int128)a * b) >> 64);
}
DAGRAD_EMU_F int __popc(unsigned x) { return __builtin_popcount(x); }
DAGRAD_EMU_F int __popcll(unsigned long long x) { return __builtin_popcountll(x); }
DAGRAD_EMU_F int __clz(int x) { return x == 0 ? 32 : __builtin_clz((unsigned)x); }
DAGRAD_EMU_F int __clzll(long long x) { return x == 0 ? 64 : __builtin_clzll((unsigned long long)x); }
DAGRAD_EMU_F int __ffs(int x) { return __builtin_ffs(x); }
DAGRAD_EMU_F int __ffsll(long long x) { return __builtin_ffsll(x); }
DAGRAD_EMU_F unsigned __brev(unsigned x) {
    x = __builtin_bswap32(x);
    x = (x & 0x0f0f0f0fu) << 4 | (x >> 4 & 0x0f0f0f0fu);
    x = (x & 0x33333333u) << 2 | (x >> 2 & 0x33333333u);
    return (x & 0x55555555u) << 1 | (x >> 1 & 0x55555555u);
}

// ---- Numbers ----

#define DAGRAD_EMU_1(name)                                                 \
    DAGRAD_EMU_F float name##f(float x) { return __builtin_##name##f(x); } \
    DAGRAD_EMU_F float name(float x) { return __builtin_##name##f(x); }    \
    DAGRAD_EMU_F double name(double x) { return __builtin_##name(x); }
#define DAGRAD_EMU_2(name)                                                             \
    DAGRAD_EMU_F float name##f(float x, float y) { return __builtin_##name##f(x, y); } \
    DAGRAD_EMU_F float name(float x, float y) { return __builtin_##name##f(x, y); }    \
    DAGRAD_EMU_F double name(double x, double y) { return __builtin_##name(x, y); }
DAGRAD_EMU_1(exp)
DAGRAD_EMU_1(exp2) DAGRAD_EMU_1(expm1) DAGRAD_EMU_1(log) DAGRAD_EMU_1(log2) DAGRAD_EMU_1(log10) DAGRAD_EMU_1(log1p)
    DAGRAD_EMU_1(tanh) DAGRAD_EMU_1(erf) DAGRAD_EMU_1(erfc) DAGRAD_EMU_1(sqrt) DAGRAD_EMU_1(sin) DAGRAD_EMU_1(cos)
        DAGRAD_EMU_1(tan) DAGRAD_EMU_1(sinh) DAGRAD_EMU_1(cosh) DAGRAD_EMU_1(asin) DAGRAD_EMU_1(acos) DAGRAD_EMU_1(atan)
            DAGRAD_EMU_1(cbrt) DAGRAD_EMU_1(floor) DAGRAD_EMU_1(ceil) DAGRAD_EMU_1(rint) DAGRAD_EMU_1(trunc)
                DAGRAD_EMU_1(round) DAGRAD_EMU_1(fabs) DAGRAD_EMU_2(pow) DAGRAD_EMU_2(fmin) DAGRAD_EMU_2(fmax)
                    DAGRAD_EMU_2(fmod) DAGRAD_EMU_2(atan2) DAGRAD_EMU_2(copysign) DAGRAD_EMU_F
    float fmaf(float x, float y, float z) {
    return __builtin_fmaf(x, y, z);
}
DAGRAD_EMU_F double fma(double x, double y, double z) { return __builtin_fma(x, y, z); }
DAGRAD_EMU_F float __fmaf_rn(float x, float y, float z) { return __builtin_fmaf(x, y, z); }
DAGRAD_EMU_F float rsqrtf(float x) { return 1.0f / __builtin_sqrtf(x); }
DAGRAD_EMU_F double rsqrt(double x) { return 1.0 / __builtin_sqrt(x); }
DAGRAD_EMU_F bool isnan(float x) { return __builtin_isnan(x); }
DAGRAD_EMU_F bool isnan(double x) { return __builtin_isnan(x); }
DAGRAD_EMU_F bool isinf(float x) { return __builtin_isinf(x); }
DAGRAD_EMU_F bool isinf(double x) { return __builtin_isinf(x); }
DAGRAD_EMU_F bool isfinite(float x) { return __builtin_isfinite(x); }
DAGRAD_EMU_F bool isfinite(double x) { return __builtin_isfinite(x); }
DAGRAD_EMU_F int abs(int x) { return x < 0 ? -x : x; }

// These are never contracted into a fused multiplication and addition: that is what they are for.
DAGRAD_EMU_F float __fadd_rn(float x, float y) {
    volatile float z = x + y;
    return z;
}
DAGRAD_EMU_F float __fsub_rn(float x, float y) {
    volatile float z = x - y;
    return z;
}
DAGRAD_EMU_F float __fmul_rn(float x, float y) {
    volatile float z = x * y;
    return z;
}
DAGRAD_EMU_F float __fdiv_rn(float x, float y) { return x / y; }
DAGRAD_EMU_F float __fsqrt_rn(float x) { return __builtin_sqrtf(x); }

// Conversions clamp, and give 0 for NaN, as the hardware's do.
DAGRAD_EMU_F int __float2int_rz(float x) {
    return x != x ? 0 : x >= 2147483648.0f ? 2147483647 : x < -2147483648.0f ? -2147483647 - 1 : (int)x;
}
DAGRAD_EMU_F int __float2int_rn(float x) { return __float2int_rz(__builtin_rintf(x)); }
DAGRAD_EMU_F int __float2int_rd(float x) { return __float2int_rz(__builtin_floorf(x)); }
DAGRAD_EMU_F int __float2int_ru(float x) { return __float2int_rz(__builtin_ceilf(x)); }
DAGRAD_EMU_F unsigned __float2uint_rz(float x) {
    return x != x || x <= 0.0f ? 0u : x >= 4294967296.0f ? 4294967295u : (unsigned)x;
}
DAGRAD_EMU_F unsigned __float2uint_rn(float x) { return __float2uint_rz(__builtin_rintf(x)); }
DAGRAD_EMU_F float __int2float_rn(int x) { return (float)x; }
DAGRAD_EMU_F float __uint2float_rn(unsigned x) { return (float)x; }

#define DAGRAD_EMU_EXTREMES(T)                             \
    DAGRAD_EMU_F T min(T a, T b) { return b < a ? b : a; } \
    DAGRAD_EMU_F T max(T a, T b) { return a < b ? b : a; }
DAGRAD_EMU_EXTREMES(int)
DAGRAD_EMU_EXTREMES(unsigned)
DAGRAD_EMU_EXTREMES(long)
DAGRAD_EMU_EXTREMES(unsigned long)
DAGRAD_EMU_EXTREMES(long long)
DAGRAD_EMU_EXTREMES(unsigned long long)
DAGRAD_EMU_F unsigned min(int a, unsigned b) { return min((unsigned)a, b); }
DAGRAD_EMU_F unsigned min(unsigned a, int b) { return min(a, (unsigned)b); }
DAGRAD_EMU_F unsigned max(int a, unsigned b) { return max((unsigned)a, b); }
DAGRAD_EMU_F unsigned max(unsigned a, int b) { return max(a, (unsigned)b); }
DAGRAD_EMU_F float min(float a, float b) { return __builtin_fminf(a, b); }
DAGRAD_EMU_F float max(float a, float b) { return __builtin_fmaxf(a, b); }
DAGRAD_EMU_F double min(double a, double b) { return __builtin_fmin(a, b); }
DAGRAD_EMU_F double max(double a, double b) { return __builtin_fmax(a, b); }
