// Attention and its gradients by plain multiplications and additions: really f32, for every card.
//
//     s = q kᵀ scale + mask,  l = log Σ exp s,  p = exp(s - l),  o = p v
//     D = Σ do o,  ds = p (do vᵀ - D),  dq = ds k scale,  dk = dsᵀ q scale,  dv = pᵀ do,  dmask = ds
//
// after Dao, "FlashAttention-2: Faster Attention with Better Parallelism and Work Partitioning", 2023: the scores exist
// only tile by tile, 64 queries by 64 keys, and never in memory. The softmax runs along: when a row's maximum grows,
// what was summed before it shrinks by exp(old - new).
//
// Memory: q [t, d], k [s, d], v [s, e], mask [t, s], o and do [t, e], l [t] for each of batches x heads matrices. What
// is read has adjacent elements within a row; rows, heads and batches lie any distance apart, so that q, k and v may be
// parts of one product. What is written is dense. l is f32, and so is all arithmetic. Shared memory is 36 KiB: two chunks of
// operands, and one tile of weights.
//
// Threads: a block of 256 is a 16 x 16 grid over a tile, each thread with 4 x 4 elements of it; for products like
// o [64, e] it has 4 x 4 elements of each 64 columns. WIDTH is the number of columns that the registers have room for.
// Blocks stand in one row, tiles innermost, those with most to do first.
//
// In the manner of the whole project there are no atomics: dk and dv come from a block for each tile of keys, dq from a
// block for each tile of queries, which finds p again. That costs 7 products of tiles for the gradients in place of 5.
//
// GPT-2 124M, 16 x 12 matrices, t = s = 1024, d = e = 64, causal (about half of the tiles, 136 of 256): forward
// 2 products x 2 x 64³ FLOP x 136 tiles x 192 = 27 GFLOP, gradients 7/2 of it, 96 GFLOP; on an A100 (19.5 TFLOP/s)
// 1.4 and 4.9 ms at best. Each operand is 50 MB in f32; read again for every tile it comes from the L2 cache:
// 136 x 192 x 48 KiB = 1.3 GB forward.
#include "dagrad.cuh"

constexpr int TILE = 64;
constexpr int THREADS = 256;
constexpr int CHUNK = 32;
// Rows in shared memory lie 4 floats further apart than they need to, so that neighbours begin in other banks.
constexpr int CHUNK_PITCH = CHUNK + 4;
constexpr int TILE_PITCH = TILE + 4;

constexpr float LOG2_E = 1.44269504f;
constexpr float LEAST = -3.40282347e38f;
// What takes a score out of the softmax: far below any score, yet finite.
constexpr float HIDDEN = -1e30f;
// A maximum below this is that of a row which sees nothing.
constexpr float NOTHING_SEEN = -1e29f;

// Where the threads' 4 x 4 elements begin: rows 4 y + i, and columns x + 16 j in a tile of scores, 4 x + j in others.
__device__ __forceinline__ int thread_x() { return (int)threadIdx.x % 16; }
__device__ __forceinline__ int thread_y() { return (int)threadIdx.x / 16; }

template <typename T> struct Matrix {
    const T *data;
    long long pitch;
    int rows;
    int columns;
};

struct Shared {
    union {
        float chunks[2][TILE][CHUNK_PITCH];
        float columns[TILE][TILE_PITCH];
    };
    float weights[TILE][TILE_PITCH];
};

// Copies 64 rows of COLUMNS columns, with zeros where the matrix has none.
template <int COLUMNS, int PITCH, typename T>
__device__ __forceinline__ void load_tile(float (&to)[TILE][PITCH], const Matrix<T> &from, int row, int column) {
#pragma unroll 2
    for (int i = (int)threadIdx.x; i < TILE * COLUMNS; i += THREADS) {
        int r = row + i / COLUMNS;
        int c = column + i % COLUMNS;
        bool inside = r < from.rows && c < from.columns;
        to[i / COLUMNS][i % COLUMNS] = inside ? to_float(from.data[r * from.pitch + c]) : 0.0f;
    }
}

