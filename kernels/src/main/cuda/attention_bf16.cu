// Attention of bf16 and its gradients on tensor cores, from sm_80 on. The formulas are those of attention.cu, from which
// D = Σ do o comes as well.
//
// Below sm_80, where there is no such instruction, the kernels compile but are never called.
//
// after Dao, "FlashAttention-2", 2023: a warp owns 16 rows of a tile of scores (or 32), with all their columns, so that
// the softmax needs no other warp; and the scores that it holds, rounded to bf16, are already laid out as the left
// operand of the next product. For dk and dv the tile is transposed, [keys, queries], for the same reason.
//
// Memory: as in attention.cu. Products are of bf16 and summed in f32; p and ds are rounded to bf16 for the products, and
// results once.
//
// Threads: 128. What a block owns is loaded once; what it walks along (STEP rows at a time) has two buffers, of which
// one is filled by cp.async while the other is used, with one __syncthreads for a step. No atomics: dk and dv are one
// kernel, dq another, which is 7 products of tiles instead of the 5 of one kernel that adds up dq in any order.
//
// GPT-2 124M, 16 x 12 matrices, t = s = 1024, d = e = 64, causal: 26112 tiles of 64 x 64 are seen, 107 million scores.
// Forward 27 GFLOP of products, the gradients 96: on an A100 that does 312 TFLOP/s 0.09 and 0.31 ms, at best. The
// exponentials, 16 in a clock of a multiprocessor, take 0.04 and 0.09 ms, and what else is done for a score in f32 about
// as long as the products, beside which it runs, as far as there are warps for both. Operands and results are 25 MB each:
// 101 MB forward are 0.07 ms at 1.5 TB/s. Shared memory is 54 KiB forward (128 queries; 64 keys and values, twice), 55 for
// the gradients of keys, 54 for those of queries: 2 blocks on a multiprocessor of an A100 (164 KiB), 8 warps of up to 255
// registers. Reading it takes as long as the products do for the gradients, half as long forward, where a fragment of k or
// v serves 32 queries.
#include "attention_tiles.cuh"

// Rows of what a block walks along, at a time: registers and shared memory do not allow more.
template <int WIDTH> constexpr int STEP = WIDTH <= 64 ? 64 : 32;

// Times 16 queries of a warp forward: with two a fragment of k or v is read once for both.
template <int WIDTH> constexpr int HEIGHT = WIDTH <= 64 ? 2 : 1;
template <int WIDTH> constexpr int ROWS = 16 * HEIGHT<WIDTH> * WARPS;

// Rows of a block of the gradients' kernels.
constexpr int GRADIENT_ROWS = 16 * WARPS;

// ---- forward --------------------------------------------------------------------------------------------------------

// Over the 4 lanes that share rows of a tile.
__device__ __forceinline__ float row_max(float x) {
    x = fmaxf(x, __shfl_xor_sync(0xffffffffu, x, 1));
    return fmaxf(x, __shfl_xor_sync(0xffffffffu, x, 2));
}

__device__ __forceinline__ float row_sum(float x) {
    x += __shfl_xor_sync(0xffffffffu, x, 1);
    return x + __shfl_xor_sync(0xffffffffu, x, 2);
}

