// Convolution of images [n, c, h, w] by kernels [o, c/groups, kh, kw] to [n, o, oh, ow], as products of matrices:
//
//     y[o, pixels] = w[o, taps] columns[taps, pixels]          taps = c/groups kh kw, pixels = oh ow
//     dx = fold(wᵀ dy),    dw[o, taps] = dy[o, pixels] columns[taps, pixels]ᵀ
//
// where columns[(c, i, j), (y, x)] = image[c, y sh + i dh - ph, x sw + j dw - pw], 0 in the margin, and fold adds each
// column's elements where they were taken. The products are cuBLAS's; here are im2col and fold (col2im), and direct
// kernels for convolutions whose groups are too small for products: those of one channel each above all.
//
// Memory: everything dense. Columns lie in the workspace, some images or some rows of one image at a time: few enough
// that they are still in the L2 cache when they are multiplied.
// Threads: one for an element that is written (8 of columns), adjacent threads at adjacent elements; for dw directly
// one block for an element. Sums have a fixed order.
//
// An element of columns costs sizeof(T) bytes written and as many read: with o outputs 2 o FLOP are done for it, so that
// from o = 64 on a 3 x 3 convolution in bf16 spends more time in the product than here on an A100 if the columns stay
// in the cache (6 TB/s or so there).
#include "dagrad.cuh"

// Elements of columns that a thread writes, adjacent ones: finding the first one's place costs six divisions.
constexpr int RUN = 8;

// How a window walks over an image.
struct Walk {
    int stride_h;
    int stride_w;
    int pad_h;
    int pad_w;
    int dilation_h;
    int dilation_w;
};

// The columns of pixels [first, first + pixels) of some images.
//
// images: [images, channels, h, w]; ow: of the result
// image_stride, row_stride: elements in the columns from one image, and from one (channel, i, j), to the next; pixels
// are adjacent
template <typename T>
__device__ __forceinline__ void im2col(const T *images, T *columns, int count, int channels, int h, int w, int kh,
                                       int kw, int ow, int first, int pixels, long long image_stride,
                                       long long row_stride, const Walk &walk) {
    int rows = channels * kh * kw;
    int runs = (pixels + RUN - 1) / RUN;
    int total = count * rows * runs;
    for (int i = (int)(blockIdx.x * blockDim.x + threadIdx.x); i < total; i += (int)(gridDim.x * blockDim.x)) {
        int begin = i % runs * RUN;
        int row = i / runs % rows;
        int image = i / runs / rows;
        const T *plane = images + ((long long)image * channels + row / (kh * kw)) * h * w;
        T *to = columns + image * image_stride + row * row_stride + begin;
        int top = row / kw % kh * walk.dilation_h - walk.pad_h;
        int left = row % kw * walk.dilation_w - walk.pad_w;
        int y = (first + begin) / ow;
        int x = (first + begin) % ow;
        T run[RUN];
#pragma unroll
        for (int j = 0; j < RUN; j++) {
            int line = y * walk.stride_h + top;
            int column = x * walk.stride_w + left;
            bool inside = line >= 0 && line < h && column >= 0 && column < w;
            run[j] = from_float<T>(0.0f);
            if (inside) {
                run[j] = plane[(long long)line * w + column];
            }
            x++;
            if (x == ow) {
                x = 0;
                y++;
            }
        }
        bool whole = begin + RUN <= pixels && reinterpret_cast<unsigned long long>(to) % sizeof(pack<T, RUN>) == 0;
        if (whole) {
            pack<T, RUN> all;
#pragma unroll
            for (int j = 0; j < RUN; j++) {
                all.at[j] = run[j];
            }
            store(to, all);
        } else {
#pragma unroll
            for (int j = 0; j < RUN; j++) {
                if (begin + j < pixels) {
                    to[j] = run[j];
                }
            }
        }
    }
}

// Where a window begins that has its tap `tap` at a position, or -1 if none does.
__device__ __forceinline__ int window_at(int position, int tap, int stride, int dilation, int pad, int count) {
    int start = position + pad - tap * dilation;
    int window = stride == 1 ? start : start / stride;
    bool is_one = start >= 0 && window * stride == start && window < count;
    return is_one ? window : -1;
}

