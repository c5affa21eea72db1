// What all of Dagrad's kernels share: the bf16 type, loads of several elements, sums over warps and blocks in a fixed
// order, exact division by a fixed number, and the product of small matrices on tensor cores.
//
// No other header is needed, so NVRTC needs none. Under the CUDA emulator DAGRAD_EMULATOR is defined and __CUDA_ARCH__
// is not; inline PTX stands here only, beside a portable path that says the same.
#pragma once

// bf16: the upper half of a float, rounded to nearest, ties to even. All arithmetic is in float.
struct alignas(2) bf16 {
    unsigned short bits;
};

__device__ __forceinline__ float to_float(float x) { return x; }

__device__ __forceinline__ float to_float(bf16 x) { return __uint_as_float((unsigned)x.bits << 16); }

__device__ __forceinline__ bf16 to_bf16(float x) {
    bf16 y;
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
    asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(y.bits) : "f"(x));
#else
    unsigned u = __float_as_uint(x);
    // A NaN must not be rounded into an infinity.
    unsigned rounded = (u & 0x7fffffffu) > 0x7f800000u ? u | 0x00400000u : u + 0x7fffu + ((u >> 16) & 1u);
    y.bits = (unsigned short)(rounded >> 16);
#endif
    return y;
}

__device__ __forceinline__ float round_bf16(float x) { return to_float(to_bf16(x)); }

template <typename T> __device__ __forceinline__ T from_float(float x);
template <> __device__ __forceinline__ float from_float<float>(float x) { return x; }
template <> __device__ __forceinline__ bf16 from_float<bf16>(float x) { return to_bf16(x); }

// Sums over the 32 lanes of a warp as a fixed tree; every lane gets the result.
__device__ __forceinline__ float warp_sum(float x) {
    for (int distance = 16; distance > 0; distance /= 2) {
        x += __shfl_xor_sync(0xffffffffu, x, distance);
    }
    return x;
}

__device__ __forceinline__ float warp_max(float x) {
    for (int distance = 16; distance > 0; distance /= 2) {
        x = fmaxf(x, __shfl_xor_sync(0xffffffffu, x, distance));
    }
    return x;
}

// 2^x to 2 units in the last place. What is below the least normal float is 0.
__device__ __forceinline__ float exp2_fast(float x) {
#if defined(__CUDA_ARCH__)
    float y;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
    return y;
#else
    return exp2f(x);
#endif
}

// ---- several elements at once ----------------------------------------------------------------------------------------

// N adjacent elements, N a power of two, loaded and stored 16 bytes at a time where they are that many.
template <typename T, int N> struct alignas(sizeof(T) * N < 16 ? sizeof(T) * N : 16) pack {
    T at[N];
};

// The address must be a multiple of 16 bytes, or of the pack's size if that is less.
template <int N, typename T> __device__ __forceinline__ pack<T, N> load(const T *from) {
    return *reinterpret_cast<const pack<T, N> *>(from);
}

template <int N, typename T> __device__ __forceinline__ void store(T *to, const pack<T, N> &x) {
    *reinterpret_cast<pack<T, N> *>(to) = x;
}

// The same through floats, in which all arithmetic is.
template <int N, typename T> __device__ __forceinline__ pack<float, N> load_floats(const T *from) {
    pack<T, N> x = load<N>(from);
    pack<float, N> floats;
#pragma unroll
    for (int k = 0; k < N; k++) {
        floats.at[k] = to_float(x.at[k]);
    }
    return floats;
}

template <int N, typename T> __device__ __forceinline__ void store_floats(T *to, const pack<float, N> &floats) {
    pack<T, N> x;
#pragma unroll
    for (int k = 0; k < N; k++) {
        x.at[k] = from_float<T>(floats.at[k]);
    }
    store(to, x);
}

template <int N, typename T> __device__ __forceinline__ pack<T, N> same(T x) {
    pack<T, N> all;
#pragma unroll
    for (int k = 0; k < N; k++) {
        all.at[k] = x;
    }
    return all;
}

// ---- scalar functions ------------------------------------------------------------------------------------------------
// Where C and Java mean different things, they are as in Java: NaN wins over numbers in maxima and minima, integers wrap
// around, and casts to integers saturate.