// A warp's running softmax of its rows: i / 2 says which 16 rows, i % 2 whether lane / 4 or 8 below.
template <int M> struct Softmax {
    float greatest[2 * M];
    // Of this lane's columns only; the lanes' are added at the end.
    float sum[2 * M];

    // Turns a tile of products into weights, growing the maxima, and shrinks what has been summed before.
    template <int N, int COLUMNS>
    __device__ __forceinline__ void weigh(float (&x)[M][N][4], float (&sums)[M][COLUMNS][4], const Scores<bf16> &scores,
                                          int query, int key) {
        bool plain = scores.plain(query, key + 8 * N - 1);
        if (!plain) {
#pragma unroll
            for (int m = 0; m < M; m++) {
#pragma unroll
                for (int j = 0; j < 4 * N; j++) {
                    int row = query + 16 * m + lane() / 4 + j / 2 % 2 * 8;
                    int column = key + j / 4 * 8 + lane() % 4 * 2 + j % 2;
                    x[m][j / 4][j % 4] = scores.score(x[m][j / 4][j % 4], row, column);
                }
            }
        }
        // A plain tile's scores are never made: the scale goes into the exponent.
        float scale = plain ? scores.scale : 1.0f;
#pragma unroll
        for (int i = 0; i < 2 * M; i++) {
            float(&rows)[N][4] = x[i / 2];
            float most = LEAST;
#pragma unroll
            for (int j = 0; j < 2 * N; j++) {
                most = fmaxf(most, rows[j / 2][i % 2 * 2 + j % 2]);
            }
            most = fmaxf(greatest[i], row_max(most) * scale);
            float shrink = weight(greatest[i], most);
            greatest[i] = most;
            float part = 0.0f;
#pragma unroll
            for (int j = 0; j < 2 * N; j++) {
                float &score = rows[j / 2][i % 2 * 2 + j % 2];
                score = plain ? exp2_fast(fmaf(score, scale * LOG2_E, -most * LOG2_E)) : weight(score, most);
                part += score;
            }
            sum[i] = fmaf(sum[i], shrink, part);
#pragma unroll
            for (int j = 0; j < 2 * COLUMNS; j++) {
                sums[i / 2][j / 2][i % 2 * 2 + j % 2] *= shrink;
            }
        }
    }
};

// The tiles of the last queries, which see most, come first.
template <int WIDTH> __device__ __forceinline__ void forward(const Block<bf16> &at, bf16 *o, long long o_row, float *l) {
    constexpr int M = HEIGHT<WIDTH>;
    constexpr int N = STEP<WIDTH>;
    constexpr int TILE = N * PITCH<WIDTH>;
    extern __shared__ uint4 shared_memory[];
    bf16 *queries = reinterpret_cast<bf16 *>(shared_memory);
    bf16 *keys = queries + ROWS<WIDTH> * PITCH<WIDTH>;
    bf16 *values = keys + 2 * TILE;

    const Scores<bf16> &scores = at.scores;
    int first = (at.tiles - 1 - at.tile) * ROWS<WIDTH>;
    load_tile<ROWS<WIDTH>, WIDTH>(queries, at.q, first);
    load_tile<N, WIDTH>(keys, at.k, 0);
    load_tile<N, WIDTH>(values, at.v, 0);
    int query = first + 16 * M * warp();
    int end = scores.skips() ? min(at.k.rows, first + ROWS<WIDTH>) : at.k.rows;
    float sums[M][WIDTH / 8][4];
    Softmax<M> softmax;
    clear(sums);
#pragma unroll
    for (int i = 0; i < 2 * M; i++) {
        softmax.greatest[i] = LEAST;
        softmax.sum[i] = 0.0f;
    }
    int buffer = 0;
    for (int key = 0; key < end; key += N) {
        wait_for_copies();
        __syncthreads();
        if (key + N < end) {
            load_tile<N, WIDTH>(keys + (1 - buffer) * TILE, at.k, key + N);
            load_tile<N, WIDTH>(values + (1 - buffer) * TILE, at.v, key + N);
        }
        if (!scores.skips() || key < query + 16 * M) {
            float x[M][N / 8][4];
            multiply_rows<WIDTH>(x, queries, 16 * M * warp(), keys + buffer * TILE);
            softmax.weigh(x, sums, scores, query, key);
            multiply_weights<WIDTH>(sums, x, values + buffer * TILE);
        }
        buffer = 1 - buffer;
    }
#pragma unroll
    for (int m = 0; m < M; m++) {
        float factor[2];
#pragma unroll
        for (int i = 0; i < 2; i++) {
            int row = query + 16 * m + lane() / 4 + 8 * i;
            float greatest = softmax.greatest[2 * m + i];
            float sum = row_sum(softmax.sum[2 * m + i]);
            factor[i] = 1.0f / sum;
            if (lane() % 4 == 0 && row < at.q.rows) {
                l[at.plane * at.q.rows + row] = greatest + logf(sum);
            }
        }
        store_rows<WIDTH>(o, o_row, at.q.rows, at.v.columns, query + 16 * m, sums[m], factor[0], factor[1]);
    }
}

// ---- gradients ------------------------------------------------------------------------------------------------------

