// Windows on images: the largest element of each, its gradient, and the sum of what lies on each pixel. A window has
// kh x kw taps, dh and dw apart; windows begin sh and sw apart; there is a margin of ph and pw.
//
//   max_pool2d:       y[p, v, u] = max over taps (i, j) of x[p, v sh + i dh - ph, u sw + j dw - pw], and the first tap
//                     i kw + j that has it; margins never win, NaN counts as largest
//   max_pool2d_grad:  dx[p, h, w] = Σ dy[p, v, u] over the windows whose largest element lay at (h, w)
//   fold:             x[p, h, w] = Σ z[p, i, j, v, u] over the taps that lie on (h, w)
//
// The sums run over (i, j) in row-major order: each pixel looks for its windows, so that nothing is added atomically.
//
// Memory: x, dx [planes, h, w]; y, dy and places (i32) [planes, oh, ow]; z [planes, kh, kw, oh, ow]; dense. All is read
// about once where windows do not overlap, from the cache where they do.
// Threads: one for an element of the result, neighbours along w.
#include "dagrad.cuh"
#include "sums.cuh"

struct Window {
    int kh, kw, sh, sw, dh, dw, ph, pw;
};

// An element of [planes, h, w] by its number.
struct Pixel {
    long long plane;
    int h;
    int w;

    __device__ __forceinline__ Pixel(long long number, int height, int width) {
        plane = number / (height * width);
        int rest = (int)(number - plane * (height * width));
        h = rest / width;
        w = rest - h * width;
    }
};

__device__ __forceinline__ long long thread_number() { return (long long)blockIdx.x * blockDim.x + threadIdx.x; }

template <typename T>
__device__ __forceinline__ void max_pool2d(const T *x, T *y, int *places, long long size, int h, int w, int oh, int ow,
                                           Window window) {
    long long number = thread_number();
    if (number >= size) {
        return;
    }
    Pixel pixel(number, oh, ow);
    const T *image = x + pixel.plane * h * w;
    T best = from_float<T>(__int_as_float(0xff800000));
    int place = 0;
    for (int i = 0; i < window.kh; i++) {
        int line = pixel.h * window.sh + i * window.dh - window.ph;
        for (int j = 0; j < window.kw && line >= 0 && line < h; j++) {
            int column = pixel.w * window.sw + j * window.dw - window.pw;
            if (column >= 0 && column < w && beats(to_float(image[line * w + column]), to_float(best))) {
                best = image[line * w + column];
                place = i * window.kw + j;
            }
        }
    }
    y[number] = best;
    places[number] = place;
}

// Which window along one axis has a tap at a place, or -1 if none: window v has its tap at v stride + tap.
__device__ __forceinline__ int window_at(int place, int tap, int stride, int windows) {
    int offset = place - tap;
    int v = offset / stride;
    return offset >= 0 && v < windows && v * stride == offset ? v : -1;
}

template <typename T>
__device__ __forceinline__ void max_pool2d_grad(const int *places, const T *dy, T *dx, long long size, int h, int w,
                                                int oh, int ow, Window window) {
    long long number = thread_number();
    if (number >= size) {
        return;
    }
    Pixel pixel(number, h, w);
    long long plane = pixel.plane * oh * ow;
    float sum = 0.0f;
    for (int i = 0; i < window.kh; i++) {
        int v = window_at(pixel.h + window.ph, i * window.dh, window.sh, oh);
        for (int j = 0; j < window.kw && v >= 0; j++) {
            int u = window_at(pixel.w + window.pw, j * window.dw, window.sw, ow);
            if (u >= 0 && places[plane + v * ow + u] == i * window.kw + j) {
                sum += to_float(dy[plane + v * ow + u]);
            }
        }
    }
    dx[number] = from_float<T>(sum);
}

