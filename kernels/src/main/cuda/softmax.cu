// Softmax along rows, its gradient, and its logarithm.
//
//   softmax:       y = e^(x - m) / s      with m = max x, s = Σ e^(x - m)
//   softmax_grad:  dx = y (dy - Σ dy y)
//   log_softmax:   y = x - m - log s
//
// Memory: all operands are [rows, width], dense, of one type, but logarithms are f32. m and s are found in one reading of x; the second
// reading mostly meets the cache. A result may lie where an operand of its type lies.
// Threads: a group for a row (rows.cuh): a part of a warp for a short row, a block for a long one.
#include "dagrad.cuh"
#include "rows.cuh"

template <typename T> __device__ __forceinline__ void softmax(const T *xs, T *ys, long long rows, int width) {
    Row row = group_row(rows, width);
    const T *x = xs + row.number * width;
    T *y = ys + row.number * width;
    Exponentials e = exponentials(x, row.width);
    float factor = 1.0f / e.sum;
    walk(x, row.width, aligned(x, y), [&](int i, auto n) {
        auto v = load_floats<decltype(n)::value>(x + i);
        for (float &element : v.at) {
            element = expf(element - e.largest) * factor;
        }
        store_floats(y + i, v);
    });
}

template <typename T>
__device__ __forceinline__ void log_softmax(const T *xs, float *ys, long long rows, int width) {
    Row row = group_row(rows, width);
    const T *x = xs + row.number * width;
    float *y = ys + row.number * width;
    Exponentials e = exponentials(x, row.width);
    float log_sum = logf(e.sum);
    walk(x, row.width, aligned(x, y), [&](int i, auto n) {
        auto v = load_floats<decltype(n)::value>(x + i);
        for (float &element : v.at) {
            element = element - e.largest - log_sum;
        }
        store_floats(y + i, v);
    });
}

template <typename T>
__device__ __forceinline__ void softmax_grad(const T *ys, const T *dys, T *dxs, long long rows, int width) {
    Row row = group_row(rows, width);
    const T *y = ys + row.number * width;
    const T *dy = dys + row.number * width;
    T *dx = dxs + row.number * width;
    bool together = aligned(y, dy) && aligned(y, dx);
    float sum = 0.0f;
    walk(y, row.width, together, [&](int i, auto n) {
        constexpr int N = decltype(n)::value;
        auto p = load_floats<N>(y + i);
        auto g = load_floats<N>(dy + i);
        for (int j = 0; j < N; j++) {
            sum += p.at[j] * g.at[j];
        }
    });
    sum = group_sum(sum);
    walk(y, row.width, together, [&](int i, auto n) {
        constexpr int N = decltype(n)::value;
        auto p = load_floats<N>(y + i);
        auto g = load_floats<N>(dy + i);
        for (int j = 0; j < N; j++) {
            p.at[j] *= g.at[j] - sum;
        }
        store_floats(dx + i, p);
    });
}

// hot
extern "C" __global__ void __launch_bounds__(512)
softmax_f32(const float *x, float *y, long long rows, int width) {
    softmax(x, y, rows, width);
}

// hot
extern "C" __global__ void __launch_bounds__(512)
softmax_bf16(const bf16 *x, bf16 *y, long long rows, int width) {
    softmax(x, y, rows, width);
}

// hot
extern "C" __global__ void __launch_bounds__(512)
log_softmax_f32(const float *x, float *y, long long rows, int width) {
    log_softmax(x, y, rows, width);
}

// hot
extern "C" __global__ void __launch_bounds__(512)
log_softmax_bf16(const bf16 *x, float *y, long long rows, int width) {
    log_softmax(x, y, rows, width);
}

// hot
extern "C" __global__ void __launch_bounds__(512)
softmax_grad_f32(const float *y, const float *dy, float *dx, long long rows, int width) {
    softmax_grad(y, dy, dx, rows, width);
}

// hot
extern "C" __global__ void __launch_bounds__(512)
softmax_grad_bf16(const bf16 *y, const bf16 *dy, bf16 *dx, long long rows, int width) {
    softmax_grad(y, dy, dx, rows, width);
}