// p from a product. A plain tile's score is never made.
__device__ __forceinline__ float weigh(float product, float log_sum, const Scores<bf16> &scores, bool plain, int query,
                                       int key) {
    return plain ? exp2_fast(fmaf(product, scores.scale * LOG2_E, -log_sum * LOG2_E))
                 : weight(scores.score(product, query, key), log_sum);
}

// Rows beyond the last query have a score of 0, l = 0, and so a weight, but do = 0 and D = 0.
template <int WIDTH>
__device__ __forceinline__ void gradient_of_keys(const Block<bf16> &at, const Matrix<bf16> &d_o, const float *l,
                                                 const float *delta, bf16 *d_k, bf16 *d_v) {
    constexpr int N = STEP<WIDTH>;
    constexpr int OWN = GRADIENT_ROWS * PITCH<WIDTH>;
    constexpr int TILE = N * PITCH<WIDTH>;
    extern __shared__ uint4 shared_memory[];
    bf16 *keys = reinterpret_cast<bf16 *>(shared_memory);
    bf16 *values = keys + OWN;
    bf16 *queries = values + OWN;
    bf16 *out_grads = queries + 2 * TILE;
    float *log_sums = reinterpret_cast<float *>(out_grads + 2 * TILE);
    float *deltas = log_sums + 2 * N;

    const Scores<bf16> &scores = at.scores;
    l += at.plane * scores.t;
    delta += at.plane * scores.t;
    int first = at.tile * GRADIENT_ROWS;
    int begin = scores.skips() ? first : 0;
    load_tile<GRADIENT_ROWS, WIDTH>(keys, at.k, first);
    load_tile<GRADIENT_ROWS, WIDTH>(values, at.v, first);
    load_tile<N, WIDTH>(queries, at.q, begin);
    load_tile<N, WIDTH>(out_grads, d_o, begin);
    load_numbers<N>(log_sums, l, begin, at.q.rows);
    load_numbers<N>(deltas, delta, begin, at.q.rows);
    int key = first + 16 * warp();
    float key_sums[1][WIDTH / 8][4];
    float value_sums[1][WIDTH / 8][4];
    clear(key_sums);
    clear(value_sums);
    int buffer = 0;
    for (int query = begin; query < at.q.rows; query += N) {
        wait_for_copies();
        __syncthreads();
        if (query + N < at.q.rows) {
            load_tile<N, WIDTH>(queries + (1 - buffer) * TILE, at.q, query + N);
            load_tile<N, WIDTH>(out_grads + (1 - buffer) * TILE, d_o, query + N);
            load_numbers<N>(log_sums + (1 - buffer) * N, l, query + N, at.q.rows);
            load_numbers<N>(deltas + (1 - buffer) * N, delta, query + N, at.q.rows);
        }
        if (!scores.skips() || query + N > key) {
            bool plain = scores.plain(query, key + 15);
            float p[1][N / 8][4];
            multiply_rows<WIDTH>(p, keys, 16 * warp(), queries + buffer * TILE);
#pragma unroll
            for (int i = 0; i < N / 2; i++) {
                int row = key + lane() / 4 + i / 2 % 2 * 8;
                int column = i / 4 * 8 + lane() % 4 * 2 + i % 2;
                float &x = p[0][i / 4][i % 4];
                x = weigh(x, log_sums[buffer * N + column], scores, plain, query + column, row);
            }
            multiply_weights<WIDTH>(value_sums, p, out_grads + buffer * TILE);
            float ds[1][N / 8][4];
            multiply_rows<WIDTH>(ds, values, 16 * warp(), out_grads + buffer * TILE);
#pragma unroll
            for (int i = 0; i < N / 2; i++) {
                int column = i / 4 * 8 + lane() % 4 * 2 + i % 2;
                float &x = ds[0][i / 4][i % 4];
                x = p[0][i / 4][i % 4] * (x - deltas[buffer * N + column]);
            }
            multiply_weights<WIDTH>(key_sums, ds, queries + buffer * TILE);
        }
        buffer = 1 - buffer;
    }
    store_rows<WIDTH>(d_v + at.plane * at.v.rows * at.v.columns, at.v.columns, at.v.rows, at.v.columns, key, value_sums[0], 1.0f, 1.0f);
    store_rows<WIDTH>(d_k + at.plane * at.k.rows * at.k.columns, at.k.columns, at.k.rows, at.k.columns, key, key_sums[0], scores.scale, scores.scale);
}

