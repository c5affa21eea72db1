// libcublas of the CUDA emulator: its functions. Handles, modes and status names are here; the products, which are work
// on a stream, are in cublas_cublas_arithmetic.cpp. The functions that the emulator does not have are in cublas_unsupported.cpp.
#include "cublas.h"

#include <cstdio>
#include <mutex>
#include <set>

#ifndef DAGRAD_EMU_CUDA
#define DAGRAD_EMU_CUDA 12
#endif

#define API extern "C" __attribute__((visibility("default")))

using namespace dagrad;

namespace {

constexpr int VERSION = DAGRAD_EMU_CUDA == 12 ? 120600 : DAGRAD_EMU_CUDA * 10000; // major * 10000 + minor * 100 + patch

// The live handles, so that a destroyed one is an error and not a crash, and those left at the end are reported.
struct Handles {
    std::mutex mutex;
    std::set<Handle *> live;

    bool has(Handle *handle) {
        std::lock_guard<std::mutex> lock(mutex);
        return live.count(handle) > 0;
    }

    ~Handles() {
        if (!live.empty())
            std::fprintf(stderr, "emulator: cuBLAS: %zu handles were never destroyed\n", live.size());
    }
};

Handles &handles() {
    static Handles all;
    return all;
}

template <class Set> Status configure(Handle *handle, bool valid, Set set) {
    if (!handles().has(handle))
        return NOT_INITIALIZED;
    if (!valid)
        return INVALID_VALUE;
    set();
    return SUCCESS;
}

int product(Handle *handle, const Call &call) {
    return handles().has(handle) ? submit(*handle, call) : NOT_INITIALIZED;
}

} // namespace

// ---- Handles and their modes ----

API int cublasCreate_v2(Handle **handle) {
    if (!handle)
        return INVALID_VALUE;
    if (dagrad_emu_context_status() != 0)
        return NOT_INITIALIZED;
    *handle = new Handle;
    std::lock_guard<std::mutex> lock(handles().mutex);
    handles().live.insert(*handle);
    dagrad_emu_live(+1);
    return SUCCESS;
}

API int cublasDestroy_v2(Handle *handle) {
    {
        std::lock_guard<std::mutex> lock(handles().mutex);
        if (handles().live.erase(handle) == 0)
            return NOT_INITIALIZED;
    }
    dagrad_emu_live(-1);
    delete handle;
    return SUCCESS;
}

API int cublasGetVersion_v2(Handle *, int *version) {
    if (!version)
        return INVALID_VALUE;
    *version = VERSION;
    return SUCCESS;
}

// type: libraryPropertyType, 0 the major version, 1 the minor one, 2 the patch level.
API int cublasGetProperty(int type, int *value) {
    if (!value || type < 0 || type > 2)
        return INVALID_VALUE;
    const int parts[] = {VERSION / 10000, VERSION / 100 % 100, VERSION % 100};
    *value = parts[type];
    return SUCCESS;
}

API size_t cublasGetCudartVersion() {
    return VERSION / 10000 * 1000 + VERSION / 100 % 100 * 10;
}

// A new stream takes the workspace away, as in cuBLAS.
API int cublasSetStream_v2(Handle *handle, dagrad_emu_stream stream) {
    return configure(handle, true, [&] {
        handle->stream = stream;
        handle->workspace = nullptr;
        handle->workspaceBytes = 0;
    });
}

API int cublasGetStream_v2(Handle *handle, dagrad_emu_stream *stream) {
    return configure(handle, stream, [&] { *stream = handle->stream; });
}

API int cublasSetWorkspace_v2(Handle *handle, void *workspace, size_t size) {
    bool aligned = reinterpret_cast<uintptr_t>(workspace) % 256 == 0;
    return configure(handle, aligned && (workspace || size == 0), [&] {
        handle->workspace = workspace;
        handle->workspaceBytes = size;
    });
}