__device__ __forceinline__ int wrap_add(int a, int b) { return (int)((unsigned)a + (unsigned)b); }
__device__ __forceinline__ int wrap_sub(int a, int b) { return (int)((unsigned)a - (unsigned)b); }
__device__ __forceinline__ int wrap_mul(int a, int b) { return (int)((unsigned)a * (unsigned)b); }
__device__ __forceinline__ long long wrap_add(long long a, long long b) {
    return (long long)((unsigned long long)a + (unsigned long long)b);
}
__device__ __forceinline__ long long wrap_sub(long long a, long long b) {
    return (long long)((unsigned long long)a - (unsigned long long)b);
}
__device__ __forceinline__ long long wrap_mul(long long a, long long b) {
    return (long long)((unsigned long long)a * (unsigned long long)b);
}

__device__ __forceinline__ float max_of(float a, float b) { return a != a || b != b ? a + b : fmaxf(a, b); }
__device__ __forceinline__ float min_of(float a, float b) { return a != a || b != b ? a + b : fminf(a, b); }
__device__ __forceinline__ double max_of(double a, double b) { return a != a || b != b ? a + b : fmax(a, b); }
__device__ __forceinline__ double min_of(double a, double b) { return a != a || b != b ? a + b : fmin(a, b); }
__device__ __forceinline__ int max_of(int a, int b) { return a > b ? a : b; }
__device__ __forceinline__ int min_of(int a, int b) { return a < b ? a : b; }
__device__ __forceinline__ long long max_of(long long a, long long b) { return a > b ? a : b; }
__device__ __forceinline__ long long min_of(long long a, long long b) { return a < b ? a : b; }

// Whether a is larger than b, where NaN counts as largest.
template <typename T> __device__ __forceinline__ bool beats(T a, T b) { return a > b || (a != a && b == b); }

// -1, 0 or 1; NaN and the zeros stay as they are.
template <typename T> __device__ __forceinline__ T sign_of(T x) { return x > T(0) ? T(1) : x < T(0) ? T(-1) : x; }

// max(x, 0), and NaN of NaN.
template <typename T> __device__ __forceinline__ T relu_of(T x) { return x <= T(0) ? T(0) : x; }

// a - b floor(a/b). In double, for where a/b in float is rounded up to a whole number, the result is off by b.
__device__ __forceinline__ double mod_of(double a, double b) { return a - b * floor(a / b); }
__device__ __forceinline__ float mod_of(float a, float b) { return (float)mod_of((double)a, (double)b); }

// The same for integers, which takes the sign of b; 0 where b is 0.
template <typename T> __device__ __forceinline__ T whole_mod(T a, T b) {
    // The least integer by -1 has no quotient.
    T rest = b == T(0) || b == T(-1) ? T(0) : a % b;
    return rest != T(0) && (rest < T(0)) != (b < T(0)) ? rest + b : rest;
}
__device__ __forceinline__ int mod_of(int a, int b) { return whole_mod(a, b); }
__device__ __forceinline__ long long mod_of(long long a, long long b) { return whole_mod(a, b); }

// 1/(1 + e^-x), by the exponential that does not overflow.
__device__ __forceinline__ float sigmoid_of(float x) {
    float e = expf(-fabsf(x));
    return (x >= 0.0f ? 1.0f : e) / (1.0f + e);
}
__device__ __forceinline__ double sigmoid_of(double x) {
    double e = exp(-fabs(x));
    return (x >= 0.0 ? 1.0 : e) / (1.0 + e);
}

// a^b, which unlike C's is NaN for 1^NaN and for (±1)^±infinity.
__device__ __forceinline__ float power_of(float a, float b) {
    return fabsf(a) == 1.0f && !(fabsf(b) < __int_as_float(0x7f800000)) ? __int_as_float(0x7fc00000) : powf(a, b);
}
__device__ __forceinline__ double power_of(double a, double b) {
    return fabs(a) == 1.0 && !(fabs(b) < (double)__int_as_float(0x7f800000)) ? (double)__int_as_float(0x7fc00000)
                                                                            : pow(a, b);
}