template <int WIDTH>
__device__ __forceinline__ void gradient_of_queries(const Block<bf16> &at, const Matrix<bf16> &d_o, const float *l,
                                                    const float *delta, bf16 *d_q, bf16 *d_mask) {
    constexpr int N = STEP<WIDTH>;
    constexpr int OWN = GRADIENT_ROWS * PITCH<WIDTH>;
    constexpr int TILE = N * PITCH<WIDTH>;
    extern __shared__ uint4 shared_memory[];
    bf16 *queries = reinterpret_cast<bf16 *>(shared_memory);
    bf16 *out_grads = queries + OWN;
    bf16 *keys = out_grads + OWN;
    bf16 *values = keys + 2 * TILE;

    const Scores<bf16> &scores = at.scores;
    l += at.plane * scores.t;
    delta += at.plane * scores.t;
    d_mask += at.plane * scores.t * scores.s;
    int first = (at.tiles - 1 - at.tile) * GRADIENT_ROWS;
    load_tile<GRADIENT_ROWS, WIDTH>(queries, at.q, first);
    load_tile<GRADIENT_ROWS, WIDTH>(out_grads, d_o, first);
    load_tile<N, WIDTH>(keys, at.k, 0);
    load_tile<N, WIDTH>(values, at.v, 0);
    int query = first + 16 * warp();
    int end = scores.skips() ? min(at.k.rows, first + GRADIENT_ROWS) : at.k.rows;
    float log_sum[2];
    float d[2];
#pragma unroll
    for (int i = 0; i < 2; i++) {
        int row = query + lane() / 4 + 8 * i;
        log_sum[i] = row < at.q.rows ? l[row] : 0.0f;
        d[i] = row < at.q.rows ? delta[row] : 0.0f;
    }
    float sums[1][WIDTH / 8][4];
    clear(sums);
    int buffer = 0;
    for (int key = 0; key < end; key += N) {
        wait_for_copies();
        __syncthreads();
        if (key + N < end) {
            load_tile<N, WIDTH>(keys + (1 - buffer) * TILE, at.k, key + N);
            load_tile<N, WIDTH>(values + (1 - buffer) * TILE, at.v, key + N);
        }
        if (!scores.skips() || key < query + 16) {
            bool plain = scores.plain(query, key + N - 1);
            float p[1][N / 8][4];
            float ds[1][N / 8][4];
            multiply_rows<WIDTH>(p, queries, 16 * warp(), keys + buffer * TILE);
            multiply_rows<WIDTH>(ds, out_grads, 16 * warp(), values + buffer * TILE);
#pragma unroll
            for (int i = 0; i < N / 2; i++) {
                int half = i / 2 % 2;
                int row = query + lane() / 4 + 8 * half;
                int column = key + i / 4 * 8 + lane() % 4 * 2 + i % 2;
                float &x = ds[0][i / 4][i % 4];
                x = weigh(p[0][i / 4][i % 4], log_sum[half], scores, plain, row, column) * (x - d[half]);
                if (scores.masked && row < at.q.rows && column < at.k.rows) {
                    d_mask[(long long)row * at.k.rows + column] = to_bf16(x);
                }
            }
            multiply_weights<WIDTH>(sums, ds, keys + buffer * TILE);
        }
        buffer = 1 - buffer;
    }
    store_rows<WIDTH>(d_q + at.plane * at.q.rows * at.q.columns, at.q.columns, at.q.rows, at.q.columns, query, sums[0], scores.scale, scores.scale);
}

// ---- the kernels ----------------------------------------------------------------------------------------------------

#define OUT_GRADS at.out_grads(d_o, d_o_batch, d_o_head, d_o_row)

extern "C" __global__ void __launch_bounds__(THREADS, 2)
attention_mma_32(OPERANDS(bf16), bf16 *o, long long o_batch, long long o_head, long long o_row, float *l) {
    Block<bf16> at = BLOCK(bf16, t, ROWS<32>);
    forward<32>(at, o + at.batch * o_batch + at.head * o_head, o_row, l);
}

