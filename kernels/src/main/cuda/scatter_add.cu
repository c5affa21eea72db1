// Sums of rows by number: the gradient of gather.
//
//   y[r] = Σ u[n] over the n with i[n] = r, in ascending order
//
// Without floating-point atomics, so that the same operands give the same bits:
//
//   1. scatter_keys: the row numbers as keys, and 0, 1, 2, … as the order, checked.
//   2. The order is sorted by key, stably, by radix: for each 8 bits of the keys, the lowest first,
//        scatter_count   how often each block of threads meets each digit,
//        scatter_scan    where each block's share of each digit begins,
//        scatter_place   keys and order moved there.
//   3. scatter_sum: the sorted updates in chunks of equal length, whatever their keys, so that no key is too frequent.
//      The sum of a run of one key goes to its row of y; but what a chunk has of a run that began before is put aside as
//      the chunk's head.
//   4. scatter_join: adds the heads of the later chunks that a run touches to its row of y.
//
// Memory: i [count], u [count, width], y [rows, width], dense; y, which is f32 for bf16 updates, is zeros before. In the
// workspace: keys and order twice, 4 bytes an element each; 256 numbers for each block of threads that sorts; a head of
// `width` sums for each chunk. Steps 1 and 2 move about 16 bytes an index and pass; u is read once, and each row of y
// that is met written once.
#include "dagrad.cuh"
#include "sums.cuh"

// ---- the order of the updates ----------------------------------------------------------------------------------------

// Threads: one for an index. One outside of 0 .. rows-1 is reported and taken for 0.
template <typename Index>
__device__ __forceinline__ void scatter_keys(const Index *indices, int *keys, int *order, int count, int rows,
                                             unsigned *fault, int launch) {
    int n = blockIdx.x * blockDim.x + threadIdx.x;
    if (n >= count) {
        return;
    }
    Index row = indices[n];
    bool there = row >= 0 && row < rows;
    if (!there) {
        report_fault(fault, launch, row);
    }
    keys[n] = there ? (int)row : 0;
    order[n] = n;
}

extern "C" __global__ void __launch_bounds__(256)
scatter_keys_i32(const int *indices, int *keys, int *order, int count, int rows, unsigned *fault, int launch) {
    scatter_keys(indices, keys, order, count, rows, fault, launch);
}

extern "C" __global__ void __launch_bounds__(256)
scatter_keys_i64(const long long *indices, int *keys, int *order, int count, int rows, unsigned *fault, int launch) {
    scatter_keys(indices, keys, order, count, rows, fault, launch);
}

constexpr int DIGITS = 256;
constexpr int WARPS = 8;

__device__ __forceinline__ int digit_of(int key, int shift) { return key >> shift & (DIGITS - 1); }

// counts[d, b] = how many of block b's keys have the digit d.
// Threads: 256; a block has the next WARPS * 32 * rounds keys, a warp the next 32 * rounds of these.
extern "C" __global__ void __launch_bounds__(256)
scatter_count(const int *keys, int *counts, int count, int shift, int rounds) {
    __shared__ int found[DIGITS];
    found[threadIdx.x] = 0;
    __syncthreads();
    int first = blockIdx.x * WARPS * 32 * rounds;
    int last = min(count, first + WARPS * 32 * rounds);
    for (int n = first + threadIdx.x; n < last; n += blockDim.x) {
        atomicAdd(&found[digit_of(keys[n], shift)], 1);
    }
    __syncthreads();
    counts[threadIdx.x * gridDim.x + blockIdx.x] = found[threadIdx.x];
}

// Each number becomes the sum of those before it.
// Threads: one block of 1024, of which each has `each` adjacent numbers.
extern "C" __global__ void __launch_bounds__(1024) scatter_scan(int *numbers, int size) {
    __shared__ int of_warp[32];
    int lane = threadIdx.x % 32;
    int warp = threadIdx.x / 32;
    int each = (size + 1023) / 1024;
    int first = min(size, (int)threadIdx.x * each);
    int last = min(size, first + each);
    int mine = 0;
    for (int i = first; i < last; i++) {
        mine += numbers[i];
    }
    // The sum of the threads up to this one in its warp, then of the warps up to its own.
    int upto = mine;
    for (int distance = 1; distance < 32; distance *= 2) {
        int before = __shfl_up_sync(0xffffffffu, upto, distance);
        upto += lane >= distance ? before : 0;
    }
    if (lane == 31) {
        of_warp[warp] = upto;
    }
    __syncthreads();
    int warps = of_warp[lane];
    for (int distance = 1; distance < 32; distance *= 2) {
        int before = __shfl_up_sync(0xffffffffu, warps, distance);
        warps += lane >= distance ? before : 0;
    }
    int earlier = __shfl_sync(0xffffffffu, warps, max(warp - 1, 0));
    int sum = (warp == 0 ? 0 : earlier) + upto - mine;
    for (int i = first; i < last; i++) {
        int number = numbers[i];
        numbers[i] = sum;
        sum += number;
    }
}

