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
// GPT-2 124M, 16 x 12 matrices, t = s = 1024, d = e = 64, causal: 136 of 256 tiles are seen, 26112 in all. Forward they
// are 2 products of 2 x 64³ FLOP, 27 GFLOP, the gradients 7 such products, 96 GFLOP: 1.4 and 4.9 ms on an A100 that does
// 19.5 TFLOP/s, at the very best. Operands and results are 50 MB each in f32; tiles of them that are read again come from
// the second level cache, 48 KiB for each tile forward, 1.3 GB. Two blocks share a multiprocessor, of 72 KiB and 512
// threads with 128 registers each.
#include "attention.cuh"

constexpr int TILE = 64;
constexpr int THREADS = 256;
constexpr int CHUNK = 32;
// Rows in shared memory lie 4 floats further apart than they need to, so that neighbours begin in other banks.
constexpr int CHUNK_PITCH = CHUNK + 4;
constexpr int TILE_PITCH = TILE + 4;

// Where the threads' 4 x 4 elements begin: rows 4 y + i, and columns x + 16 j in a tile of scores, 4 x + j in others.
__device__ __forceinline__ int thread_x() { return (int)threadIdx.x % 16; }
__device__ __forceinline__ int thread_y() { return (int)threadIdx.x / 16; }

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