API int cublasSetPointerMode_v2(Handle *handle, int mode) {
    return configure(handle, mode == POINTER_HOST || mode == POINTER_DEVICE, [&] { handle->pointerMode = mode; });
}

API int cublasGetPointerMode_v2(Handle *handle, int *mode) {
    return configure(handle, mode, [&] { *mode = handle->pointerMode; });
}

API int cublasSetMathMode(Handle *handle, int mode) {
    bool known = (mode & 15) <= MATH_TF32 && (mode & ~(15 | 16)) == 0; // 16: no reduced precision in reductions
    return configure(handle, known, [&] { handle->mathMode = mode; });
}

API int cublasGetMathMode(Handle *handle, int *mode) {
    return configure(handle, mode, [&] { *mode = handle->mathMode; });
}

API int cublasSetAtomicsMode(Handle *handle, int mode) {
    return configure(handle, mode == 0 || mode == 1, [&] { handle->atomicsMode = mode; });
}

API int cublasGetAtomicsMode(Handle *handle, int *mode) {
    return configure(handle, mode, [&] { *mode = handle->atomicsMode; });
}

API int cublasSetSmCountTarget(Handle *handle, int count) {
    return configure(handle, count >= 0, [&] { handle->smCountTarget = count; });
}

API int cublasGetSmCountTarget(Handle *handle, int *count) {
    return configure(handle, count, [&] { *count = handle->smCountTarget; });
}

API const char *cublasGetStatusName(int status) {
    switch (status) {
    case SUCCESS:
        return "CUBLAS_STATUS_SUCCESS";
    case NOT_INITIALIZED:
        return "CUBLAS_STATUS_NOT_INITIALIZED";
    case ALLOC_FAILED:
        return "CUBLAS_STATUS_ALLOC_FAILED";
    case INVALID_VALUE:
        return "CUBLAS_STATUS_INVALID_VALUE";
    case ARCH_MISMATCH:
        return "CUBLAS_STATUS_ARCH_MISMATCH";
    case MAPPING_ERROR:
        return "CUBLAS_STATUS_MAPPING_ERROR";
    case EXECUTION_FAILED:
        return "CUBLAS_STATUS_EXECUTION_FAILED";
    case INTERNAL_ERROR:
        return "CUBLAS_STATUS_INTERNAL_ERROR";
    case NOT_SUPPORTED:
        return "CUBLAS_STATUS_NOT_SUPPORTED";
    case LICENSE_ERROR:
        return "CUBLAS_STATUS_LICENSE_ERROR";
    }
    return "unknown cuBLAS status";
}

API const char *cublasGetStatusString(int status) {
    switch (status) {
    case SUCCESS:
        return "success";
    case NOT_INITIALIZED:
        return "the library was not initialized";
    case ALLOC_FAILED:
        return "the resource allocation failed";
    case INVALID_VALUE:
        return "an invalid value was used as an argument";
    case ARCH_MISMATCH:
        return "an absent device architectural feature is required";
    case MAPPING_ERROR:
        return "an access to GPU memory space failed";
    case EXECUTION_FAILED:
        return "the function failed to launch on the GPU";
    case INTERNAL_ERROR:
        return "an internal operation failed";
    case NOT_SUPPORTED:
        return "the functionality is not supported";
    case LICENSE_ERROR:
        return "an error was detected by the license check";
    }
    return "unknown cuBLAS status";
}

// ---- Products ----

API int cublasGemmEx(Handle *handle, int opA, int opB, int m, int n, int k, const void *alpha, const void *a, int typeA,
                     int lda, const void *b, int typeB, int ldb, const void *beta, void *c, int typeC, int ldc,
                     int compute, int algo) {
    return product(handle, {"cublasGemmEx", opA, opB, m, n, k, alpha, a, typeA, lda, 0, b, typeB, ldb, 0, beta, c, typeC,
                            ldc, 0, 1, compute, algo, false});
}

