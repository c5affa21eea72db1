// The products of the emulated cuBLAS: what the arguments may be, and what runs on the stream. The arithmetic is in
// cublas_arithmetic.cpp.
#include "cublas.h"
#include "cublas_arithmetic.h"

#include <cstdio>
#include <initializer_list>
#include <memory>

namespace dagrad {
namespace {

// The work that a call leaves on the stream.
struct Work {
    Call call;
    Product product;
    bool scalarsOnDevice;
    void *workspace;
    size_t workspaceBytes;
};

bool isTransposed(int op) {
    return op != OP_N;
}

Status checkValues(const Call &c) {
    if (c.opA < OP_N || c.opA > OP_C || c.opB < OP_N || c.opB > OP_C)
        return INVALID_VALUE;
    if (c.m < 0 || c.n < 0 || c.k < 0 || c.batch < 0 || !c.alpha || !c.beta)
        return INVALID_VALUE;
    auto atLeast = [](int64_t ld, int64_t rows) { return ld >= (rows > 1 ? rows : 1); };
    if (!atLeast(c.lda, isTransposed(c.opA) ? c.k : c.m) || !atLeast(c.ldb, isTransposed(c.opB) ? c.n : c.k) ||
        !atLeast(c.ldc, c.m))
        return INVALID_VALUE;
    bool algoKnown = (c.algo >= -1 && c.algo <= 23) || (c.algo >= 99 && c.algo <= 115);
    return algoKnown ? SUCCESS : INVALID_VALUE;
}

bool isFloat32(int compute) {
    return compute == COMPUTE_32F || compute == COMPUTE_32F_PEDANTIC;
}

// The rows of the table of types under cublasGemmEx in the manual that have real f32, bf16 and f64 operands.
Status chooseTypes(const Call &c, int mathMode, Product &p) {
    if (c.typeA != c.typeB)
        return NOT_SUPPORTED;
    p.rounding = Rounding::NONE;
    if (c.typeA == R_64F && c.typeC == R_64F && (c.compute == COMPUTE_64F || c.compute == COMPUTE_64F_PEDANTIC)) {
        p.in = p.out = Type::F64;
        return SUCCESS;
    }
    if (c.typeA == R_16BF && (c.typeC == R_16BF || c.typeC == R_32F) && isFloat32(c.compute)) {
        p.in = Type::BF16;
        p.out = c.typeC == R_32F ? Type::F32 : Type::BF16;
        return SUCCESS;
    }
    if (c.typeA != R_32F || c.typeC != R_32F)
        return NOT_SUPPORTED;
    p.in = p.out = Type::F32;
    int math = mathMode & 15;
    if (c.compute == COMPUTE_32F_FAST_TF32 || (c.compute == COMPUTE_32F && math == MATH_TF32))
        p.rounding = math == MATH_PEDANTIC ? Rounding::NONE : Rounding::TF32;
    else if (c.compute == COMPUTE_32F_FAST_16BF)
        p.rounding = math == MATH_PEDANTIC ? Rounding::NONE : Rounding::BF16;
    else if (!isFloat32(c.compute))
        return NOT_SUPPORTED;
    return SUCCESS;
}

// Bytes from a matrix's first element to behind its last: `rows` and `columns` as it is stored.
size_t span(int64_t rows, int64_t columns, int64_t ld, Type type) {
    return rows == 0 || columns == 0 ? 0 : static_cast<size_t>((columns - 1) * ld + rows) * bytes(type);
}

// What a call moves through device memory at the least: each operand that differs once, and C again where it is read.
uint64_t traffic(const Work &w) {
    const Call &c = w.call;
    const Product &p = w.product;
    auto times = [&](int64_t stride) { return static_cast<uint64_t>(c.arrays || stride != 0 ? c.batch : 1); };
    uint64_t a = static_cast<uint64_t>(c.m * c.k) * bytes(p.in) * times(c.strideA);
    uint64_t b = static_cast<uint64_t>(c.k * c.n) * bytes(p.in) * times(c.strideB);
    bool readsC = w.scalarsOnDevice || p.beta != 0;
    return a + b + static_cast<uint64_t>(c.m * c.n * c.batch) * bytes(p.out) * (readsC ? 2 : 1);
}

struct Range {
    const void *at;
    size_t bytes;
    size_t alignment;
};

// 0, or what the emulator makes of memory that is not the device's. A misaligned address is as bad.
int check(const char *name, Range range) {
    bool aligned = reinterpret_cast<uintptr_t>(range.at) % range.alignment == 0;
    if (range.bytes == 0 || (aligned && dagrad_emu_check_range(range.at, range.bytes)))
        return 0;
    return dagrad_emu_fault(name, range.at, range.bytes);
}

double scalar(const void *at, Type type) {
    if (type == Type::F64) {
        double value;
        std::memcpy(&value, at, 8);
        return value;
    }
    float value;
    std::memcpy(&value, at, 4);
    return value;
}

// The i-th matrix of a batch.
const void *matrix(const void *base, bool arrays, int64_t i, int64_t stride, Type type) {
    if (arrays)
        return static_cast<const void *const *>(base)[i];
    return static_cast<const char *>(base) + i * stride * static_cast<int64_t>(bytes(type));
}

int runOne(const Work &w, const Product &p, int64_t i) {
    const Call &c = w.call;
    const void *a = matrix(c.a, c.arrays, i, c.strideA, p.in), *b = matrix(c.b, c.arrays, i, c.strideB, p.in);
    void *out = const_cast<void *>(matrix(c.c, c.arrays, i, c.strideC, p.out));
    if (p.alpha != 0) {
        size_t spanA = p.transposeA ? span(p.k, p.m, p.lda, p.in) : span(p.m, p.k, p.lda, p.in);
        size_t spanB = p.transposeB ? span(p.n, p.k, p.ldb, p.in) : span(p.k, p.n, p.ldb, p.in);
        if (int status = check(c.name, {a, spanA, bytes(p.in)}))
            return status;
        if (int status = check(c.name, {b, spanB, bytes(p.in)}))
            return status;
    }
    if (int status = check(c.name, {out, span(p.m, p.n, p.ldc, p.out), bytes(p.out)}))
        return status;
    multiply(p, a, b, out);
    return 0;
}

int run(void *closure) {
    const Work &w = *static_cast<const Work *>(closure);
    const Call &c = w.call;
    Product p = w.product;
    Type scalars = p.in == Type::F64 ? Type::F64 : Type::F32;
    size_t pointers = c.arrays ? static_cast<size_t>(c.batch) * sizeof(void *) : 0;
    for (const Range &range : {Range{w.workspace, w.workspaceBytes, 256}, Range{c.a, pointers, sizeof(void *)},
                               Range{c.b, pointers, sizeof(void *)}, Range{c.c, pointers, sizeof(void *)},
                               Range{c.alpha, w.scalarsOnDevice ? bytes(scalars) : 0, bytes(scalars)},
                               Range{c.beta, w.scalarsOnDevice ? bytes(scalars) : 0, bytes(scalars)}})
        if (int status = check(c.name, range))
            return status;
    if (w.scalarsOnDevice) {
        p.alpha = scalar(c.alpha, scalars);
        p.beta = scalar(c.beta, scalars);
    }
    for (int64_t i = 0; i < c.batch; i++)
        if (int status = runOne(w, p, i))
            return status;
    return 0;
}

void release(void *closure) {
    delete static_cast<Work *>(closure);
}

} // namespace

Status submit(const Handle &handle, const Call &c) {
    if (Status status = checkValues(c))
        return status;
    auto work = std::make_unique<Work>();
    Product &p = work->product;
    if (Status status = chooseTypes(c, handle.mathMode, p))
        return status;
    if (c.m == 0 || c.n == 0 || c.batch == 0)
        return SUCCESS;
    if (c.batch > 1 && !c.arrays && c.strideC == 0) {
        std::fprintf(stderr, "emulator: %s: the %lld products of the batch would all write the same matrix\n", c.name,
                     static_cast<long long>(c.batch));
        return INVALID_VALUE;
    }
    p.m = c.m, p.n = c.n, p.k = c.k;
    p.lda = c.lda, p.ldb = c.ldb, p.ldc = c.ldc;
    p.transposeA = isTransposed(c.opA), p.transposeB = isTransposed(c.opB);
    work->call = c;
    work->scalarsOnDevice = handle.pointerMode == POINTER_DEVICE;
    if (!work->scalarsOnDevice) {
        Type type = p.in == Type::F64 ? Type::F64 : Type::F32;
        p.alpha = scalar(c.alpha, type);
        p.beta = scalar(c.beta, type);
    }
    work->workspace = handle.workspace;
    work->workspaceBytes = handle.workspaceBytes;
    uint64_t moved = traffic(*work);
    int result = dagrad_emu_enqueue(handle.stream, DAGRAD_EMU_GEMM, c.name, moved, run, work.release(), release);
    return result == 0 ? SUCCESS : EXECUTION_FAILED;
}

} // namespace dagrad
