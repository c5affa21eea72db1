// What the two halves of the emulated cuBLAS share: its numbers, its handle, and a call of one of its products.
#ifndef DAGRAD_EMULATOR_CUBLAS_H
#define DAGRAD_EMULATOR_CUBLAS_H

#include "emulator.h"

#include <cstddef>
#include <cstdint>

namespace dagrad {

enum Status {
    SUCCESS = 0,
    NOT_INITIALIZED = 1,
    ALLOC_FAILED = 3,
    INVALID_VALUE = 7,
    ARCH_MISMATCH = 8,
    MAPPING_ERROR = 11,
    EXECUTION_FAILED = 13,
    INTERNAL_ERROR = 14,
    NOT_SUPPORTED = 15,
    LICENSE_ERROR = 16,
};

enum { R_32F = 0, R_64F = 1, R_16BF = 14 };                                        // cudaDataType
enum { OP_N = 0, OP_T = 1, OP_C = 2 };                                             // cublasOperation_t
enum { POINTER_HOST = 0, POINTER_DEVICE = 1 };                                     // cublasPointerMode_t
enum { MATH_DEFAULT = 0, MATH_TENSOR_OP = 1, MATH_PEDANTIC = 2, MATH_TF32 = 3 };   // cublasMath_t, low four bits
enum {                                                                             // cublasComputeType_t
    COMPUTE_32F = 68,
    COMPUTE_32F_PEDANTIC = 69,
    COMPUTE_64F = 70,
    COMPUTE_64F_PEDANTIC = 71,
    COMPUTE_32F_FAST_16BF = 75,
    COMPUTE_32F_FAST_TF32 = 77,
};

struct Handle {
    dagrad_emu_stream stream = nullptr;
    int pointerMode = POINTER_HOST, mathMode = MATH_DEFAULT, atomicsMode = 0, smCountTarget = 0;
    void *workspace = nullptr;
    size_t workspaceBytes = 0;
};

// A call of any of the GEMM functions. Matrices are pointers (with strides from one product of a batch to the next), or
// arrays of pointers in device memory.
struct Call {
    const char *name;
    int opA, opB;
    int64_t m, n, k;
    const void *alpha;
    const void *a;
    int typeA;
    int64_t lda, strideA;
    const void *b;
    int typeB;
    int64_t ldb, strideB;
    const void *beta;
    void *c;
    int typeC;
    int64_t ldc, strideC, batch;
    int compute, algo;
    bool arrays;
};

// Checks a call and leaves its product as work on the handle's stream. Answered in cuBLAS's order: arguments that are
// wrong by themselves, then types that it does not combine. Pointers that are no device memory are found when the work
// runs; the context is broken then, as on a card.
Status submit(const Handle &handle, const Call &call);

} // namespace dagrad

#endif