// Towards zero, saturated, 0 for NaN.
template <typename T> __device__ __forceinline__ int to_i32(T x) {
    return x != x ? 0 : x >= T(2147483648.0) ? 2147483647 : x <= T(-2147483648.0) ? -2147483647 - 1 : (int)x;
}
__device__ __forceinline__ int to_i32(long long x) {
    return x > 2147483647LL ? 2147483647 : x < -2147483647LL - 1 ? -2147483647 - 1 : (int)x;
}
template <typename T> __device__ __forceinline__ long long to_i64(T x) {
    return x != x                            ? 0LL
           : x >= T(9223372036854775808.0)   ? 9223372036854775807LL
           : x <= T(-9223372036854775808.0)  ? -9223372036854775807LL - 1
                                             : (long long)x;
}

// ---- products on tensor cores ----------------------------------------------------------------------------------------
// A warp multiplies small matrices of bf16, of which each lane holds some elements, two to a word. With g = lane / 4 and
// c = 2 (lane % 4) they are, as PTX lays down for mma.m16n8k16:
//
//     a of [16, 16]:  a[0] (g, c), a[1] (g + 8, c), a[2] (g, c + 8), a[3] (g + 8, c + 8), each with the next column
//     b of [16, 8]:   b[0] (c, g), b[1] (c + 8, g), each with the next row
//     d of [16, 8]:   d[0] (g, c), d[1] (g, c + 1), d[2] (g + 8, c), d[3] (g + 8, c + 1)
//
// so that a d whose columns are the next product's rows, rounded, is an a. All lanes must call together. The portable
// paths hand the words around by shuffles.

// Two numbers rounded to bf16, the first in the lower half.
__device__ __forceinline__ unsigned pack_bf16(float low, float high) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
    unsigned word;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(word) : "f"(high), "f"(low));
    return word;
#else
    return (unsigned)to_bf16(low).bits | (unsigned)to_bf16(high).bits << 16;
#endif
}

#if !defined(__CUDA_ARCH__)
__device__ __forceinline__ unsigned long long two_words(unsigned low, unsigned high) {
    return (unsigned long long)high << 32 | low;
}

// sum + the product of two vectors of four bf16.
__device__ __forceinline__ float dot_bf16(float sum, unsigned long long a, unsigned long long b) {
    for (int i = 0; i < 64; i += 16) {
        sum = fmaf(__uint_as_float((unsigned)(a >> i) << 16), __uint_as_float((unsigned)(b >> i) << 16), sum);
    }
    return sum;
}
#endif

// d = a b + c. From sm_80 on.
__device__ __forceinline__ void mma_bf16_16x8x16(float (&d)[4], const unsigned (&a)[4], const unsigned (&b)[2],
                                                 const float (&c)[4]) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
    // Volatile, lest it be moved to where some lanes do not go.
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
                 "{%10, %11, %12, %13};"
        : "=f"(d[0]), "=f"(d[1]), "=f"(d[2]), "=f"(d[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]), "f"(c[0]), "f"(c[1]), "f"(c[2]), "f"(c[3]));
#elif defined(__CUDA_ARCH__)
    __trap();
#else
    int lane = (int)threadIdx.x % 32;
    float sum[4] = {c[0], c[1], c[2], c[3]};
    for (int i = 0; i < 4; i++) {
        unsigned long long upper = __shfl_sync(0xffffffffu, two_words(a[0], a[2]), lane / 4 * 4 + i);
        unsigned long long lower = __shfl_sync(0xffffffffu, two_words(a[1], a[3]), lane / 4 * 4 + i);
        unsigned long long left = __shfl_sync(0xffffffffu, two_words(b[0], b[1]), lane % 4 * 8 + i);
        unsigned long long right = __shfl_sync(0xffffffffu, two_words(b[0], b[1]), lane % 4 * 8 + 4 + i);
        sum[0] = dot_bf16(sum[0], upper, left);
        sum[1] = dot_bf16(sum[1], upper, right);
        sum[2] = dot_bf16(sum[2], lower, left);
        sum[3] = dot_bf16(sum[3], lower, right);
    }
    for (int i = 0; i < 4; i++) {
        d[i] = sum[i];
    }
#endif
}