// sum = a bᵀ for 64 rows of each.
template <typename T>
__device__ __forceinline__ void multiply_rows(float (&sum)[4][4], const Matrix<T> &a, int a_row, const Matrix<T> &b,
                                              int b_row, Shared &shared) {
#pragma unroll
    for (int i = 0; i < 4; i++) {
#pragma unroll
        for (int j = 0; j < 4; j++) {
            sum[i][j] = 0.0f;
        }
    }
    for (int column = 0; column < a.columns; column += CHUNK) {
        __syncthreads();
        load_tile<CHUNK>(shared.chunks[0], a, a_row, column);
        load_tile<CHUNK>(shared.chunks[1], b, b_row, column);
        __syncthreads();
#pragma unroll 1
        for (int c = 0; c < CHUNK; c += 4) {
            float4 x[4];
            float4 y[4];
#pragma unroll
            for (int i = 0; i < 4; i++) {
                x[i] = *(const float4 *)&shared.chunks[0][4 * thread_y() + i][c];
                y[i] = *(const float4 *)&shared.chunks[1][thread_x() + 16 * i][c];
            }
#pragma unroll
            for (int i = 0; i < 4; i++) {
#pragma unroll
                for (int j = 0; j < 4; j++) {
                    sum[i][j] = fmaf(x[i].x, y[j].x, sum[i][j]);
                    sum[i][j] = fmaf(x[i].y, y[j].y, sum[i][j]);
                    sum[i][j] = fmaf(x[i].z, y[j].z, sum[i][j]);
                    sum[i][j] = fmaf(x[i].w, y[j].w, sum[i][j]);
                }
            }
        }
    }
}

// sum += w b for 64 rows of b, 64 columns at a time, where w, or its transpose, is in shared.weights.
template <bool TRANSPOSED, int WIDTH, typename T>
__device__ __forceinline__ void multiply_weights(float (&sum)[WIDTH / TILE][4][4], const Matrix<T> &b, int b_row,
                                                 Shared &shared) {
#pragma unroll
    for (int part = 0; part < WIDTH / TILE; part++) {
        if (part * TILE < b.columns) {
            __syncthreads();
            load_tile<TILE>(shared.columns, b, b_row, part * TILE);
            __syncthreads();
#pragma unroll 2
            for (int k = 0; k < TILE; k++) {
                float4 y = *(const float4 *)&shared.columns[k][4 * thread_x()];
                float x[4];
#pragma unroll
                for (int i = 0; i < 4; i++) {
                    int row = 4 * thread_y() + i;
                    x[i] = TRANSPOSED ? shared.weights[k][row] : shared.weights[row][k];
                }
#pragma unroll
                for (int i = 0; i < 4; i++) {
                    sum[part][i][0] = fmaf(x[i], y.x, sum[part][i][0]);
                    sum[part][i][1] = fmaf(x[i], y.y, sum[part][i][1]);
                    sum[part][i][2] = fmaf(x[i], y.z, sum[part][i][2]);
                    sum[part][i][3] = fmaf(x[i], y.w, sum[part][i][3]);
                }
            }
        }
    }
}

template <int WIDTH> __device__ __forceinline__ void clear(float (&sum)[WIDTH / TILE][4][4]) {
#pragma unroll
    for (int part = 0; part < WIDTH / TILE; part++) {
#pragma unroll
        for (int i = 0; i < 16; i++) {
            sum[part][i / 4][i % 4] = 0.0f;
        }
    }
}

// Writes rows [row, row + 64) of a dense matrix, row i times factor[i].
template <int WIDTH, typename T>
__device__ __forceinline__ void store_rows(T *to, int rows, int columns, int row, const float (&sum)[WIDTH / TILE][4][4],
                                      const float (&factor)[4]) {
#pragma unroll
    for (int part = 0; part < WIDTH / TILE; part++) {
#pragma unroll
        for (int i = 0; i < 4; i++) {
            int r = row + 4 * thread_y() + i;
#pragma unroll
            for (int j = 0; j < 4; j++) {
                int c = part * TILE + 4 * thread_x() + j;
                if (r < rows && c < columns) {
                    to[(long long)r * columns + c] = from_float<T>(sum[part][i][j] * factor[i]);
                }
            }
        }
    }
}

__device__ __forceinline__ void store_weights(Shared &shared, const float (&weights)[4][4]) {
    __syncthreads();
#pragma unroll
    for (int i = 0; i < 4; i++) {
#pragma unroll
        for (int j = 0; j < 4; j++) {
            shared.weights[4 * thread_y() + i][thread_x() + 16 * j] = weights[i][j];
        }
    }
}

// What the kernels know of the scores.
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

    // The score of a query and a key, from the product of the two.
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