API int cublasGemmEx_64(Handle *handle, int opA, int opB, int64_t m, int64_t n, int64_t k, const void *alpha,
                        const void *a, int typeA, int64_t lda, const void *b, int typeB, int64_t ldb, const void *beta,
                        void *c, int typeC, int64_t ldc, int compute, int algo) {
    return product(handle, {"cublasGemmEx_64", opA, opB, m, n, k, alpha, a, typeA, lda, 0, b, typeB, ldb, 0, beta, c,
                            typeC, ldc, 0, 1, compute, algo, false});
}

API int cublasGemmStridedBatchedEx(Handle *handle, int opA, int opB, int m, int n, int k, const void *alpha,
                                   const void *a, int typeA, int lda, long long strideA, const void *b, int typeB,
                                   int ldb, long long strideB, const void *beta, void *c, int typeC, int ldc,
                                   long long strideC, int batch, int compute, int algo) {
    return product(handle, {"cublasGemmStridedBatchedEx", opA, opB, m, n, k, alpha, a, typeA, lda, strideA, b, typeB,
                            ldb, strideB, beta, c, typeC, ldc, strideC, batch, compute, algo, false});
}

API int cublasGemmStridedBatchedEx_64(Handle *handle, int opA, int opB, int64_t m, int64_t n, int64_t k,
                                      const void *alpha, const void *a, int typeA, int64_t lda, long long strideA,
                                      const void *b, int typeB, int64_t ldb, long long strideB, const void *beta,
                                      void *c, int typeC, int64_t ldc, long long strideC, int64_t batch, int compute,
                                      int algo) {
    return product(handle, {"cublasGemmStridedBatchedEx_64", opA, opB, m, n, k, alpha, a, typeA, lda, strideA, b, typeB,
                            ldb, strideB, beta, c, typeC, ldc, strideC, batch, compute, algo, false});
}

API int cublasGemmBatchedEx(Handle *handle, int opA, int opB, int m, int n, int k, const void *alpha,
                            const void *const *a, int typeA, int lda, const void *const *b, int typeB, int ldb,
                            const void *beta, void *const *c, int typeC, int ldc, int batch, int compute, int algo) {
    return product(handle, {"cublasGemmBatchedEx", opA, opB, m, n, k, alpha, a, typeA, lda, 0, b, typeB, ldb, 0, beta,
                            const_cast<void **>(c), typeC, ldc, 0, batch, compute, algo, true});
}

API int cublasSgemm_v2(Handle *handle, int opA, int opB, int m, int n, int k, const float *alpha, const float *a,
                       int lda, const float *b, int ldb, const float *beta, float *c, int ldc) {
    return product(handle, {"cublasSgemm", opA, opB, m, n, k, alpha, a, R_32F, lda, 0, b, R_32F, ldb, 0, beta, c, R_32F,
                            ldc, 0, 1, COMPUTE_32F, -1, false});
}

API int cublasSgemmStridedBatched(Handle *handle, int opA, int opB, int m, int n, int k, const float *alpha,
                                  const float *a, int lda, long long strideA, const float *b, int ldb,
                                  long long strideB, const float *beta, float *c, int ldc, long long strideC,
                                  int batch) {
    return product(handle, {"cublasSgemmStridedBatched", opA, opB, m, n, k, alpha, a, R_32F, lda, strideA, b, R_32F,
                            ldb, strideB, beta, c, R_32F, ldc, strideC, batch, COMPUTE_32F, -1, false});
}

API int cublasDgemm_v2(Handle *handle, int opA, int opB, int m, int n, int k, const double *alpha, const double *a,
                       int lda, const double *b, int ldb, const double *beta, double *c, int ldc) {
    return product(handle, {"cublasDgemm", opA, opB, m, n, k, alpha, a, R_64F, lda, 0, b, R_64F, ldb, 0, beta, c, R_64F,
                            ldc, 0, 1, COMPUTE_64F, -1, false});
}
