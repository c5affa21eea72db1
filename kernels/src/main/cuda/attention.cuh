// What the kernels of attention share: where their operands are, and what a score is.
#pragma once
#include "dagrad.cuh"

constexpr float LOG2_E = 1.44269504f;
constexpr float LEAST = -3.40282347e38f;
// What takes a score out of the softmax: far below any score, yet finite.
constexpr float HIDDEN = -1e30f;

// A matrix with adjacent elements in its rows, which are `pitch` elements apart.
template <typename T> struct Matrix {
    const T *data;
    long long pitch;
    int rows;
    int columns;
};

// From the product of a query and a key to a weight.
template <typename T> struct Scores {
    Matrix<T> mask;
    int t;
    int s;
    float scale;
    bool causal;
    bool masked;

    // Whether a causal tile may be left out whose keys are later than its queries. With a mask it may not: a row whose
    // mask hides all that it could see finds all its scores equal, the hidden ones too.
    __device__ __forceinline__ bool skips() const { return causal && !masked; }

    // Whether a tile of scores is nothing but the scaled product, for keys up to last_key and queries from first_query.
    __device__ __forceinline__ bool plain(int first_query, int last_key) const {
        return !masked && last_key < s && (!causal || last_key <= first_query) && scale > 0.0f;
    }

    __device__ __forceinline__ float score(float product, int query, int key) const {
        if (key >= s) {
            return -__int_as_float(0x7f800000);
        }
        if (causal && key > query) {
            return HIDDEN;
        }
        float x = product * scale;
        return masked && query < t ? x + to_float(mask.data[query * mask.pitch + key]) : x;
    }
};

// exp(score - shift); exactly 1 where they are equal, however large.
__device__ __forceinline__ float weight(float score, float shift) { return exp2_fast((score - shift) * LOG2_E); }

// What a block works on: the operands of its batch and head, and which rows it owns.
template <typename T> struct Block {
    Matrix<T> q;
    Matrix<T> k;
    Matrix<T> v;
    Scores<T> scores;
    long long batch;
    long long head;
    // Which of all batches' and heads' matrices.
    long long plane;
    int tile;
    int tiles;

    // do or o, of another layout.
    __device__ __forceinline__ Matrix<T> out_grads(const T *data, long long of_batch, long long of_head,
                                                   long long pitch) const {
        return {data + batch * of_batch + head * of_head, pitch, q.rows, v.columns};
    }
};

// The parameters that all kernels over tiles begin with. An operand's strides are elements from one batch, head and row
// to the next.
#define OPERANDS(T)                                                                                                    \
    const T *q, long long q_batch, long long q_head, long long q_row, const T *k, long long k_batch, long long k_head, \
        long long k_row, const T *v, long long v_batch, long long v_head, long long v_row, const T *mask,              \
        long long mask_batch, long long mask_head, long long mask_row, int heads, int t, int s, int d, int e,          \
        float scale, int causal, int masked

// Those that the gradients' kernels have besides: l and D are dense.
#define GRADIENTS(T)                                                                                                   \
    OPERANDS(T), const T *d_o, long long d_o_batch, long long d_o_head, long long d_o_row, const float *l,             \
        const float *delta

// Blocks stand in one row: batches x heads x tiles of `rows` of the `count` rows, tiles innermost.
#define BLOCK(T, count, rows)                                                                                          \
    block_of<T>(q, q_batch, q_head, q_row, k, k_batch, k_head, k_row, v, v_batch, v_head, v_row, mask, mask_batch,     \
                mask_head, mask_row, heads, t, s, d, e, scale, causal, masked, ((count) + (rows)-1) / (rows))

template <typename T> __device__ __forceinline__ Block<T> block_of(OPERANDS(T), int tiles) {
    long long plane = blockIdx.x / (unsigned)tiles;
    long long batch = plane / heads;
    long long head = plane % heads;
    Matrix<T> masks = {mask + batch * mask_batch + head * mask_head, mask_row, t, s};
    return {{q + batch * q_batch + head * q_head, q_row, t, d},
            {k + batch * k_batch + head * k_head, k_row, s, d},
            {v + batch * v_batch + head * v_head, v_row, s, e},
            {masks, t, s, scale, causal != 0, masked != 0},
            batch,
            head,
            plane,
            (int)(blockIdx.x % (unsigned)tiles),
            tiles};
}