// exp(score - shift)
__device__ __forceinline__ float weight(float score, float shift) { return exp2_fast((score - shift) * LOG2_E); }

// Over the 16 threads that share rows of a tile.
__device__ __forceinline__ float row_max(float x) {
    for (int distance = 8; distance > 0; distance /= 2) {
        x = fmaxf(x, __shfl_xor_sync(0xffffffffu, x, distance));
    }
    return x;
}

__device__ __forceinline__ float row_sum(float x) {
    for (int distance = 8; distance > 0; distance /= 2) {
        x += __shfl_xor_sync(0xffffffffu, x, distance);
    }
    return x;
}

// What a row's sum of weights is divided by, as a factor. Where nothing is seen, l has lost the logarithm of the sum in
// rounding, and every weight exp(s - l) is 1.
__device__ __forceinline__ float normalizer(float greatest, float sum) {
    return greatest < NOTHING_SEEN ? 1.0f : 1.0f / sum;
}

// ---- forward --------------------------------------------------------------------------------------------------------

// One tile of scores: grows the maxima, and turns the scores into weights.
//
// shrink: what the rows' old sums are to be multiplied by
template <typename T>
__device__ __forceinline__ void weigh(float (&x)[4][4], const Scores<T> &scores, int query, int key,
                                      float (&greatest)[4], float (&sum)[4], float (&shrink)[4]) {
#pragma unroll
    for (int i = 0; i < 4; i++) {
        float most = greatest[i];
#pragma unroll
        for (int j = 0; j < 4; j++) {
            x[i][j] = scores.score(x[i][j], query + 4 * thread_y() + i, key + thread_x() + 16 * j);
            most = fmaxf(most, x[i][j]);
        }
        most = row_max(most);
        shrink[i] = weight(greatest[i], most);
        greatest[i] = most;
        float part = 0.0f;
#pragma unroll
        for (int j = 0; j < 4; j++) {
            x[i][j] = weight(x[i][j], most);
            part += x[i][j];
        }
        sum[i] = fmaf(sum[i], shrink[i], row_sum(part));
    }
}

template <int WIDTH, typename T>
__device__ __forceinline__ void forward(const Matrix<T> &q, const Matrix<T> &k, const Matrix<T> &v,
                                        const Scores<T> &scores, int query, T *o, float *l) {
    __shared__ Shared shared;
    float sums[WIDTH / TILE][4][4];
    float greatest[4] = {LEAST, LEAST, LEAST, LEAST};
    float sum[4] = {0.0f, 0.0f, 0.0f, 0.0f};
    clear<WIDTH>(sums);
    int end = scores.skips() ? min(k.rows, query + TILE) : k.rows;
    for (int key = 0; key < end; key += TILE) {
        float x[4][4];
        float shrink[4];
        multiply_rows(x, q, query, k, key, shared);
        weigh(x, scores, query, key, greatest, sum, shrink);
#pragma unroll
        for (int part = 0; part < WIDTH / TILE; part++) {
#pragma unroll
            for (int i = 0; i < 16; i++) {
                sums[part][i / 4][i % 4] *= shrink[i / 4];
            }
        }
        store_weights(shared, x);
        multiply_weights<false, WIDTH>(sums, v, key, shared);
    }
    float factor[4];
#pragma unroll
    for (int i = 0; i < 4; i++) {
        int row = query + 4 * thread_y() + i;
        factor[i] = normalizer(greatest[i], sum[i]);
        if (thread_x() == 0 && row < q.rows) {
            l[row] = greatest[i] + logf(sum[i]);
        }
    }
    store_rows<WIDTH>(o, q.rows, v.columns, query, sums, factor);
}

// ---- gradients ------------------------------------------------------------------------------------------------------

// p and ds of one tile. Rows beyond the last get no weight.
template <typename T>
__device__ __forceinline__ void grade(float (&p)[4][4], float (&ds)[4][4], const Scores<T> &scores, int query, int key,
                                      const float *l, const float *delta) {
#pragma unroll
    for (int i = 0; i < 4; i++) {
        int row = query + 4 * thread_y() + i;
        bool inside = row < scores.t;
        float log_sum = inside ? l[row] : __int_as_float(0x7f800000);
        float d = inside ? delta[row] : 0.0f;
#pragma unroll
        for (int j = 0; j < 4; j++) {
            p[i][j] = weight(scores.score(p[i][j], row, key + thread_x() + 16 * j), log_sum);
            ds[i][j] = p[i][j] * (ds[i][j] - d);
        }
    }
}

