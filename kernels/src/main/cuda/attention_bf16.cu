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
// results once. Tiles lie in shared memory with 16 bytes between their rows, by which the 8 rows that one ldmatrix
// reads begin in different banks.
//
// Threads: 128. What a block owns is loaded once; what it walks along (STEP rows at a time) has two buffers, of which
// one is filled by cp.async while the other is used, with one __syncthreads for a step. No atomics: dk and dv are one
// kernel, dq another, which is 7 products of tiles instead of the 5 of one kernel that adds up dq in any order.
//
// GPT-2 124M, 16 x 12 matrices, t = s = 1024, d = e = 64, causal: products forward 27 GFLOP (136 of 256 tiles of 64 x
// 64, 4 x 64³ FLOP each, 192 times), gradients 96 GFLOP, on an A100 (312 TFLOP/s) 0.09 and 0.31 ms, on an H100
// (about 600 with these instructions) half of that, at best. Operands and results are 25 MB each: 101 MB forward, 0.07
// ms at 1.5 TB/s, so that it is the products, and what is done for each score between them, that take the time: 13.4
// million scores in 32 lanes' worth of exponentials each direction. Shared memory: 55 KiB forward (128 queries, 64
// keys at a time), 56 for dk and dv, 54 for dq: 2 blocks on an A100 multiprocessor of 164 KiB, 8 warps of 64.
#include "dagrad.cuh"

constexpr int THREADS = 128;
constexpr int WARPS = 4;

constexpr float LOG2_E = 1.44269504f;
constexpr float LEAST = -3.40282347e38f;
// What takes a score out of the softmax: far below any score, yet finite.
constexpr float HIDDEN = -1e30f;
// A maximum below this is that of a row which sees nothing.
constexpr float NOTHING_SEEN = -1e29f;

// Elements from one row of a tile of WIDTH columns to the next.
template <int WIDTH> constexpr int PITCH = WIDTH + 8;

// Rows of what a block walks along, at a time: registers and shared memory do not allow more.
template <int WIDTH> constexpr int STEP = WIDTH <= 64 ? 64 : 32;

// Times 16 queries of a warp forward: with two a fragment of k or v is read once for both.
template <int WIDTH> constexpr int HEIGHT = WIDTH <= 64 ? 2 : 1;

__device__ __forceinline__ int lane() { return (int)threadIdx.x % 32; }
__device__ __forceinline__ int warp() { return (int)threadIdx.x / 32; }

struct Matrix {
    const bf16 *data;
    long long pitch;
    int rows;
    int columns;

    // Whether rows can be copied 8 elements at a time.
    __device__ __forceinline__ bool aligned() const {
        return (reinterpret_cast<unsigned long long>(data) % 16 | (unsigned long long)pitch % 8 |
                (unsigned long long)columns % 8) == 0;
    }
};

