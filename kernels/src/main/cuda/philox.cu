// Uniform random numbers in [0, 1): Philox 4x32-10 (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as
// 1, 2, 3", SC 2011).
//
//   (a, b, c, d) = philox(key = seed, counter = (low(k), high(k), step, stream))
//   u[4k .. 4k+3] = (a, b, c, d) / 2^8 / 2^24, of which the upper 24 bits are kept
//
// Memory: reads the three words of seed and step, writes 4 bytes an element. About 60 integer instructions an element.
// Threads: one for four elements, stored at once where the address allows.
#include "dagrad.cuh"

// One block of four words; ten rounds.
__device__ __forceinline__ void philox4x32(unsigned (&counter)[4], unsigned key0, unsigned key1) {
    for (int round = 0; round < 10; round++) {
        unsigned high0 = __umulhi(0xD2511F53u, counter[0]);
        unsigned low0 = 0xD2511F53u * counter[0];
        unsigned high1 = __umulhi(0xCD9E8D57u, counter[2]);
        unsigned low1 = 0xCD9E8D57u * counter[2];
        counter[0] = high1 ^ counter[1] ^ key0;
        counter[1] = low1;
        counter[2] = high0 ^ counter[3] ^ key1;
        counter[3] = low0;
        key0 += 0x9E3779B9u;
        key1 += 0xBB67AE85u;
    }
}

// hot
extern "C" __global__ void __launch_bounds__(256)
philox_f32(const unsigned *seed, const unsigned *step, unsigned stream, float *u, long long size) {
    unsigned long long block = (unsigned long long)blockIdx.x * 256 + threadIdx.x;
    long long first = (long long)block * 4;
    if (first >= size) {
        return;
    }
    unsigned words[4] = {(unsigned)block, (unsigned)(block >> 32), step[0], stream};
    philox4x32(words, seed[0], seed[1]);
    pack<float, 4> drawn;
    for (int i = 0; i < 4; i++) {
        drawn.at[i] = (float)(words[i] >> 8) * 5.9604644775390625e-8f;
    }
    if (first + 4 <= size && (unsigned long long)u % 16 == 0) {
        store(u + first, drawn);
    } else {
        for (int i = 0; i < 4 && first + i < size; i++) {
            u[first + i] = drawn.at[i];
        }
    }
}