template <int WIDTH, typename T>
__device__ __forceinline__ void gradient_of_keys(const Matrix<T> &q, const Matrix<T> &k, const Matrix<T> &v,
                                                 const Matrix<T> &d_o, const Scores<T> &scores, int key, const float *l,
                                                 const float *delta, T *d_k, T *d_v) {
    __shared__ Shared shared;
    float keys[WIDTH / TILE][4][4];
    float values[WIDTH / TILE][4][4];
    clear<WIDTH>(keys);
    clear<WIDTH>(values);
    for (int query = scores.skips() ? key : 0; query < q.rows; query += TILE) {
        float p[4][4];
        float ds[4][4];
        multiply_rows(p, q, query, k, key, shared);
        multiply_rows(ds, d_o, query, v, key, shared);
        grade(p, ds, scores, query, key, l, delta);
        store_weights(shared, p);
        multiply_weights<true, WIDTH>(values, d_o, query, shared);
        store_weights(shared, ds);
        multiply_weights<true, WIDTH>(keys, q, query, shared);
    }
    float one[4] = {1.0f, 1.0f, 1.0f, 1.0f};
    float scale[4] = {scores.scale, scores.scale, scores.scale, scores.scale};
    store_rows<WIDTH>(d_v, v.rows, v.columns, key, values, one);
    store_rows<WIDTH>(d_k, k.rows, k.columns, key, keys, scale);
}

template <int WIDTH, typename T>
__device__ __forceinline__ void gradient_of_queries(const Matrix<T> &q, const Matrix<T> &k, const Matrix<T> &v,
                                                    const Matrix<T> &d_o, const Scores<T> &scores, int query,
                                                    const float *l, const float *delta, T *d_q, T *d_mask) {
    __shared__ Shared shared;
    float queries[WIDTH / TILE][4][4];
    clear<WIDTH>(queries);
    int end = scores.skips() ? min(k.rows, query + TILE) : k.rows;
    for (int key = 0; key < end; key += TILE) {
        float p[4][4];
        float ds[4][4];
        multiply_rows(p, q, query, k, key, shared);
        multiply_rows(ds, d_o, query, v, key, shared);
        grade(p, ds, scores, query, key, l, delta);
        if (scores.masked) {
#pragma unroll
            for (int i = 0; i < 16; i++) {
                int row = query + 4 * thread_y() + i / 4;
                int column = key + thread_x() + 16 * (i % 4);
                if (row < q.rows && column < k.rows) {
                    d_mask[(long long)row * k.rows + column] = from_float<T>(ds[i / 4][i % 4]);
                }
            }
        }
        store_weights(shared, ds);
        multiply_weights<false, WIDTH>(queries, k, key, shared);
    }
    float scale[4] = {scores.scale, scores.scale, scores.scale, scores.scale};
    store_rows<WIDTH>(d_q, q.rows, q.columns, query, queries, scale);
}

// D = Σ do o: a warp for each row.
template <typename T>
__device__ __forceinline__ void delta(const T *d_o, const T *o, float *out, int batches, int heads, int t, int e,
                                      long long d_o_batch, long long d_o_head, long long d_o_row, long long o_batch,
                                      long long o_head, long long o_row) {
    long long row = ((long long)blockIdx.x * blockDim.x + threadIdx.x) / 32;
    if (row >= (long long)batches * heads * t) {
        return;
    }
    int lane = (int)threadIdx.x % 32;
    long long plane = row / t;
    const T *a = d_o + plane / heads * d_o_batch + plane % heads * d_o_head + row % t * d_o_row;
    const T *b = o + plane / heads * o_batch + plane % heads * o_head + row % t * o_row;
    float sum = 0.0f;
    for (int i = lane; i < e; i += 32) {
        sum = fmaf(to_float(a[i]), to_float(b[i]), sum);
    }
    sum = warp_sum(sum);
    if (lane == 0) {
        out[row] = sum;
    }
}

// ---- the kernels ----------------------------------------------------------------------------------------------------

// Blocks: batches x heads x tiles of 64 queries (keys for dk and dv), in one row.
#define PLACE(rows)                                                                                                    \
    int tiles = ((rows) + TILE - 1) / TILE;                                                                            \
    int plane = (int)(blockIdx.x / tiles);                                                                             \
    int tile = (int)(blockIdx.x % tiles);                                                                              \
    long long batch = plane / heads;                                                                                   \
    long long head = plane % heads;

