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
    unsigned u = __float_as_uint(x);
    // A NaN must not be rounded into an infinity.
    unsigned rounded = (u & 0x7fffffffu) > 0x7f800000u ? u | 0x00400000u : u + 0x7fffu + ((u >> 16) & 1u);
    bf16 y;
    y.bits = (unsigned short)(rounded >> 16);
    return y;
}

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