extern "C" __global__ void __launch_bounds__(THREADS, 2)
attention_keys_grad_mma_32(GRADIENTS(bf16), bf16 *d_k, bf16 *d_v) {
    Block<bf16> at = BLOCK(bf16, s, GRADIENT_ROWS);
    gradient_of_keys<32>(at, OUT_GRADS, l, delta, d_k, d_v);
}

extern "C" __global__ void __launch_bounds__(THREADS, 2)
attention_queries_grad_mma_32(GRADIENTS(bf16), bf16 *d_q, bf16 *d_mask) {
    Block<bf16> at = BLOCK(bf16, t, GRADIENT_ROWS);
    gradient_of_queries<32>(at, OUT_GRADS, l, delta, d_q, d_mask);
}

// hot
extern "C" __global__ void __launch_bounds__(THREADS, 2)
attention_mma_64(OPERANDS(bf16), bf16 *o, long long o_batch, long long o_head, long long o_row, float *l) {
    Block<bf16> at = BLOCK(bf16, t, ROWS<64>);
    forward<64>(at, o + at.batch * o_batch + at.head * o_head, o_row, l);
}

// hot
extern "C" __global__ void __launch_bounds__(THREADS, 2)
attention_keys_grad_mma_64(GRADIENTS(bf16), bf16 *d_k, bf16 *d_v) {
    Block<bf16> at = BLOCK(bf16, s, GRADIENT_ROWS);
    gradient_of_keys<64>(at, OUT_GRADS, l, delta, d_k, d_v);
}

// hot
extern "C" __global__ void __launch_bounds__(THREADS, 2)
attention_queries_grad_mma_64(GRADIENTS(bf16), bf16 *d_q, bf16 *d_mask) {
    Block<bf16> at = BLOCK(bf16, t, GRADIENT_ROWS);
    gradient_of_queries<64>(at, OUT_GRADS, l, delta, d_q, d_mask);
}

extern "C" __global__ void __launch_bounds__(THREADS, 2)
attention_mma_96(OPERANDS(bf16), bf16 *o, long long o_batch, long long o_head, long long o_row, float *l) {
    Block<bf16> at = BLOCK(bf16, t, ROWS<96>);
    forward<96>(at, o + at.batch * o_batch + at.head * o_head, o_row, l);
}

extern "C" __global__ void __launch_bounds__(THREADS, 2)
attention_keys_grad_mma_96(GRADIENTS(bf16), bf16 *d_k, bf16 *d_v) {
    Block<bf16> at = BLOCK(bf16, s, GRADIENT_ROWS);
    gradient_of_keys<96>(at, OUT_GRADS, l, delta, d_k, d_v);
}

extern "C" __global__ void __launch_bounds__(THREADS, 2)
attention_queries_grad_mma_96(GRADIENTS(bf16), bf16 *d_q, bf16 *d_mask) {
    Block<bf16> at = BLOCK(bf16, t, GRADIENT_ROWS);
    gradient_of_queries<96>(at, OUT_GRADS, l, delta, d_q, d_mask);
}

// hot
extern "C" __global__ void __launch_bounds__(THREADS, 2)
attention_mma_128(OPERANDS(bf16), bf16 *o, long long o_batch, long long o_head, long long o_row, float *l) {
    Block<bf16> at = BLOCK(bf16, t, ROWS<128>);
    forward<128>(at, o + at.batch * o_batch + at.head * o_head, o_row, l);
}

// hot
extern "C" __global__ void __launch_bounds__(THREADS, 2)
attention_keys_grad_mma_128(GRADIENTS(bf16), bf16 *d_k, bf16 *d_v) {
    Block<bf16> at = BLOCK(bf16, s, GRADIENT_ROWS);
    gradient_of_keys<128>(at, OUT_GRADS, l, delta, d_k, d_v);
}

// hot
extern "C" __global__ void __launch_bounds__(THREADS, 2)
attention_queries_grad_mma_128(GRADIENTS(bf16), bf16 *d_q, bf16 *d_mask) {
    Block<bf16> at = BLOCK(bf16, t, GRADIENT_ROWS);
    gradient_of_queries<128>(at, OUT_GRADS, l, delta, d_q, d_mask);
}
