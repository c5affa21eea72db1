// Normalisation along rows, and its gradient.
//
//   normalize:       y = (x - μ) / √(σ² + ε)     with μ = mean x, σ² = mean (x - μ)²
//   normalize_grad:  dx = (dy - mean dy - y mean(dy y)) / √(σ² + ε)
//
// Memory: x, y, dy, dx [rows, width], dense; means and variances f32 [rows]. Sums need one reading, which brings the
// row near; the second one mostly meets the cache. The variance is never a difference of large sums: each thread keeps
// the sum of squares about the mean of what it has met and joins packs to it (Chan, Golub, LeVeque, "Algorithms for
// computing the sample variance", 1983):
//
//   Σ (x - μ)² over both = A + B + (mean b - mean a)² a b / (a + b)     for a and b elements with the sums A and B
//
// A result may lie where an operand lies.
// Threads: a group for a row (rows.cuh): a part of a warp for a short row, a block for a long one.
#include "dagrad.cuh"
#include "rows.cuh"

struct Moments {
    float mean;
    float variance;
};

// Those of a group's row.
template <typename T> __device__ __forceinline__ Moments moments(const T *x, int width) {
    float elements = 0.0f;
    float sum = 0.0f;
    float mean = 0.0f;
    float squares = 0.0f;
    walk(x, width, true, [&](int i, auto n) {
        constexpr int N = decltype(n)::value;
        auto v = load_floats<N>(x + i);
        float added = 0.0f;
        for (float element : v.at) {
            added += element;
        }
        float centre = added * (1.0f / N);
        float spread = 0.0f;
        for (float element : v.at) {
            spread += (element - centre) * (element - centre);
        }
        float share = N / (elements + N);
        float distance = centre - mean;
        squares += spread + distance * distance * (elements * share);
        mean += distance * share;
        sum += added;
        elements += N;
    });
    float middle = group_sum(sum) / width;
    return {middle, group_sum(squares + elements * (mean - middle) * (mean - middle)) / width};
}

template <typename T>
__device__ __forceinline__ void normalize(const T *xs, T *ys, float *means, float *variances, long long rows, int width,
                                          float epsilon) {
    Row row = group_row(rows, width);
    const T *x = xs + row.number * width;
    T *y = ys + row.number * width;
    Moments m = moments(x, row.width);
    float scale = rsqrtf(m.variance + epsilon);
    walk(x, row.width, aligned(x, y), [&](int i, auto n) {
        auto v = load_floats<decltype(n)::value>(x + i);
        for (float &element : v.at) {
            element = (element - m.mean) * scale;
        }
        store_floats(y + i, v);
    });
    if (row.exists && threadIdx.x == 0) {
        means[row.number] = m.mean;
        variances[row.number] = m.variance;
    }
}

template <typename T>
__device__ __forceinline__ void normalize_grad(const T *ys, const float *variances, const T *dys, T *dxs,
                                               long long rows, int width, float epsilon) {
    Row row = group_row(rows, width);
    const T *y = ys + row.number * width;
    const T *dy = dys + row.number * width;
    T *dx = dxs + row.number * width;
    bool together = aligned(y, dy) && aligned(y, dx);
    float mean = 0.0f;
    float slope = 0.0f;
    walk(y, row.width, together, [&](int i, auto n) {
        constexpr int N = decltype(n)::value;
        auto v = load_floats<N>(y + i);
        auto g = load_floats<N>(dy + i);
        for (int j = 0; j < N; j++) {
            mean += g.at[j];
            slope += g.at[j] * v.at[j];
        }
    });
    mean = group_sum(mean) / width;
    slope = group_sum(slope) / width;
    float scale = rsqrtf(variances[row.number] + epsilon);
    walk(y, row.width, together, [&](int i, auto n) {
        constexpr int N = decltype(n)::value;
        auto v = load_floats<N>(y + i);
        auto g = load_floats<N>(dy + i);
        for (int j = 0; j < N; j++) {
            g.at[j] = (g.at[j] - mean - v.at[j] * slope) * scale;
        }
        store_floats(dx + i, g);
    });
}

// hot
extern "C" __global__ void __launch_bounds__(512, 2)
normalize_f32(const float *x, float *y, float *means, float *variances, long long rows, int width, float epsilon) {
    normalize(x, y, means, variances, rows, width, epsilon);
}

// hot
extern "C" __global__ void __launch_bounds__(512, 2)
normalize_bf16(const bf16 *x, bf16 *y, float *means, float *variances, long long rows, int width, float epsilon) {
    normalize(x, y, means, variances, rows, width, epsilon);
}

// hot
extern "C" __global__ void __launch_bounds__(512, 2)
normalize_grad_f32(const float *y, const float *variances, const float *dy, float *dx, long long rows, int width,
                   float epsilon) {
    normalize_grad(y, variances, dy, dx, rows, width, epsilon);
}

// hot
extern "C" __global__ void __launch_bounds__(512, 2)
normalize_grad_bf16(const bf16 *y, const float *variances, const bf16 *dy, bf16 *dx, long long rows, int width,
                    float epsilon) {
    normalize_grad(y, variances, dy, dx, rows, width, epsilon);
}
