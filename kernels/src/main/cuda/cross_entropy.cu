// Cross entropy of rows of logits and class numbers, and its gradient, with no probability ever stored.
//
//   cross_entropy:       l = log s - (x[target] - m),  z = log s + m     with m = max x, s = Σ e^(x - m)
//   cross_entropy_grad:  dx = (e^(x - z) - [i = target]) dl
//
// Where the target is the one to ignore, l and dx are 0. m is subtracted before anything else, so that a small loss
// keeps its digits. A target that is no class is reported (its loss is 0 then).
//
// Memory: x, dx [rows, classes], dense; targets i32 [rows]; l, z, dl f32 [rows]. The loss reads the logits once,
// the gradient reads them once and writes once; dx may lie where x lies: each element is read by
// the thread that writes it, before it does.
// Threads: a group for a row (rows.cuh): a part of a warp for few classes, a block for many.
#include "dagrad.cuh"
#include "rows.cuh"

template <typename T>
__device__ __forceinline__ void cross_entropy(const T *xs, const int *targets, float *losses, float *log_sums,
                                              long long rows, int classes, int ignored, unsigned *fault, int launch) {
    Row row = group_row(rows, classes);
    const T *x = xs + row.number * classes;
    Exponentials e = exponentials(x, row.width);
    if (!row.exists || threadIdx.x != 0) {
        return;
    }
    float log_sum = logf(e.sum);
    int target = targets[row.number];
    float loss = 0.0f;
    if (target >= 0 && target < classes && target != ignored) {
        loss = log_sum - (to_float(x[target]) - e.largest);
    } else if (target != ignored) {
        report_fault(fault, launch, target);
    }
    losses[row.number] = loss;
    log_sums[row.number] = log_sum + e.largest;
}

template <typename T>
__device__ __forceinline__ void cross_entropy_grad(const T *xs, const int *targets, const float *log_sums,
                                                   const float *gradients, T *dxs, long long rows, int classes,
                                                   int ignored) {
    Row row = group_row(rows, classes);
    if (!row.exists) {
        return;
    }
    const T *x = xs + row.number * classes;
    T *dx = dxs + row.number * classes;
    int target = targets[row.number];
    float log_sum = log_sums[row.number];
    float gradient = gradients[row.number];
    bool counts = target != ignored;
    walk(x, classes, aligned(x, dx), [&](int i, auto n) {
        constexpr int N = decltype(n)::value;
        auto v = load_floats<N>(x + i);
        for (int j = 0; j < N; j++) {
            float p = expf(v.at[j] - log_sum);
            v.at[j] = counts ? (i + j == target ? p - 1.0f : p) * gradient : 0.0f;
        }
        store_floats(dx + i, v);
    });
}

// hot
extern "C" __global__ void __launch_bounds__(512)
cross_entropy_f32(const float *x, const int *targets, float *losses, float *log_sums, long long rows, int classes,
                  int ignored, unsigned *fault, int launch) {
    cross_entropy(x, targets, losses, log_sums, rows, classes, ignored, fault, launch);
}

// hot
extern "C" __global__ void __launch_bounds__(512)
cross_entropy_bf16(const bf16 *x, const int *targets, float *losses, float *log_sums, long long rows, int classes,
                   int ignored, unsigned *fault, int launch) {
    cross_entropy(x, targets, losses, log_sums, rows, classes, ignored, fault, launch);
}

// hot
extern "C" __global__ void __launch_bounds__(512)
cross_entropy_grad_f32(const float *x, const int *targets, const float *log_sums, const float *gradients, float *dx,
                       long long rows, int classes, int ignored) {
    cross_entropy_grad(x, targets, log_sums, gradients, dx, rows, classes, ignored);
}

// hot
extern "C" __global__ void __launch_bounds__(512)
cross_entropy_grad_bf16(const bf16 *x, const int *targets, const float *log_sums, const float *gradients, bf16 *dx,
                        long long rows, int classes, int ignored) {
    cross_entropy_grad(x, targets, log_sums, gradients, dx, rows, classes, ignored);
}