// Moves each key to where `begins` says that its block's share of its digit begins, behind the block's earlier keys of
// that digit; and its place in the order with it.
// Threads: as in scatter_count.
extern "C" __global__ void __launch_bounds__(256)
scatter_place(const int *keys, const int *order, const int *begins, int *keys_out, int *order_out, int count, int shift,
              int rounds) {
    // Where each warp's next key of each digit goes.
    __shared__ int next[WARPS][DIGITS];
    int lane = threadIdx.x % 32;
    int warp = threadIdx.x / 32;
    int first = (blockIdx.x * WARPS + warp) * 32 * rounds;
    for (int w = 0; w < WARPS; w++) {
        next[w][threadIdx.x] = 0;
    }
    __syncthreads();
    for (int round = 0; round < rounds; round++) {
        int n = first + round * 32 + lane;
        if (n < count) {
            atomicAdd(&next[warp][digit_of(keys[n], shift)], 1);
        }
    }
    __syncthreads();
    int begin = begins[threadIdx.x * gridDim.x + blockIdx.x];
    for (int w = 0; w < WARPS; w++) {
        int found = next[w][threadIdx.x];
        next[w][threadIdx.x] = begin;
        begin += found;
    }
    __syncthreads();
    for (int round = 0; round < rounds; round++) {
        int n = first + round * 32 + lane;
        bool there = n < count;
        int key = there ? keys[n] : 0;
        int digit = digit_of(key, shift);
        // The lanes with the same digit.
        unsigned same = __ballot_sync(0xffffffffu, there);
        for (int bit = 1; bit < DIGITS; bit *= 2) {
            unsigned set = __ballot_sync(0xffffffffu, digit & bit);
            same &= digit & bit ? set : ~set;
        }
        int before = __popc(same & ((1u << lane) - 1u));
        int place = next[warp][digit] + before;
        __syncwarp(0xffffffffu);
        if (there && before == 0) {
            next[warp][digit] += __popc(same);
        }
        __syncwarp(0xffffffffu);
        if (there) {
            keys_out[place] = key;
            order_out[place] = order[n];
        }
    }
}

// ---- the sums --------------------------------------------------------------------------------------------------------

// Updates in a chunk, and how many of them a thread reads before it adds, so that it need not wait for each.
constexpr int CHUNK = 32;
constexpr int AHEAD = 4;

// V adjacent columns of one chunk.
template <int V, typename T>
__device__ __forceinline__ void sum_chunk(const T *updates, const int *keys, const int *order, Sum<T> *y, Sum<T> *heads,
                                          int chunk, int count, int width, int column) {
    int first = chunk * CHUNK;
    int last = min(count, first + CHUNK);
    int key = keys[first];
    bool began = first == 0 || keys[first - 1] != key;
    pack<Sum<T>, V> sums = same<V>(Sum<T>(0));
    for (int p = first; p < last; p += AHEAD) {
        pack<T, V> read[AHEAD];
#pragma unroll
        for (int j = 0; j < AHEAD; j++) {
            read[j] = load<V>(updates + (long long)order[min(p + j, last - 1)] * width + column);
        }
#pragma unroll
        for (int j = 0; j < AHEAD; j++) {
            if (p + j < last) {
                if (keys[p + j] != key) {
                    store((began ? y + (long long)key * width : heads + (long long)chunk * width) + column, sums);
                    sums = same<V>(Sum<T>(0));
                    began = true;
                    key = keys[p + j];
                }
                for (int v = 0; v < V; v++) {
                    sums.at[v] = plus(sums.at[v], widen(read[j].at[v]));
                }
            }
        }
    }
    store((began ? y + (long long)key * width : heads + (long long)chunk * width) + column, sums);
}