// Images from columns f32 [count, channels, kh, kw, oh, ow], each element the sum of the windows' elements that lie on
// it in the order of (kh, kw).
//
// image_stride: elements from one image of the result to the next
template <typename T>
__device__ __forceinline__ void fold(const float *columns, T *images, int count, int channels, int h, int w, int kh,
                                     int kw, int oh, int ow, long long image_stride, const Walk &walk) {
    int total = count * channels * h * w;
    for (int i = (int)(blockIdx.x * blockDim.x + threadIdx.x); i < total; i += (int)(gridDim.x * blockDim.x)) {
        int x = i % w;
        int y = i / w % h;
        int channel = i / w / h;
        float sum = 0.0f;
        for (int a = 0; a < kh; a++) {
            int top = window_at(y, a, walk.stride_h, walk.dilation_h, walk.pad_h, oh);
            for (int b = 0; top >= 0 && b < kw; b++) {
                int left = window_at(x, b, walk.stride_w, walk.dilation_w, walk.pad_w, ow);
                if (left >= 0) {
                    sum += columns[((((long long)channel * kh + a) * kw + b) * oh + top) * ow + left];
                }
            }
        }
        int plane = channel % channels * h * w + y * w + x;
        images[channel / channels * image_stride + plane] = from_float<T>(sum);
    }
}

// ---- without products -----------------------------------------------------------------------------------------------

// What the direct kernels know of a convolution. `channels` and `outputs` are those of one group.
struct Convolution {
    int images;
    int channels;
    int h;
    int w;
    int outputs;
    int kh;
    int kw;
    int oh;
    int ow;
    int groups;
    Walk walk;
};

template <typename T>
__device__ __forceinline__ void direct(const T *x, const T *weights, T *y, const Convolution &c) {
    int total = c.images * c.groups * c.outputs * c.oh * c.ow;
    for (int i = (int)(blockIdx.x * blockDim.x + threadIdx.x); i < total; i += (int)(gridDim.x * blockDim.x)) {
        int column = i % c.ow * c.walk.stride_w - c.walk.pad_w;
        int row = i / c.ow % c.oh * c.walk.stride_h - c.walk.pad_h;
        int output = i / c.ow / c.oh;
        const T *kernel = weights + (long long)(output % (c.groups * c.outputs)) * c.channels * c.kh * c.kw;
        const T *image = x + (long long)(output / c.outputs) * c.channels * c.h * c.w;
        float sum = 0.0f;
        for (int channel = 0; channel < c.channels; channel++) {
            for (int a = 0; a < c.kh; a++) {
                for (int b = 0; b < c.kw; b++) {
                    int top = row + a * c.walk.dilation_h;
                    int left = column + b * c.walk.dilation_w;
                    if (top >= 0 && top < c.h && left >= 0 && left < c.w) {
                        float weight = to_float(kernel[(channel * c.kh + a) * c.kw + b]);
                        sum = fmaf(weight, to_float(image[(channel * c.h + top) * c.w + left]), sum);
                    }
                }
            }
        }
        y[i] = from_float<T>(sum);
    }
}

template <typename T>
__device__ __forceinline__ void direct_transpose(const T *y, const T *weights, T *x, const Convolution &c) {
    int total = c.images * c.groups * c.channels * c.h * c.w;
    int taps = c.channels * c.kh * c.kw;
    for (int i = (int)(blockIdx.x * blockDim.x + threadIdx.x); i < total; i += (int)(gridDim.x * blockDim.x)) {
        int column = i % c.w;
        int row = i / c.w % c.h;
        int channel = i / c.w / c.h;
        long long group = channel / c.channels;
        const T *kernel = weights + group % c.groups * c.outputs * taps + channel % c.channels * (c.kh * c.kw);
        const T *grads = y + group * c.outputs * c.oh * c.ow;
        float sum = 0.0f;
        for (int a = 0; a < c.kh; a++) {
            int top = window_at(row, a, c.walk.stride_h, c.walk.dilation_h, c.walk.pad_h, c.oh);
            for (int b = 0; top >= 0 && b < c.kw; b++) {
                int left = window_at(column, b, c.walk.stride_w, c.walk.dilation_w, c.walk.pad_w, c.ow);
                for (int output = 0; left >= 0 && output < c.outputs; output++) {
                    float weight = to_float(kernel[output * taps + a * c.kw + b]);
                    sum = fmaf(weight, to_float(grads[(output * c.oh + top) * c.ow + left]), sum);
                }
            }
        }
        x[i] = from_float<T>(sum);
    }
}