// Copies ROWS rows, with zeros where the matrix has none.
template <int ROWS, int WIDTH> __device__ __forceinline__ void load_tile(bf16 *to, const Matrix &from, int row) {
    constexpr int PIECES = WIDTH / 8;
    bool aligned = from.aligned();
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
#pragma unroll
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

// Writes a warp's 16 rows of a dense matrix, times a factor for the rows lane / 4 and another for those 8 below.
template <int WIDTH>
__device__ __forceinline__ void store_rows(bf16 *to, int rows, int columns, int row, const float (&sum)[WIDTH / 8][4],
                                           float upper, float lower) {
    bool pairs = columns % 2 == 0 && reinterpret_cast<unsigned long long>(to) % 4 == 0;
#pragma unroll
    for (int i = 0; i < 2; i++) {
        int r = row + lane() / 4 + 8 * i;
        float factor = i == 0 ? upper : lower;
#pragma unroll
        for (int n = 0; n < WIDTH / 8; n++) {
            int c = 8 * n + lane() % 4 * 2;
            float left = sum[n][2 * i] * factor;
            float right = sum[n][2 * i + 1] * factor;
            bf16 *target = to + (long long)r * columns + c;
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

// ---- scores ---------------------------------------------------------------------------------------------------------

struct Scores {
    Matrix mask;
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

// Over the 4 lanes that share rows of a tile.
__device__ __forceinline__ float row_max(float x) {
    x = fmaxf(x, __shfl_xor_sync(0xffffffffu, x, 1));
    return fmaxf(x, __shfl_xor_sync(0xffffffffu, x, 2));
}

__device__ __forceinline__ float row_sum(float x) {
    x += __shfl_xor_sync(0xffffffffu, x, 1);
    return x + __shfl_xor_sync(0xffffffffu, x, 2);
}

// ---- forward --------------------------------------------------------------------------------------------------------

// A warp's running softmax of its rows: i / 2 says which 16 rows, i % 2 whether lane / 4 or 8 below.
template <int M> struct Softmax {
    float greatest[2 * M];
    // Of this lane's columns only; the lanes' are added at the end.
    float sum[2 * M];

    // Turns a tile of products into weights, growing the maxima, and shrinks what has been summed before.
    template <int N, int COLUMNS>
    __device__ __forceinline__ void weigh(float (&x)[M][N][4], float (&sums)[M][COLUMNS][4], const Scores &scores,
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

template <int WIDTH>
__device__ __forceinline__ void forward(const Matrix &q, const Matrix &k, const Matrix &v, const Scores &scores,
                                        int first, bf16 *o, float *l) {
    constexpr int M = HEIGHT<WIDTH>;
    constexpr int N = STEP<WIDTH>;
    constexpr int TILE = N * PITCH<WIDTH>;
    extern __shared__ uint4 shared_memory[];
    bf16 *queries = reinterpret_cast<bf16 *>(shared_memory);
    bf16 *keys = queries + 16 * M * WARPS * PITCH<WIDTH>;
    bf16 *values = keys + 2 * TILE;

    load_tile<16 * M * WARPS, WIDTH>(queries, q, first);
    load_tile<N, WIDTH>(keys, k, 0);
    load_tile<N, WIDTH>(values, v, 0);
    int query = first + 16 * M * warp();
    int end = scores.skips() ? min(k.rows, first + 16 * M * WARPS) : k.rows;
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
            load_tile<N, WIDTH>(keys + (1 - buffer) * TILE, k, key + N);
            load_tile<N, WIDTH>(values + (1 - buffer) * TILE, v, key + N);
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
            // Where nothing is seen, l has lost the logarithm of the sum in rounding, and every weight exp(s - l) is 1.
            factor[i] = greatest < NOTHING_SEEN ? 1.0f : 1.0f / sum;
            if (lane() % 4 == 0 && row < q.rows) {
                l[row] = greatest + logf(sum);
            }
        }
        store_rows<WIDTH>(o, q.rows, v.columns, query + 16 * m, sums[m], factor[0], factor[1]);
    }
}

// ---- gradients ------------------------------------------------------------------------------------------------------

// p from a product. A plain tile's score is never made.
__device__ __forceinline__ float weigh(float product, float log_sum, const Scores &scores, bool plain, int query,
                                       int key) {
    return plain ? exp2_fast(fmaf(product, scores.scale * LOG2_E, -log_sum * LOG2_E))
                 : weight(scores.score(product, query, key), log_sum);
}

// Rows beyond the last query have a score of 0, l = 0, and so a weight, but do = 0 and D = 0.
template <int WIDTH>
__device__ __forceinline__ void gradient_of_keys(const Matrix &q, const Matrix &k, const Matrix &v, const Matrix &d_o,
                                                 const Scores &scores, int first, const float *l, const float *delta,
                                                 bf16 *d_k, bf16 *d_v) {
    constexpr int N = STEP<WIDTH>;
    constexpr int OWN = 16 * WARPS * PITCH<WIDTH>;
    constexpr int TILE = N * PITCH<WIDTH>;
    extern __shared__ uint4 shared_memory[];
    bf16 *keys = reinterpret_cast<bf16 *>(shared_memory);
    bf16 *values = keys + OWN;
    bf16 *queries = values + OWN;
    bf16 *out_grads = queries + 2 * TILE;
    float *log_sums = reinterpret_cast<float *>(out_grads + 2 * TILE);
    float *deltas = log_sums + 2 * N;

    int begin = scores.skips() ? first : 0;
    load_tile<16 * WARPS, WIDTH>(keys, k, first);
    load_tile<16 * WARPS, WIDTH>(values, v, first);
    load_tile<N, WIDTH>(queries, q, begin);
    load_tile<N, WIDTH>(out_grads, d_o, begin);
    load_numbers<N>(log_sums, l, begin, q.rows);
    load_numbers<N>(deltas, delta, begin, q.rows);
    int key = first + 16 * warp();
    float key_sums[1][WIDTH / 8][4];
    float value_sums[1][WIDTH / 8][4];
    clear(key_sums);
    clear(value_sums);
    int buffer = 0;
    for (int query = begin; query < q.rows; query += N) {
        wait_for_copies();
        __syncthreads();
        if (query + N < q.rows) {
            load_tile<N, WIDTH>(queries + (1 - buffer) * TILE, q, query + N);
            load_tile<N, WIDTH>(out_grads + (1 - buffer) * TILE, d_o, query + N);
            load_numbers<N>(log_sums + (1 - buffer) * N, l, query + N, q.rows);
            load_numbers<N>(deltas + (1 - buffer) * N, delta, query + N, q.rows);
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
    store_rows<WIDTH>(d_v, v.rows, v.columns, key, value_sums[0], 1.0f, 1.0f);
    store_rows<WIDTH>(d_k, k.rows, k.columns, key, key_sums[0], scores.scale, scores.scale);
}

template <int WIDTH>
__device__ __forceinline__ void gradient_of_queries(const Matrix &q, const Matrix &k, const Matrix &v,
                                                    const Matrix &d_o, const Scores &scores, int first, const float *l,
                                                    const float *delta, bf16 *d_q, bf16 *d_mask) {
    constexpr int N = STEP<WIDTH>;
    constexpr int OWN = 16 * WARPS * PITCH<WIDTH>;
    constexpr int TILE = N * PITCH<WIDTH>;
    extern __shared__ uint4 shared_memory[];
    bf16 *queries = reinterpret_cast<bf16 *>(shared_memory);
    bf16 *out_grads = queries + OWN;
    bf16 *keys = out_grads + OWN;
    bf16 *values = keys + 2 * TILE;

    load_tile<16 * WARPS, WIDTH>(queries, q, first);
    load_tile<16 * WARPS, WIDTH>(out_grads, d_o, first);
    load_tile<N, WIDTH>(keys, k, 0);
    load_tile<N, WIDTH>(values, v, 0);
    int query = first + 16 * warp();
    int end = scores.skips() ? min(k.rows, first + 16 * WARPS) : k.rows;
    float log_sum[2];
    float d[2];
#pragma unroll
    for (int i = 0; i < 2; i++) {
        int row = query + lane() / 4 + 8 * i;
        log_sum[i] = row < q.rows ? l[row] : 0.0f;
        d[i] = row < q.rows ? delta[row] : 0.0f;
    }
    float sums[1][WIDTH / 8][4];
    clear(sums);
    int buffer = 0;
    for (int key = 0; key < end; key += N) {
        wait_for_copies();
        __syncthreads();
        if (key + N < end) {
            load_tile<N, WIDTH>(keys + (1 - buffer) * TILE, k, key + N);
            load_tile<N, WIDTH>(values + (1 - buffer) * TILE, v, key + N);
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
                if (scores.masked && row < q.rows && column < k.rows) {
                    d_mask[(long long)row * k.rows + column] = to_bf16(x);
                }
            }
            multiply_weights<WIDTH>(sums, ds, keys + buffer * TILE);
        }
        buffer = 1 - buffer;
    }
    store_rows<WIDTH>(d_q, q.rows, q.columns, query, sums[0], scores.scale, scores.scale);
}

// ---- the kernels ----------------------------------------------------------------------------------------------------

// Blocks: batches x heads x tiles of ROWS rows, in one row.
#define PLACE(rows, ROWS)                                                                                              \
    int tiles = ((rows) + (ROWS)-1) / (ROWS);                                                                          \
    int plane = (int)(blockIdx.x / tiles);                                                                             \
    int tile = (int)(blockIdx.x % tiles);                                                                              \
    long long batch = plane / heads;                                                                                   \
    long long head = plane % heads;

#define OPERANDS                                                                                                       \
    Matrix qs = {q + batch * q_batch + head * q_head, q_row, t, d};                                                    \
    Matrix ks = {k + batch * k_batch + head * k_head, k_row, s, d};                                                    \
    Matrix vs = {v + batch * v_batch + head * v_head, v_row, s, e};                                                    \
    Matrix masks = {mask + batch * mask_batch + head * mask_head, mask_row, t, s};                                     \
    Scores scores = {masks, t, s, scale, causal != 0, masked != 0};

#define PARAMETERS                                                                                                     \
    const bf16 *q, long long q_batch, long long q_head, long long q_row, const bf16 *k, long long k_batch,             \
        long long k_head, long long k_row, const bf16 *v, long long v_batch, long long v_head, long long v_row,        \
        const bf16 *mask, long long mask_batch, long long mask_head, long long mask_row, int heads, int t, int s,      \
        int d, int e, float scale, int causal, int masked

#define OUT_GRADS const bf16 *d_o, long long d_o_batch, long long d_o_head, long long d_o_row

#define KERNELS(WIDTH)                                                                                                 \
    extern "C" __global__ void __launch_bounds__(THREADS, 2)                                                           \
        attention_mma_##WIDTH(PARAMETERS, bf16 *o, float *l) {                                                         \
        PLACE(t, 16 * HEIGHT<WIDTH> * WARPS)                                                                           \
        OPERANDS                                                                                                       \
        long long row = (long long)plane * t;                                                                          \
        forward<WIDTH>(qs, ks, vs, scores, (tiles - 1 - tile) * 16 * HEIGHT<WIDTH> * WARPS, o + row * e, l + row);     \
    }                                                                                                                  \
    extern "C" __global__ void __launch_bounds__(THREADS, 2)                                                           \
        attention_keys_grad_mma_##WIDTH(PARAMETERS, OUT_GRADS, const float *l, const float *delta, bf16 *d_k,          \
                                        bf16 *d_v) {                                                                   \
        PLACE(s, 16 * WARPS)                                                                                           \
        OPERANDS                                                                                                       \
        Matrix d_os = {d_o + batch * d_o_batch + head * d_o_head, d_o_row, t, e};                                      \
        gradient_of_keys<WIDTH>(qs, ks, vs, d_os, scores, tile * 16 * WARPS, l + (long long)plane * t,                 \
                                delta + (long long)plane * t, d_k + (long long)plane * s * d,                          \
                                d_v + (long long)plane * s * e);                                                       \
    }                                                                                                                  \
    extern "C" __global__ void __launch_bounds__(THREADS, 2)                                                           \
        attention_queries_grad_mma_##WIDTH(PARAMETERS, OUT_GRADS, const float *l, const float *delta, bf16 *d_q,       \
                                           bf16 *d_mask) {                                                             \
        PLACE(t, 16 * WARPS)                                                                                           \
        OPERANDS                                                                                                       \
        Matrix d_os = {d_o + batch * d_o_batch + head * d_o_head, d_o_row, t, e};                                      \
        gradient_of_queries<WIDTH>(qs, ks, vs, d_os, scores, (tiles - 1 - tile) * 16 * WARPS,                          \
                                   l + (long long)plane * t, delta + (long long)plane * t,                             \
                                   d_q + (long long)plane * t * d, d_mask + (long long)plane * t * s);                 \
    }

KERNELS(32)
// hot
KERNELS(64)
KERNELS(96)
KERNELS(128)