// Writes rows [row, row + 64) of a matrix whose rows lie `pitch` elements apart, row i times factor[i].
template <int WIDTH, typename T>
__device__ __forceinline__ void store_rows(T *to, long long pitch, int rows, int columns, int row,
                                           const float (&sum)[WIDTH / TILE][4][4],
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
                    to[r * pitch + c] = from_float<T>(sum[part][i][j] * factor[i]);
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

// The tiles of the last queries, which see most, come first.
template <int WIDTH, typename T> __device__ __forceinline__ void forward(const Block<T> &at, T *o, long long o_row, float *l) {
    const Scores<T> &scores = at.scores;
    int query = (at.tiles - 1 - at.tile) * TILE;
    __shared__ Shared shared;
    float sums[WIDTH / TILE][4][4];
    float greatest[4] = {LEAST, LEAST, LEAST, LEAST};
    float sum[4] = {0.0f, 0.0f, 0.0f, 0.0f};
    clear<WIDTH>(sums);
    int end = scores.skips() ? min(at.k.rows, query + TILE) : at.k.rows;
    for (int key = 0; key < end; key += TILE) {
        float x[4][4];
        float shrink[4];
        multiply_rows(x, at.q, query, at.k, key, shared);
        weigh(x, scores, query, key, greatest, sum, shrink);
#pragma unroll
        for (int part = 0; part < WIDTH / TILE; part++) {
#pragma unroll
            for (int i = 0; i < 16; i++) {
                sums[part][i / 4][i % 4] *= shrink[i / 4];
            }
        }
        store_weights(shared, x);
        multiply_weights<false, WIDTH>(sums, at.v, key, shared);
    }
    float factor[4];
#pragma unroll
    for (int i = 0; i < 4; i++) {
        int row = query + 4 * thread_y() + i;
        factor[i] = 1.0f / sum[i];
        if (thread_x() == 0 && row < at.q.rows) {
            l[at.plane * at.q.rows + row] = greatest[i] + logf(sum[i]);
        }
    }
    store_rows<WIDTH>(o, o_row, at.q.rows, at.v.columns, query, sums, factor);
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
__device__ __forceinline__ void gradient_of_keys(const Block<T> &at, const Matrix<T> &d_o, const float *l,
                                                 const float *delta, T *d_k, T *d_v) {
    const Scores<T> &scores = at.scores;
    int key = at.tile * TILE;
    l += at.plane * scores.t;
    delta += at.plane * scores.t;
    __shared__ Shared shared;
    float keys[WIDTH / TILE][4][4];
    float values[WIDTH / TILE][4][4];
    clear<WIDTH>(keys);
    clear<WIDTH>(values);
    for (int query = scores.skips() ? key : 0; query < at.q.rows; query += TILE) {
        float p[4][4];
        float ds[4][4];
        multiply_rows(p, at.q, query, at.k, key, shared);
        multiply_rows(ds, d_o, query, at.v, key, shared);
        grade(p, ds, scores, query, key, l, delta);
        store_weights(shared, p);
        multiply_weights<true, WIDTH>(values, d_o, query, shared);
        store_weights(shared, ds);
        multiply_weights<true, WIDTH>(keys, at.q, query, shared);
    }
    float one[4] = {1.0f, 1.0f, 1.0f, 1.0f};
    float scale[4] = {scores.scale, scores.scale, scores.scale, scores.scale};
    store_rows<WIDTH>(d_v + at.plane * at.v.rows * at.v.columns, at.v.columns, at.v.rows, at.v.columns, key, values, one);
    store_rows<WIDTH>(d_k + at.plane * at.k.rows * at.k.columns, at.k.columns, at.k.rows, at.k.columns, key, keys, scale);
}

template <int WIDTH, typename T>
__device__ __forceinline__ void gradient_of_queries(const Block<T> &at, const Matrix<T> &d_o, const float *l,
                                                    const float *delta, T *d_q, T *d_mask) {
    const Scores<T> &scores = at.scores;
    int query = (at.tiles - 1 - at.tile) * TILE;
    l += at.plane * scores.t;
    delta += at.plane * scores.t;
    d_mask += at.plane * scores.t * scores.s;
    __shared__ Shared shared;
    float queries[WIDTH / TILE][4][4];
    clear<WIDTH>(queries);
    int end = scores.skips() ? min(at.k.rows, query + TILE) : at.k.rows;
    for (int key = 0; key < end; key += TILE) {
        float p[4][4];
        float ds[4][4];
        multiply_rows(p, at.q, query, at.k, key, shared);
        multiply_rows(ds, d_o, query, at.v, key, shared);
        grade(p, ds, scores, query, key, l, delta);
        if (scores.masked) {
#pragma unroll
            for (int i = 0; i < 16; i++) {
                int row = query + 4 * thread_y() + i / 4;
                int column = key + thread_x() + 16 * (i % 4);
                if (row < at.q.rows && column < at.k.rows) {
                    d_mask[(long long)row * at.k.rows + column] = from_float<T>(ds[i / 4][i % 4]);
                }
            }
        }
        store_weights(shared, ds);
        multiply_weights<false, WIDTH>(queries, at.k, key, shared);
    }
    float scale[4] = {scores.scale, scores.scale, scores.scale, scores.scale};
    store_rows<WIDTH>(d_q + at.plane * at.q.rows * at.q.columns, at.q.columns, at.q.rows, at.q.columns, query, queries, scale);
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

#define OUT_GRADS at.out_grads(d_o, d_o_batch, d_o_head, d_o_row)

// 2 blocks of 256 threads on a multiprocessor leave 128 registers to each.
#define KERNELS(T, NAME, WIDTH, BLOCKS)                                                                                \
    extern "C" __global__ void __launch_bounds__(THREADS, BLOCKS)                                                      \
    attention_##NAME##_##WIDTH(OPERANDS(T), T *o, long long o_batch, long long o_head, long long o_row, float *l) {    \
        Block<T> at = BLOCK(T, t, TILE);                                                                               \
        forward<WIDTH>(at, o + at.batch * o_batch + at.head * o_head, o_row, l);                                       \
    }                                                                                                                  \
    extern "C" __global__ void __launch_bounds__(THREADS, BLOCKS)                                                      \
    attention_keys_grad_##NAME##_##WIDTH(GRADIENTS(T), T *d_k, T *d_v) {                                               \
        Block<T> at = BLOCK(T, s, TILE);                                                                               \
        gradient_of_keys<WIDTH>(at, OUT_GRADS, l, delta, d_k, d_v);                                                    \
    }                                                                                                                  \
    extern "C" __global__ void __launch_bounds__(THREADS, BLOCKS)                                                      \
    attention_queries_grad_##NAME##_##WIDTH(GRADIENTS(T), T *d_q, T *d_mask) {                                         \
        Block<T> at = BLOCK(T, t, TILE);                                                                               \
        gradient_of_queries<WIDTH>(at, OUT_GRADS, l, delta, d_q, d_mask);                                              \
    }

// hot
KERNELS(float, f32, 64, 2)
KERNELS(float, f32, 128, 1)
KERNELS(float, f32, 256, 1)
KERNELS(bf16, bf16, 64, 2)
KERNELS(bf16, bf16, 128, 1)
KERNELS(bf16, bf16, 256, 1)

#define DELTA(T)                                                                                                       \
    const T *d_o, long long d_o_batch, long long d_o_head, long long d_o_row, const T *o, long long o_batch,           \
        long long o_head, long long o_row, int batches, int heads, int t, int e, float *out

// hot
extern "C" __global__ void attention_delta_f32(DELTA(float)) {
    delta(d_o, o, out, batches, heads, t, e, d_o_batch, d_o_head, d_o_row, o_batch, o_head, o_row);
}

// hot
extern "C" __global__ void attention_delta_bf16(DELTA(bf16)) {
    delta(d_o, o, out, batches, heads, t, e, d_o_batch, d_o_head, d_o_row, o_batch, o_head, o_row);
}