#define OPERANDS(T)                                                                                                    \
    Matrix<T> qs = {q + batch * q_batch + head * q_head, q_row, t, d};                                                 \
    Matrix<T> ks = {k + batch * k_batch + head * k_head, k_row, s, d};                                                 \
    Matrix<T> vs = {v + batch * v_batch + head * v_head, v_row, s, e};                                                 \
    Matrix<T> masks = {mask + batch * mask_batch + head * mask_head, mask_row, t, s};                                  \
    Scores<T> scores = {masks, t, s, scale, causal != 0, masked != 0};

#define PARAMETERS(T)                                                                                                  \
    const T *q, long long q_batch, long long q_head, long long q_row, const T *k, long long k_batch, long long k_head, \
        long long k_row, const T *v, long long v_batch, long long v_head, long long v_row, const T *mask,              \
        long long mask_batch, long long mask_head, long long mask_row, int heads, int t, int s, int d, int e,          \
        float scale, int causal, int masked

#define KERNELS(T, NAME, WIDTH)                                                                                        \
    extern "C" __global__ void __launch_bounds__(THREADS, WIDTH == 64 ? 2 : 1) attention_##NAME##_##WIDTH(PARAMETERS(T), T *o, float *l) {      \
        PLACE(t)                                                                                                       \
        OPERANDS(T)                                                                                                    \
        long long row = (long long)plane * t;                                                                          \
        forward<WIDTH>(qs, ks, vs, scores, (tiles - 1 - tile) * TILE, o + row * e, l + row);                           \
    }                                                                                                                  \
    extern "C" __global__ void __launch_bounds__(THREADS, WIDTH == 64 ? 2 : 1)                                                              \
        attention_keys_grad_##NAME##_##WIDTH(PARAMETERS(T), const T *d_o, long long d_o_batch, long long d_o_head,     \
                                             long long d_o_row, const float *l, const float *delta, T *d_k, T *d_v) {   \
        PLACE(s)                                                                                                       \
        OPERANDS(T)                                                                                                    \
        Matrix<T> d_os = {d_o + batch * d_o_batch + head * d_o_head, d_o_row, t, e};                                   \
        gradient_of_keys<WIDTH>(qs, ks, vs, d_os, scores, tile * TILE, l + (long long)plane * t,                        \
                                delta + (long long)plane * t, d_k + (long long)plane * s * d,                          \
                                d_v + (long long)plane * s * e);                                                       \
    }                                                                                                                  \
    extern "C" __global__ void __launch_bounds__(THREADS, WIDTH == 64 ? 2 : 1)                                                              \
        attention_queries_grad_##NAME##_##WIDTH(PARAMETERS(T), const T *d_o, long long d_o_batch, long long d_o_head,  \
                                                long long d_o_row, const float *l, const float *delta, T *d_q,             \
                                                T *d_mask) {                                                           \
        PLACE(t)                                                                                                       \
        OPERANDS(T)                                                                                                    \
        Matrix<T> d_os = {d_o + batch * d_o_batch + head * d_o_head, d_o_row, t, e};                                   \
        gradient_of_queries<WIDTH>(qs, ks, vs, d_os, scores, (tiles - 1 - tile) * TILE,                                \
                                   l + (long long)plane * t, delta + (long long)plane * t,                             \
                                   d_q + (long long)plane * t * d, d_mask + (long long)plane * t * s);                 \
    }

#define DELTA_KERNEL(T, NAME)                                                                                          \
    extern "C" __global__ void attention_delta_##NAME(                                                                 \
        const T *d_o, long long d_o_batch, long long d_o_head, long long d_o_row, const T *o, long long o_batch,       \
        long long o_head, long long o_row, int batches, int heads, int t, int e, float *out) {                         \
        delta(d_o, o, out, batches, heads, t, e, d_o_batch, d_o_head, d_o_row, o_batch, o_head, o_row);                \
    }

DELTA_KERNEL(float, f32)
DELTA_KERNEL(bf16, bf16)
KERNELS(float, f32, 64)
KERNELS(float, f32, 128)
KERNELS(float, f32, 256)
KERNELS(bf16, bf16, 64)
KERNELS(bf16, bf16, 128)
KERNELS(bf16, bf16, 256)