// dw [groups outputs, channels, kh, kw], one block of 256 threads for an element.
template <typename T>
__device__ __forceinline__ void direct_weight_grad(const T *x, const T *y, float *dw, const Convolution &c) {
    __shared__ float sums[8];
    int weight = (int)blockIdx.x;
    int b = weight % c.kw;
    int a = weight / c.kw % c.kh;
    int channel = weight / c.kw / c.kh % c.channels;
    int output = weight / c.kw / c.kh / c.channels;
    int pixels = c.oh * c.ow;
    float sum = 0.0f;
    for (int image = 0; image < c.images; image++) {
        long long group = (long long)image * c.groups + output / c.outputs;
        const T *plane = x + (group * c.channels + channel) * c.h * c.w;
        const T *grads = y + (group * c.outputs + output % c.outputs) * pixels;
        for (int pixel = (int)threadIdx.x; pixel < pixels; pixel += 256) {
            int top = pixel / c.ow * c.walk.stride_h + a * c.walk.dilation_h - c.walk.pad_h;
            int left = pixel % c.ow * c.walk.stride_w + b * c.walk.dilation_w - c.walk.pad_w;
            if (top >= 0 && top < c.h && left >= 0 && left < c.w) {
                sum = fmaf(to_float(grads[pixel]), to_float(plane[(long long)top * c.w + left]), sum);
            }
        }
    }
    sum = warp_sum(sum);
    if (threadIdx.x % 32 == 0) {
        sums[threadIdx.x / 32] = sum;
    }
    __syncthreads();
    if (threadIdx.x == 0) {
        float total = 0.0f;
        for (int i = 0; i < 8; i++) {
            total += sums[i];
        }
        dw[weight] = total;
    }
}

// ---- the kernels ----------------------------------------------------------------------------------------------------

#define WALK int stride_h, int stride_w, int pad_h, int pad_w, int dilation_h, int dilation_w
#define THE_WALK {stride_h, stride_w, pad_h, pad_w, dilation_h, dilation_w}
#define CONVOLUTION int images, int channels, int h, int w, int outputs, int kh, int kw, int oh, int ow, int groups, WALK
#define THE_CONVOLUTION {images, channels, h, w, outputs, kh, kw, oh, ow, groups, THE_WALK}

#define KERNELS(T, NAME)                                                                                               \
    extern "C" __global__ void conv2d_columns_##NAME(const T *x, T *columns, int images, int channels, int h, int w,   \
                                                     int kh, int kw, int ow, int first, int pixels,                    \
                                                     long long image_stride, long long row_stride, WALK) {             \
        im2col(x, columns, images, channels, h, w, kh, kw, ow, first, pixels, image_stride, row_stride, THE_WALK);     \
    }                                                                                                                  \
    extern "C" __global__ void conv2d_fold_##NAME(const float *columns, T *x, int images, int channels, int h, int w,  \
                                                  int kh, int kw, int oh, int ow, long long image_stride, WALK) {      \
        fold(columns, x, images, channels, h, w, kh, kw, oh, ow, image_stride, THE_WALK);                              \
    }                                                                                                                  \
    extern "C" __global__ void conv2d_direct_##NAME(const T *x, const T *weights, T *y, CONVOLUTION) {                 \
        direct(x, weights, y, THE_CONVOLUTION);                                                                        \
    }                                                                                                                  \
    extern "C" __global__ void conv2d_transpose_direct_##NAME(const T *y, const T *weights, T *x, CONVOLUTION) {       \
        direct_transpose(y, weights, x, THE_CONVOLUTION);                                                              \
    }                                                                                                                  \
    extern "C" __global__ void __launch_bounds__(256)                                                                  \
        conv2d_weight_grad_direct_##NAME(const T *x, const T *y, float *dw, CONVOLUTION) {                             \
        direct_weight_grad(x, y, dw, THE_CONVOLUTION);                                                                 \
    }

KERNELS(float, f32)
KERNELS(bf16, bf16)
