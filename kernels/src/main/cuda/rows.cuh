// What the kernels share that work row by row: a walk along a row in packs, and groups of threads, each with a row.
#pragma once
#include "dagrad.cuh"

// ---- walks -----------------------------------------------------------------------------------------------------------

// A number of elements as a type, so that a loop's body can have packs of it.
template <int N> struct count {
    static constexpr int value = N;
};

// Walks over the elements 0 .. width-1 of a row with the threads of a group: calls body(i, count<N>) for the elements
// i .. i+N-1, which no other thread gets. N is as many as 16 bytes hold in the middle, where the address is a multiple
// of 16, and 1 at both ends. Rows that are read or written along with this one must be `aligned` with it; if one is not,
// N is always 1.
template <typename T, typename Body>
__device__ __forceinline__ void walk(const T *row, int width, bool aligned, Body body) {
    constexpr int N = 16 / (int)sizeof(T);
    int misplaced = (int)((unsigned long long)row % 16 / sizeof(T));
    int head = aligned ? min(width, (N - misplaced) % N) : width;
    int packs = (width - head) / N;
    for (int i = threadIdx.x; i < head; i += blockDim.x) {
        body(i, count<1>());
    }
    for (int i = threadIdx.x; i < packs; i += blockDim.x) {
        body(head + i * N, count<N>());
    }
    for (int i = head + packs * N + threadIdx.x; i < width; i += blockDim.x) {
        body(i, count<1>());
    }
}

// Whether two rows, perhaps of different types, can be walked along together: where the packs of one begin, an element of
// the other has an address that is a multiple of 16.
template <typename A, typename B> __device__ __forceinline__ bool aligned(const A *a, const B *b) {
    constexpr int N = 16 / (int)(sizeof(A) > sizeof(B) ? sizeof(A) : sizeof(B));
    int misplaced_a = (int)((unsigned long long)a % 16 / sizeof(A));
    int misplaced_b = (int)((unsigned long long)b % 16 / sizeof(B));
    return (misplaced_a - misplaced_b) % N == 0;
}

// The largest finite float. Negated it is where the search for a maximum begins: from there e^(x - max) is 0 for an x
// of -infinity, where from -infinity it would be NaN.
constexpr float LARGEST = 3.402823466e38f;

// ---- groups ----------------------------------------------------------------------------------------------------------

// A group is the threads of a block with one threadIdx.y: a power of two up to 32 of them, so that several groups share
// a warp, or a multiple of 32, and then the block is the one group. All threads of a block must call together. Every
// thread gets the same result, and the tree of operations is fixed.
template <typename T, typename Join> __device__ __forceinline__ T group_reduce(T x, T neutral, Join join) {
    for (int distance = min((int)blockDim.x, 32) / 2; distance > 0; distance /= 2) {
        x = join(x, __shfl_xor_sync(0xffffffffu, x, distance));
    }
    if (blockDim.x > 32) {
        __shared__ T of_warp[32];
        __syncthreads();
        if (threadIdx.x % 32 == 0) {
            of_warp[threadIdx.x / 32] = x;
        }
        __syncthreads();
        x = threadIdx.x % 32 < blockDim.x / 32 ? of_warp[threadIdx.x % 32] : neutral;
        for (int distance = 16; distance > 0; distance /= 2) {
            x = join(x, __shfl_xor_sync(0xffffffffu, x, distance));
        }
    }
    return x;
}

__device__ __forceinline__ float group_sum(float x) {
    return group_reduce(x, 0.0f, [](float a, float b) { return a + b; });
}

__device__ __forceinline__ float group_max(float x) {
    return group_reduce(x, -LARGEST, [](float a, float b) { return fmaxf(a, b); });
}

// The row that a group works on: each group has one, in order. Groups beyond the last row have none: they get row 0
// with no elements, and must write nothing.
struct Row {
    long long number;
    int width;
    bool exists;
};

__device__ __forceinline__ Row group_row(long long rows, int width) {
    long long number = (long long)blockIdx.x * blockDim.y + threadIdx.y;
    return number < rows ? Row{number, width, true} : Row{0, 0, false};
}

// ---- exponentials ----------------------------------------------------------------------------------------------------

// m = max x and s = Σ e^(x - m) of a row.
struct Exponentials {
    float largest;
    float sum;
};

// Found together in one reading ("online softmax": Milakov, Gimelshein, "Online normalizer calculation for softmax",
// 2018): a thread keeps the largest element that it has met and the sum beside it, and scales the sum when a larger one
// comes.
template <typename T> __device__ __forceinline__ Exponentials exponentials(const T *x, int width) {
    float largest = -LARGEST;
    float sum = 0.0f;
    walk(x, width, true, [&](int i, auto n) {
        auto v = load_floats<decltype(n)::value>(x + i);
        float before = largest;
        for (float element : v.at) {
            largest = fmaxf(largest, element);
        }
        sum *= expf(before - largest);
        for (float element : v.at) {
            sum += expf(element - largest);
        }
    });
    float all = group_max(largest);
    return {all, group_sum(sum * expf(largest - all))};
}