// Threads: threadIdx.y picks one of the block's chunks, threadIdx.x walks along the columns, where it can in packs.
template <typename T>
__device__ __forceinline__ void scatter_sum(const T *updates, const int *keys, const int *order, Sum<T> *y,
                                            Sum<T> *heads, int count, int width) {
    constexpr int V = 16 / (int)sizeof(T);
    int chunk = blockIdx.x * blockDim.y + threadIdx.y;
    if ((long long)chunk * CHUNK >= count) {
        return;
    }
    bool packs = width % V == 0 && (unsigned long long)updates % 16 == 0 && (unsigned long long)y % 16 == 0;
    for (int i = threadIdx.x; packs && i * V < width; i += blockDim.x) {
        sum_chunk<V>(updates, keys, order, y, heads, chunk, count, width, i * V);
    }
    for (int i = threadIdx.x; !packs && i < width; i += blockDim.x) {
        sum_chunk<1>(updates, keys, order, y, heads, chunk, count, width, i);
    }
}

// Threads: a block for each chunk but the first; it has work if there a run goes on that began in the chunk before.
// threadIdx.x walks along the columns; the heads are dealt to threadIdx.y in turns, and the sums of these are added in
// order.
template <typename S>
__device__ __forceinline__ void scatter_join(const int *keys, S *y, const S *heads, int count, int width) {
    extern __shared__ unsigned long long shared[];
    S *parts = reinterpret_cast<S *>(shared);
    int chunk = blockIdx.x + 1;
    int key = keys[chunk * CHUNK];
    int before = (chunk - 1) * CHUNK;
    if (keys[chunk * CHUNK - 1] != key || (before > 0 && keys[before - 1] == key)) {
        return;
    }
    for (int first = 0; first < width; first += blockDim.x) {
        int column = first + threadIdx.x;
        S sum = S(0);
        if (column < width) {
            for (int c = chunk + threadIdx.y; c * CHUNK < count && keys[c * CHUNK] == key; c += blockDim.y) {
                sum = plus(sum, heads[(long long)c * width + column]);
            }
        }
        parts[threadIdx.y * blockDim.x + threadIdx.x] = sum;
        __syncthreads();
        if (threadIdx.y == 0 && column < width) {
            sum = y[(long long)key * width + column];
            for (int part = 0; part < (int)blockDim.y; part++) {
                sum = plus(sum, parts[part * blockDim.x + threadIdx.x]);
            }
            y[(long long)key * width + column] = sum;
        }
        __syncthreads();
    }
}

// hot
extern "C" __global__ void __launch_bounds__(256, 2)
scatter_sum_f32(const float *updates, const int *keys, const int *order, float *y, float *heads, int count,
                int width) {
    scatter_sum(updates, keys, order, y, heads, count, width);
}

// hot
extern "C" __global__ void __launch_bounds__(256, 2)
scatter_sum_bf16(const bf16 *updates, const int *keys, const int *order, float *y, float *heads, int count,
                 int width) {
    scatter_sum(updates, keys, order, y, heads, count, width);
}

extern "C" __global__ void __launch_bounds__(256, 2)
scatter_sum_f64(const double *updates, const int *keys, const int *order, double *y, double *heads, int count,
                int width) {
    scatter_sum(updates, keys, order, y, heads, count, width);
}

extern "C" __global__ void __launch_bounds__(256, 2)
scatter_sum_i32(const int *updates, const int *keys, const int *order, int *y, int *heads, int count,
                int width) {
    scatter_sum(updates, keys, order, y, heads, count, width);
}

extern "C" __global__ void __launch_bounds__(256, 2)
scatter_sum_i64(const long long *updates, const int *keys, const int *order, long long *y, long long *heads, int count,
                int width) {
    scatter_sum(updates, keys, order, y, heads, count, width);
}

extern "C" __global__ void __launch_bounds__(256)
scatter_join_f32(const int *keys, float *y, const float *heads, int count, int width) {
    scatter_join(keys, y, heads, count, width);
}

extern "C" __global__ void __launch_bounds__(256)
scatter_join_f64(const int *keys, double *y, const double *heads, int count, int width) {
    scatter_join(keys, y, heads, count, width);
}

extern "C" __global__ void __launch_bounds__(256)
scatter_join_i32(const int *keys, int *y, const int *heads, int count, int width) {
    scatter_join(keys, y, heads, count, width);
}

extern "C" __global__ void __launch_bounds__(256)
scatter_join_i64(const int *keys, long long *y, const long long *heads, int count, int width) {
    scatter_join(keys, y, heads, count, width);
}