#if defined(__CUDA_ARCH__)
__device__ __forceinline__ unsigned shared_address(const void *shared) {
    unsigned address;
    asm("{ .reg .u64 a; cvta.to.shared.u64 a, %1; cvt.u32.u64 %0, a; }" : "=r"(address) : "l"(shared));
    return address;
}
#endif

// Four matrices [8, 8] of bf16 from shared memory: lane i says where row i % 8 of matrix i / 8 begins, at a multiple of
// 16 bytes. Word j of the result is of matrix j the elements (g, c) and (g, c + 1).
__device__ __forceinline__ void load_matrices(unsigned (&to)[4], const bf16 *row) {
#if defined(__CUDA_ARCH__)
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
                 : "r"(shared_address(row))
                 : "memory");
#else
    int lane = (int)threadIdx.x % 32;
    for (int j = 0; j < 4; j++) {
        unsigned long long from = __shfl_sync(0xffffffffu, (unsigned long long)row, 8 * j + lane / 4);
        to[j] = ((const unsigned *)from)[lane % 4];
    }
#endif
}

// The same of the transposed matrices: word j is of matrix j the elements (c, g) and (c + 1, g).
__device__ __forceinline__ void load_matrices_transposed(unsigned (&to)[4], const bf16 *row) {
#if defined(__CUDA_ARCH__)
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
                 : "r"(shared_address(row))
                 : "memory");
#else
    int lane = (int)threadIdx.x % 32;
    for (int j = 0; j < 4; j++) {
        unsigned word = 0;
        for (int i = 0; i < 2; i++) {
            unsigned long long from = __shfl_sync(0xffffffffu, (unsigned long long)row, 8 * j + 2 * (lane % 4) + i);
            word |= (unsigned)((const bf16 *)from)[lane / 4].bits << (16 * i);
        }
        to[j] = word;
    }
#endif
}

// ---- copies that go on beside the work -------------------------------------------------------------------------------

// Copies 4 or 16 bytes, or zeros, to shared memory; both addresses are multiples of their number, also where the source
// is not read. From sm_80 on the copy is done only after wait_for_copies.
template <int BYTES> __device__ __forceinline__ void copy_to_shared(void *to, const void *from, bool inside) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
    int bytes = inside ? BYTES : 0;
    if (BYTES == 16) {
        asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(shared_address(to)), "l"(from), "r"(bytes)
                     : "memory");
    } else {
        asm volatile("cp.async.ca.shared.global [%0], [%1], 4, %2;" ::"r"(shared_address(to)), "l"(from), "r"(bytes)
                     : "memory");
    }
#else
    for (int i = 0; i < BYTES / 4; i++) {
        ((unsigned *)to)[i] = inside ? ((const unsigned *)from)[i] : 0u;
    }
#endif
}

// Waits for this thread's copies; __syncthreads must follow before others read them.
__device__ __forceinline__ void wait_for_copies() {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
    asm volatile("cp.async.wait_all;" ::: "memory");
#endif
}

// ---- the last block --------------------------------------------------------------------------------------------------

// Whether this block is the last of so many that come here; if so it sees what the others wrote before, by `seen`. The
// ticket is 0 before the first and after the last. Blocks have one row of threads, all of which must call together.
__device__ __forceinline__ bool is_last(unsigned *ticket, unsigned blocks) {
    __shared__ bool last;
    __threadfence();
    __syncthreads();
    if (threadIdx.x == 0) {
        last = atomicAdd(ticket, 1u) == blocks - 1u;
        if (last) {
            *ticket = 0u;
        }
    }
    __syncthreads();
    bool mine = last;
    __syncthreads();
    __threadfence();
    return mine;
}

// What another block wrote: not from a cache of this multiprocessor, which may be older.
template <typename T> __device__ __forceinline__ T seen(const T *from) { return *(const volatile T *)from; }

// ---- faults ----------------------------------------------------------------------------------------------------------

// Says that a launch met bad data, unless something has been said already.
__device__ __forceinline__ void report_fault(unsigned *fault, int launch, long long value) {
    if (atomicCAS(fault, 0u, (unsigned)launch + 1u) == 0u) {
        fault[1] = (unsigned)value;
    }
}
