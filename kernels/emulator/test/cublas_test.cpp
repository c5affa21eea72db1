// The emulated cuBLAS against plain loops in double, through its own interface and the emulated driver.
//
// A product in float32 of k terms differs from the exact one by at most (k + 2) * 2^-24 * sum |a||b| (Higham, Accuracy
// and Stability of Numerical Algorithms, section 3.5); with a result in bfloat16, by 2^-8 of the result more. That this
// is a real bound is seen by products whose operands are rounded: they must not pass as unrounded ones.
#include "cublas.h"
#include "cublas_arithmetic.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

extern "C" {
int cuInit(unsigned flags);
int cuDeviceGet(int *device, int ordinal);
int cuCtxCreate_v2(void **context, unsigned flags, int device);
int cuCtxDestroy_v2(void *context);
int cuStreamCreate(dagrad_emu_stream *stream, unsigned flags);
int cuStreamDestroy_v2(dagrad_emu_stream stream);
int cublasCreate_v2(dagrad::Handle **handle);
int cublasDestroy_v2(dagrad::Handle *handle);
int cublasSetStream_v2(dagrad::Handle *handle, dagrad_emu_stream stream);
int cublasSetPointerMode_v2(dagrad::Handle *handle, int mode);
int cublasSetMathMode(dagrad::Handle *handle, int mode);
int cublasSetWorkspace_v2(dagrad::Handle *handle, void *workspace, size_t size);
const char *cublasGetStatusName(int status);
int cublasSaxpy_v2(dagrad::Handle *handle, int n, const float *alpha, const float *x, int incx, float *y, int incy);
int cublasGemmEx(dagrad::Handle *handle, int opA, int opB, int m, int n, int k, const void *alpha, const void *a,
                 int typeA, int lda, const void *b, int typeB, int ldb, const void *beta, void *c, int typeC, int ldc,
                 int compute, int algo);
int cublasGemmStridedBatchedEx(dagrad::Handle *handle, int opA, int opB, int m, int n, int k, const void *alpha,
                               const void *a, int typeA, int lda, long long strideA, const void *b, int typeB, int ldb,
                               long long strideB, const void *beta, void *c, int typeC, int ldc, long long strideC,
                               int batch, int compute, int algo);
int cublasGemmBatchedEx(dagrad::Handle *handle, int opA, int opB, int m, int n, int k, const void *alpha,
                        const void *const *a, int typeA, int lda, const void *const *b, int typeB, int ldb,
                        const void *beta, void *const *c, int typeC, int ldc, int batch, int compute, int algo);
}

using namespace dagrad;

namespace {

int failures = 0;

void expect(bool good, const std::string &what) {
    if (!good) {
        failures++;
        std::printf("FAILED: %s\n", what.c_str());
    }
}

void expectStatus(int status, int wanted, const std::string &what) {
    expect(status == wanted, what + ": " + cublasGetStatusName(status) + " instead of " + cublasGetStatusName(wanted));
}

std::mt19937 generator(20);

double number() {
    return std::uniform_real_distribution<double>(-2, 2)(generator);
}

Type typeOf(int cudaType) {
    return cudaType == R_16BF ? Type::BF16 : cudaType == R_32F ? Type::F32 : Type::F64;
}

// A matrix in device memory, which for the emulator's caller is memory like any other.
struct Matrix {
    Type type;
    size_t elements;
    void *at = nullptr;

    Matrix(int cudaType, size_t elements) : type(typeOf(cudaType)), elements(elements) {
        expect(dagrad_emu_allocate(&at, std::max(size_t{1}, elements) * bytes(type)) == 0, "memory");
        for (size_t i = 0; i < elements; i++)
            set(i, number());
    }
    Matrix(const Matrix &) = delete;
    ~Matrix() {
        dagrad_emu_free(at);
    }
    void set(size_t i, double value) {
        if (type == Type::F64)
            static_cast<double *>(at)[i] = value;
        else if (type == Type::F32)
            static_cast<float *>(at)[i] = static_cast<float>(value);
        else
            static_cast<uint16_t *>(at)[i] = roundToBf16(static_cast<float>(value));
    }
    double get(size_t i) const {
        if (type == Type::F64)
            return static_cast<double *>(at)[i];
        return type == Type::F32 ? static_cast<float *>(at)[i] : fromBf16(static_cast<uint16_t *>(at)[i]);
    }
};

struct Case {
    int opA, opB, m, n, k, slack; // the leading dimensions are `slack` larger than they need be
    int in, out, compute;
    float alpha, beta;

