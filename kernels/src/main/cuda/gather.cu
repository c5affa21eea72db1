// Rows of a table by number, such as the vectors of words.
//
//   y[n] = x[i[n]]
//
// Memory: x [rows, width], i [count], y [count, width], dense. Rows are only copied, so that the element type does not
// matter: they are taken in units of 2, 4, 8 or 16 bytes, the largest that divides a row and both addresses. An index
// outside of 0 .. rows-1 is reported (its row is zeros then).
// Threads: threadIdx.y picks one of the block's rows, threadIdx.x walks along it.
#include "dagrad.cuh"

template <typename Unit, typename Index>
__device__ __forceinline__ void gather(const Unit *x, const Index *indices, Unit *y, long long count, int rows,
                                       int units, unsigned *fault, int launch) {
    long long n = (long long)blockIdx.x * blockDim.y + threadIdx.y;
    if (n >= count) {
        return;
    }
    Index row = indices[n];
    bool there = row >= 0 && row < rows;
    if (!there && threadIdx.x == 0) {
        report_fault(fault, launch, row);
    }
    const Unit *from = x + (there ? (long long)row * units : 0);
    Unit *to = y + n * units;
    for (int i = threadIdx.x; i < units; i += blockDim.x) {
        to[i] = there ? from[i] : Unit{};
    }
}

// hot
extern "C" __global__ void __launch_bounds__(256)
gather_2_i32(const unsigned short *x, const int *indices, unsigned short *y, long long count, int rows, int units,
             unsigned *fault, int launch) {
    gather(x, indices, y, count, rows, units, fault, launch);
}

extern "C" __global__ void __launch_bounds__(256)
gather_2_i64(const unsigned short *x, const long long *indices, unsigned short *y, long long count, int rows, int units,
             unsigned *fault, int launch) {
    gather(x, indices, y, count, rows, units, fault, launch);
}

// hot
extern "C" __global__ void __launch_bounds__(256)
gather_4_i32(const unsigned *x, const int *indices, unsigned *y, long long count, int rows, int units,
             unsigned *fault, int launch) {
    gather(x, indices, y, count, rows, units, fault, launch);
}

extern "C" __global__ void __launch_bounds__(256)
gather_4_i64(const unsigned *x, const long long *indices, unsigned *y, long long count, int rows, int units,
             unsigned *fault, int launch) {
    gather(x, indices, y, count, rows, units, fault, launch);
}

// hot
extern "C" __global__ void __launch_bounds__(256)
gather_8_i32(const uint2 *x, const int *indices, uint2 *y, long long count, int rows, int units,
             unsigned *fault, int launch) {
    gather(x, indices, y, count, rows, units, fault, launch);
}

extern "C" __global__ void __launch_bounds__(256)
gather_8_i64(const uint2 *x, const long long *indices, uint2 *y, long long count, int rows, int units,
             unsigned *fault, int launch) {
    gather(x, indices, y, count, rows, units, fault, launch);
}

// hot
extern "C" __global__ void __launch_bounds__(256)
gather_16_i32(const uint4 *x, const int *indices, uint4 *y, long long count, int rows, int units,
              unsigned *fault, int launch) {
    gather(x, indices, y, count, rows, units, fault, launch);
}

extern "C" __global__ void __launch_bounds__(256)
gather_16_i64(const uint4 *x, const long long *indices, uint4 *y, long long count, int rows, int units,
              unsigned *fault, int launch) {
    gather(x, indices, y, count, rows, units, fault, launch);
}