template <typename T>
__device__ __forceinline__ void fold(const T *z, T *x, long long size, int h, int w, int oh, int ow, Window window) {
    long long number = thread_number();
    if (number >= size) {
        return;
    }
    Pixel pixel(number, h, w);
    const T *windows = z + pixel.plane * window.kh * window.kw * oh * ow;
    Sum<T> sum = Sum<T>(0);
    for (int i = 0; i < window.kh; i++) {
        int v = window_at(pixel.h, i * window.dh, window.sh, oh);
        for (int j = 0; j < window.kw && v >= 0; j++) {
            int u = window_at(pixel.w, j * window.dw, window.sw, ow);
            if (u >= 0) {
                sum = plus(sum, widen(windows[((long long)(i * window.kw + j) * oh + v) * ow + u]));
            }
        }
    }
    x[number] = narrow<T>(sum);
}

extern "C" __global__ void __launch_bounds__(256)
max_pool2d_f32(const float *x, float *y, int *places, long long size, int h, int w, int oh, int ow,
               int kh, int kw, int sh, int sw, int dh, int dw, int ph, int pw) {
    max_pool2d(x, y, places, size, h, w, oh, ow, Window{kh, kw, sh, sw, dh, dw, ph, pw});
}

extern "C" __global__ void __launch_bounds__(256)
max_pool2d_grad_f32(const int *places, const float *dy, float *dx, long long size, int h, int w, int oh, int ow,
                    int kh, int kw, int sh, int sw, int dh, int dw, int ph, int pw) {
    max_pool2d_grad(places, dy, dx, size, h, w, oh, ow, Window{kh, kw, sh, sw, dh, dw, ph, pw});
}

extern "C" __global__ void __launch_bounds__(256)
max_pool2d_bf16(const bf16 *x, bf16 *y, int *places, long long size, int h, int w, int oh, int ow,
                int kh, int kw, int sh, int sw, int dh, int dw, int ph, int pw) {
    max_pool2d(x, y, places, size, h, w, oh, ow, Window{kh, kw, sh, sw, dh, dw, ph, pw});
}

extern "C" __global__ void __launch_bounds__(256)
max_pool2d_grad_bf16(const int *places, const bf16 *dy, bf16 *dx, long long size, int h, int w, int oh, int ow,
                     int kh, int kw, int sh, int sw, int dh, int dw, int ph, int pw) {
    max_pool2d_grad(places, dy, dx, size, h, w, oh, ow, Window{kh, kw, sh, sw, dh, dw, ph, pw});
}

extern "C" __global__ void __launch_bounds__(256)
fold_f32(const float *z, float *x, long long size, int h, int w, int oh, int ow,
         int kh, int kw, int sh, int sw, int dh, int dw) {
    fold(z, x, size, h, w, oh, ow, Window{kh, kw, sh, sw, dh, dw, 0, 0});
}

extern "C" __global__ void __launch_bounds__(256)
fold_bf16(const bf16 *z, bf16 *x, long long size, int h, int w, int oh, int ow,
          int kh, int kw, int sh, int sw, int dh, int dw) {
    fold(z, x, size, h, w, oh, ow, Window{kh, kw, sh, sw, dh, dw, 0, 0});
}

extern "C" __global__ void __launch_bounds__(256)
fold_f64(const double *z, double *x, long long size, int h, int w, int oh, int ow,
         int kh, int kw, int sh, int sw, int dh, int dw) {
    fold(z, x, size, h, w, oh, ow, Window{kh, kw, sh, sw, dh, dw, 0, 0});
}

extern "C" __global__ void __launch_bounds__(256)
fold_i32(const int *z, int *x, long long size, int h, int w, int oh, int ow,
         int kh, int kw, int sh, int sw, int dh, int dw) {
    fold(z, x, size, h, w, oh, ow, Window{kh, kw, sh, sw, dh, dw, 0, 0});
}

extern "C" __global__ void __launch_bounds__(256)
fold_i64(const long long *z, long long *x, long long size, int h, int w, int oh, int ow,
         int kh, int kw, int sh, int sw, int dh, int dw) {
    fold(z, x, size, h, w, oh, ow, Window{kh, kw, sh, sw, dh, dw, 0, 0});
}