    int lda() const {
        return std::max(1, opA == OP_N ? m : k) + slack;
    }
    int ldb() const {
        return std::max(1, opB == OP_N ? k : n) + slack;
    }
    int ldc() const {
        return m + slack;
    }
    size_t sizeA() const {
        return static_cast<size_t>(lda()) * static_cast<size_t>(opA == OP_N ? k : m);
    }
    size_t sizeB() const {
        return static_cast<size_t>(ldb()) * static_cast<size_t>(opB == OP_N ? n : k);
    }
    size_t sizeC() const {
        return static_cast<size_t>(ldc()) * static_cast<size_t>(n);
    }
    std::string text() const {
        return "op " + std::to_string(opA) + std::to_string(opB) + " " + std::to_string(m) + "x" + std::to_string(n) +
               "x" + std::to_string(k) + " slack " + std::to_string(slack) + " types " + std::to_string(in) + "," +
               std::to_string(out) + " compute " + std::to_string(compute);
    }
};

double rounded(double value, int compute) {
    if (compute == COMPUTE_32F_FAST_TF32)
        return roundToTf32(static_cast<float>(value));
    return compute == COMPUTE_32F_FAST_16BF ? fromBf16(roundToBf16(static_cast<float>(value))) : value;
}

// The largest error of a result in units of its bound, with operands rounded as `compute` says.
double worst(const Case &t, int compute, const Matrix &a, size_t atA, const Matrix &b, size_t atB, const Matrix &c,
             size_t atC, const std::vector<double> &before) {
    double largest = 0;
    for (int j = 0; j < t.n; j++)
        for (int i = 0; i < t.m; i++) {
            double sum = 0, size = 0;
            for (int p = 0; p < t.k; p++) {
                size_t ia = static_cast<size_t>(t.opA == OP_N ? i + p * t.lda() : p + i * t.lda());
                size_t ib = static_cast<size_t>(t.opB == OP_N ? p + j * t.ldb() : j + p * t.ldb());
                double term = rounded(a.get(atA + ia), compute) * rounded(b.get(atB + ib), compute);
                sum += term;
                size += std::fabs(term);
            }
            size_t ic = atC + static_cast<size_t>(i + j * t.ldc());
            double old = t.beta == 0 ? 0 : t.beta * before[ic];
            double exact = t.alpha * sum + old;
            double unit = t.in == R_64F ? 0x1p-53 : 0x1p-24;
            double bound = (t.k + 2) * unit * (std::fabs(t.alpha) * size + std::fabs(old));
            bound += t.out == R_16BF ? 0x1p-8 * std::fabs(exact) : 0;
            double error = std::fabs(c.get(ic) - exact);
            largest = std::fmax(largest, std::isnan(error) ? INFINITY : error == 0 ? 0 : error / bound);
        }
    return largest;
}

std::vector<double> contents(const Matrix &m) {
    std::vector<double> values(m.elements);
    for (size_t i = 0; i < m.elements; i++)
        values[i] = m.get(i);
    return values;
}

struct Scalars {
    double f64[2];
    float f32[2];
    explicit Scalars(const Case &t) : f64{t.alpha, t.beta}, f32{t.alpha, t.beta} {}
    const void *alpha(int in) const {
        return in == R_64F ? static_cast<const void *>(f64) : f32;
    }
    const void *beta(int in) const {
        return in == R_64F ? static_cast<const void *>(f64 + 1) : f32 + 1;
    }
};

void one(Handle *handle, dagrad_emu_stream stream, const Case &t) {
    Matrix a(t.in, t.sizeA()), b(t.in, t.sizeB()), c(t.out, t.sizeC());
    if (t.beta == 0)
        c.set(0, NAN); // must not be read
    std::vector<double> before = contents(c);
    Scalars s(t);
    expectStatus(cublasGemmEx(handle, t.opA, t.opB, t.m, t.n, t.k, s.alpha(t.in), a.at, t.in, t.lda(), b.at, t.in,
                              t.ldb(), s.beta(t.in), c.at, t.out, t.ldc(), t.compute, -1),
                 SUCCESS, t.text());
    expect(dagrad_emu_synchronize(stream) == 0, "synchronize: " + t.text());
    double error = worst(t, t.compute, a, 0, b, 0, c, 0, before);
    expect(error <= 1, t.text() + ": error of " + std::to_string(error) + " bounds");
    bool rounds = t.compute == COMPUTE_32F_FAST_TF32 || t.compute == COMPUTE_32F_FAST_16BF;
    if (rounds && t.k > 0)
        expect(worst(t, COMPUTE_32F, a, 0, b, 0, c, 0, before) > 2, t.text() + ": operands are not rounded");
    for (int j = 0; j < t.n; j++)
        for (int i = t.m; i < t.ldc(); i++) {
            size_t at = static_cast<size_t>(i + j * t.ldc());
            expect(c.get(at) == before[at], t.text() + ": wrote between the columns");
        }
}

void products(Handle *handle, dagrad_emu_stream stream) {
    const int types[][3] = {{R_32F, R_32F, COMPUTE_32F},           {R_32F, R_32F, COMPUTE_32F_PEDANTIC},
                            {R_32F, R_32F, COMPUTE_32F_FAST_TF32}, {R_32F, R_32F, COMPUTE_32F_FAST_16BF},
                            {R_16BF, R_16BF, COMPUTE_32F},         {R_16BF, R_32F, COMPUTE_32F},
                            {R_64F, R_64F, COMPUTE_64F}};
    const int shapes[][3] = {{1, 1, 1}, {5, 7, 3}, {16, 6, 32}, {17, 33, 300}, {97, 260, 19}, {3, 2, 0}};
    for (auto &type : types)
        for (auto &shape : shapes)
            for (int ops = 0; ops < 4; ops++)
                one(handle, stream,
                    {ops & 1, ops >> 1, shape[0], shape[1], shape[2], ops, type[0], type[1], type[2],
                     ops == 3 ? -0.5f : 1.0f, ops == 2 ? 0.75f : 0.0f});
}

// A batch whose A is shared (stride 0), and whose results are interleaved by columns, as heads of attention are.
void batches(Handle *handle, dagrad_emu_stream stream, bool arrays) {
    const int m = 9, n = 11, k = 5, batch = 4;
    Case t = {OP_N, OP_T, m, n, k, 0, R_32F, R_32F, COMPUTE_32F, 1, 0};
    Case wide = t;
    wide.slack = (batch - 1) * m; // only C's leading dimension is taken from it
    size_t sizeB = t.sizeB();
    Matrix a(R_32F, t.sizeA()), b(R_32F, batch * sizeB), c(R_32F, static_cast<size_t>(batch * m * n));
    Matrix tables(R_64F, 3 * batch);
    std::vector<double> before = contents(c);
    Scalars s(t);
    if (arrays) {
        auto pointers = static_cast<float **>(tables.at);
        for (int i = 0; i < batch; i++) {
            pointers[i] = static_cast<float *>(a.at);
            pointers[batch + i] = static_cast<float *>(b.at) + static_cast<size_t>(i) * sizeB;
            pointers[2 * batch + i] = static_cast<float *>(c.at) + i * m;
        }
        auto table = reinterpret_cast<void **>(pointers);
        expectStatus(cublasGemmBatchedEx(handle, t.opA, t.opB, m, n, k, s.f32, table, R_32F, t.lda(), table + batch,
                                         R_32F, t.ldb(), s.f32 + 1, table + 2 * batch, R_32F, wide.ldc(), batch,
                                         COMPUTE_32F, -1),
                     SUCCESS, "batch of pointers");
    } else {
        expectStatus(cublasGemmStridedBatchedEx(handle, t.opA, t.opB, m, n, k, s.f32, a.at, R_32F, t.lda(), 0, b.at,
                                                R_32F, t.ldb(), static_cast<long long>(sizeB), s.f32 + 1, c.at, R_32F,
                                                wide.ldc(), m, batch, COMPUTE_32F, -1),
                     SUCCESS, "strided batch");
    }
    expect(dagrad_emu_synchronize(stream) == 0, "synchronize");
    for (int i = 0; i < batch; i++) {
        Matrix column(R_32F, t.sizeC()); // the i-th result, gathered
        for (int j = 0; j < n; j++)
            for (int row = 0; row < m; row++)
                column.set(static_cast<size_t>(row + j * m), c.get(static_cast<size_t>(i * m + row + j * wide.ldc())));
        double error = worst(t, COMPUTE_32F, a, 0, b, static_cast<size_t>(i) * sizeB, column, 0, before);
        expect(error <= 1, "batch " + std::to_string(i) + ": error of " + std::to_string(error) + " bounds");
    }
}

void modes(Handle *handle, dagrad_emu_stream stream) {
    Case t = {OP_N, OP_N, 8, 8, 8, 0, R_32F, R_32F, COMPUTE_32F, 2, 1};
    Matrix a(R_32F, 64), b(R_32F, 64), c(R_32F, 64), scalars(R_32F, 2);
    scalars.set(0, t.alpha);
    scalars.set(1, t.beta);
    std::vector<double> before = contents(c);
    auto call = [&] {
        return cublasGemmEx(handle, OP_N, OP_N, 8, 8, 8, scalars.at, a.at, R_32F, 8, b.at, R_32F, 8,
                            static_cast<float *>(scalars.at) + 1, c.at, R_32F, 8, COMPUTE_32F, -1);
    };
    expectStatus(cublasSetPointerMode_v2(handle, POINTER_DEVICE), SUCCESS, "pointer mode");
    expectStatus(call(), SUCCESS, "scalars on the device");
    dagrad_emu_synchronize(stream);
    expect(worst(t, COMPUTE_32F, a, 0, b, 0, c, 0, before) <= 1, "scalars on the device");
    expectStatus(cublasSetPointerMode_v2(handle, POINTER_HOST), SUCCESS, "pointer mode");
    expectStatus(cublasSetMathMode(handle, MATH_TF32), SUCCESS, "math mode");
    before = contents(c);
    expectStatus(call(), SUCCESS, "TF32 by the math mode");
    dagrad_emu_synchronize(stream);
    expect(worst(t, COMPUTE_32F_FAST_TF32, a, 0, b, 0, c, 0, before) <= 1, "TF32 by the math mode");
    expect(worst(t, COMPUTE_32F, a, 0, b, 0, c, 0, before) > 2, "TF32 by the math mode rounds");
    expectStatus(cublasSetMathMode(handle, MATH_DEFAULT), SUCCESS, "math mode");
}

void badArguments(Handle *handle) {
    Matrix a(R_32F, 64), b(R_32F, 64), c(R_32F, 64);
    float one = 1;
    auto call = [&](int m, int lda, int ldb, int ldc, int typeA, int typeC, int compute, const void *alpha) {
        return cublasGemmEx(handle, OP_N, OP_T, m, 8, 4, alpha, a.at, typeA, lda, b.at, typeA, ldb, &one, c.at, typeC,
                            ldc, compute, -1);
    };
    expectStatus(call(8, 8, 8, 8, R_32F, R_32F, COMPUTE_32F, &one), SUCCESS, "a good call");
    expectStatus(call(-1, 8, 8, 8, R_32F, R_32F, COMPUTE_32F, &one), INVALID_VALUE, "m < 0");
    expectStatus(call(8, 7, 8, 8, R_32F, R_32F, COMPUTE_32F, &one), INVALID_VALUE, "lda < m");
    expectStatus(call(8, 8, 7, 8, R_32F, R_32F, COMPUTE_32F, &one), INVALID_VALUE, "ldb < n");
    expectStatus(call(8, 8, 8, 7, R_32F, R_32F, COMPUTE_32F, &one), INVALID_VALUE, "ldc < m");
    expectStatus(call(0, 0, 8, 0, R_32F, R_32F, COMPUTE_32F, &one), INVALID_VALUE, "leading dimensions of 0");
    expectStatus(call(0, 1, 8, 1, R_32F, R_32F, COMPUTE_32F, &one), SUCCESS, "nothing to do");
    expectStatus(call(8, 8, 8, 8, R_32F, R_32F, COMPUTE_32F, nullptr), INVALID_VALUE, "no alpha");
    expectStatus(call(8, 8, 8, 8, R_32F, R_16BF, COMPUTE_32F, &one), NOT_SUPPORTED, "f32 into bf16");
    expectStatus(call(8, 8, 8, 8, R_16BF, R_16BF, COMPUTE_32F_FAST_TF32, &one), NOT_SUPPORTED, "bf16 in TF32");
    expectStatus(call(8, 8, 8, 8, R_64F, R_64F, COMPUTE_32F, &one), NOT_SUPPORTED, "f64 summed in f32");
    expectStatus(call(8, 8, 8, 8, 99, R_32F, COMPUTE_32F, &one), NOT_SUPPORTED, "a type that there is not");
    expectStatus(call(8, 8, 8, 8, R_32F, R_32F, R_32F, &one), NOT_SUPPORTED, "a data type for a compute type");
    expectStatus(cublasSetWorkspace_v2(handle, static_cast<char *>(a.at) + 4, 64), INVALID_VALUE, "workspace");
    expectStatus(cublasSetMathMode(handle, 7), INVALID_VALUE, "math mode");
    expectStatus(cublasSaxpy_v2(handle, 1, &one, &one, 1, &one, 1), NOT_SUPPORTED, "what the emulator lacks");
    expectStatus(cublasSetStream_v2(nullptr, nullptr), NOT_INITIALIZED, "no handle");
}

// Last, because it breaks the context: a product whose A is memory of the host.
void badPointer(Handle *handle, dagrad_emu_stream stream) {
    std::vector<float> host(64);
    Matrix b(R_32F, 64), c(R_32F, 64);
    float one = 1, zero = 0;
    int status = cublasGemmEx(handle, OP_N, OP_N, 8, 8, 8, &one, host.data(), R_32F, 8, b.at, R_32F, 8, &zero, c.at,
                              R_32F, 8, COMPUTE_32F, -1);
    int result = dagrad_emu_synchronize(stream);
    expect(status == EXECUTION_FAILED || result == 700, "a matrix on the host is not found");
}

} // namespace

int main() {
    void *context = nullptr;
    dagrad_emu_stream stream = nullptr;
    Handle *handle = nullptr;
    expectStatus(cublasCreate_v2(&handle), NOT_INITIALIZED, "a handle without a context");
    int device = 0;
    expect(cuInit(0) == 0 && cuDeviceGet(&device, 0) == 0 && cuCtxCreate_v2(&context, 0, device) == 0, "context");
    expect(cuStreamCreate(&stream, 1) == 0, "stream");
    expectStatus(cublasCreate_v2(&handle), SUCCESS, "handle");
    expectStatus(cublasSetStream_v2(handle, stream), SUCCESS, "stream");
    products(handle, stream);
    batches(handle, stream, false);
    batches(handle, stream, true);
    modes(handle, stream);
    badArguments(handle);
    badPointer(handle, stream);
    expectStatus(cublasDestroy_v2(handle), SUCCESS, "destroy");
    expectStatus(cublasDestroy_v2(handle), NOT_INITIALIZED, "destroy twice");
    cuStreamDestroy_v2(stream);
    cuCtxDestroy_v2(context);
    if (failures == 0)
        std::printf("cuBLAS: all good\n");
    return failures == 0 ? 0 : 1;
}
