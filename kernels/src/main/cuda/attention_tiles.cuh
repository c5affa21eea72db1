// Tiles of bf16 in shared memory, and products of them on tensor cores, for blocks of 128 threads. Rows of a tile lie 16
// bytes further apart than they need to, so that the 8 rows which one ldmatrix reads begin in different banks.
#pragma once
#include "attention.cuh"

constexpr int THREADS = 128;
constexpr int WARPS = 4;

// Elements from one row of a tile of WIDTH columns to the next.
template <int WIDTH> constexpr int PITCH = WIDTH + 8;

__device__ __forceinline__ int lane() { return (int)threadIdx.x % 32; }
__device__ __forceinline__ int warp() { return (int)threadIdx.x / 32; }

// Whether rows can be copied 8 elements at a time.
__device__ __forceinline__ bool is_aligned(const Matrix<bf16> &x) {
    return (reinterpret_cast<unsigned long long>(x.data) % 16 | (unsigned long long)x.pitch % 8 |
            (unsigned long long)x.columns % 8) == 0;
}

// Copies ROWS rows, with zeros where the matrix has none.
template <int ROWS, int WIDTH> __device__ __forceinline__ void load_tile(bf16 *to, const Matrix<bf16> &from, int row) {
    constexpr int PIECES = WIDTH / 8;
    bool aligned = is_aligned(from);
#pragma unroll
    for (int i = (int)threadIdx.x; i < ROWS * PIECES; i += THREADS) {
        int r = i / PIECES;
        int c = i % PIECES * 8;
        bool inside = row + r < from.rows && c < from.columns;
        const bf16 *source = inside ? from.data + (row + r) * from.pitch + c : from.data;
        bf16 *target = to + r * PITCH<WIDTH> + c;
        if (aligned) {
            copy_to_shared<16>(target, source, inside);
        } else {
#pragma unroll 1
            for (int j = 0; j < 8; j++) {
                target[j] = inside && c + j < from.columns ? source[j] : to_bf16(0.0f);
            }
        }
    }
}

// Copies COUNT numbers, with zeros behind the last.
template <int COUNT> __device__ __forceinline__ void load_numbers(float *to, const float *from, int first, int end) {
    int i = (int)threadIdx.x;
    if (i < COUNT) {
        bool inside = first + i < end;
        copy_to_shared<4>(to + i, inside ? from + first + i : from, inside);
    }
}

// ---- products -------------------------------------------------------------------------------------------------------

template <int M, int N> __device__ __forceinline__ void clear(float (&sum)[M][N][4]) {
#pragma unroll
    for (int i = 0; i < M; i++) {
#pragma unroll
        for (int j = 0; j < N; j++) {
#pragma unroll
            for (int k = 0; k < 4; k++) {
                sum[i][j][k] = 0.0f;
            }
        }
    }
}

// sum[.., n, .] += a b for one step of 16 along the sum, where `words` holds b's columns 8 n to 8 n + 15.
template <int M, int N>
__device__ __forceinline__ void multiply_step(float (&sum)[M][N][4], int m, int n, const unsigned (&a)[4],
                                              const unsigned (&words)[4]) {
    unsigned left[2] = {words[0], words[1]};
    unsigned right[2] = {words[2], words[3]};
    mma_bf16_16x8x16(sum[m][n], a, left, sum[m][n]);
    mma_bf16_16x8x16(sum[m][n + 1], a, right, sum[m][n + 1]);
}

// sum = a bᵀ: 16 M rows of a tile with the 8 N rows of another.
template <int WIDTH, int M, int N>
__device__ __forceinline__ void multiply_rows(float (&sum)[M][N][4], const bf16 *a, int row, const bf16 *b) {
    clear(sum);
    const bf16 *left = a + (row + lane() % 16) * PITCH<WIDTH> + lane() / 16 * 8;
    const bf16 *right = b + (lane() / 16 * 8 + lane() % 8) * PITCH<WIDTH> + lane() / 8 % 2 * 8;
#pragma unroll 2
    for (int k = 0; k < WIDTH / 16; k++) {
        unsigned fragments[M][4];
#pragma unroll
        for (int m = 0; m < M; m++) {
            load_matrices(fragments[m], left + 16 * m * PITCH<WIDTH> + 16 * k);
        }
#pragma unroll
        for (int n = 0; n < N; n += 2) {
            unsigned words[4];
            load_matrices(words, right + 8 * n * PITCH<WIDTH> + 16 * k);
#pragma unroll
            for (int m = 0; m < M; m++) {
                multiply_step(sum, m, n, fragments[m], words);
            }
        }
    }
}

// sum += w b: 16 M rows of 8 N weights, rounded to bf16, with the 8 N rows of a tile.
template <int WIDTH, int M, int N>
__device__ __forceinline__ void multiply_weights(float (&sum)[M][WIDTH / 8][4], const float (&weights)[M][N][4],
                                                 const bf16 *b) {
    const bf16 *from = b + lane() % 16 * PITCH<WIDTH> + lane() / 16 * 8;
#pragma unroll
    for (int k = 0; k < N / 2; k++) {
        unsigned a[M][4];
#pragma unroll
        for (int m = 0; m < M; m++) {
#pragma unroll
            for (int i = 0; i < 4; i++) {
                const float(&w)[4] = weights[m][2 * k + i / 2];
                a[m][i] = pack_bf16(w[i % 2 * 2], w[i % 2 * 2 + 1]);
            }
        }
#pragma unroll
        for (int n = 0; n < WIDTH / 8; n += 2) {
            unsigned words[4];
            load_matrices_transposed(words, from + 16 * k * PITCH<WIDTH> + 8 * n);
#pragma unroll
            for (int m = 0; m < M; m++) {
                multiply_step(sum, m, n, a[m], words);
            }
        }
    }
}

// Writes a warp's 16 rows of a matrix whose rows lie `pitch` elements apart, times a factor for the rows lane / 4 and another for those 8 below.
template <int WIDTH>
__device__ __forceinline__ void store_rows(bf16 *to, long long pitch, int rows, int columns, int row,
                                           const float (&sum)[WIDTH / 8][4],
                                           float upper, float lower) {
    bool pairs = pitch % 2 == 0 && reinterpret_cast<unsigned long long>(to) % 4 == 0;
#pragma unroll
    for (int i = 0; i < 2; i++) {
        int r = row + lane() / 4 + 8 * i;
        float factor = i == 0 ? upper : lower;
#pragma unroll
        for (int n = 0; n < WIDTH / 8; n++) {
            int c = 8 * n + lane() % 4 * 2;
            float left = sum[n][2 * i] * factor;
            float right = sum[n][2 * i + 1] * factor;
            bf16 *target = to + r * pitch + c;
            if (r < rows && c + 1 < columns && pairs) {
                *reinterpret_cast<unsigned *>(target) = pack_bf16(left, right);
            } else if (r < rows && c < columns) {
                target[0] = to_bf16(left);
                if (c + 1 < columns) {
                    target[1] = to_bf16(right);
                }
            }
        }
    }
}
