// The place of the first largest element along an axis.
//
//   y[o, i] = the least k with x[o, k, i] = max over k of x[o, k, i]       NaN counts as largest
//
// Memory: x [outer, extent, inner], y i32 [outer, inner], dense. x is read once.
// Threads: a group of 1, 2, 4, … 32 for a result; alone, where neighbouring results read neighbouring elements.
#include "dagrad.cuh"
#include "rows.cuh"
#include "sums.cuh"

template <typename T>
__device__ __forceinline__ void argmax(const T *x, int *places, long long results, int extent, long long inner) {
    Row row = group_row(results, extent);
    const T *first = x + row.number / inner * inner * extent + row.number % inner;
    // A thread that has no element has the place -1, and loses.
    int place = threadIdx.x < row.width ? (int)threadIdx.x : -1;
    auto best = widen(first[max(place, 0) * inner]);
    for (int k = threadIdx.x + blockDim.x; k < row.width; k += blockDim.x) {
        auto element = widen(first[k * inner]);
        if (beats(element, best)) {
            best = element;
            place = k;
        }
    }
    for (int distance = blockDim.x / 2; distance > 0; distance /= 2) {
        auto element = __shfl_xor_sync(0xffffffffu, best, distance);
        int k = __shfl_xor_sync(0xffffffffu, place, distance);
        bool earlier = !beats(best, element) && k < place;
        if (k >= 0 && (place < 0 || beats(element, best) || earlier)) {
            best = element;
            place = k;
        }
    }
    if (row.exists && threadIdx.x == 0) {
        places[row.number] = place;
    }
}

extern "C" __global__ void __launch_bounds__(256)
argmax_f32(const float *x, int *places, long long results, int extent, long long inner) {
    argmax(x, places, results, extent, inner);
}

extern "C" __global__ void __launch_bounds__(256)
argmax_bf16(const bf16 *x, int *places, long long results, int extent, long long inner) {
    argmax(x, places, results, extent, inner);
}

extern "C" __global__ void __launch_bounds__(256)
argmax_f64(const double *x, int *places, long long results, int extent, long long inner) {
    argmax(x, places, results, extent, inner);
}

extern "C" __global__ void __launch_bounds__(256)
argmax_i32(const int *x, int *places, long long results, int extent, long long inner) {
    argmax(x, places, results, extent, inner);
}

extern "C" __global__ void __launch_bounds__(256)
argmax_i64(const long long *x, int *places, long long results, int extent, long long inner) {
    argmax(x, places, results, extent, inner);
}
