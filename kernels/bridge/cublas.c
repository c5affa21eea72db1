/* libcublas.so.12 for machines that have libcublas.so.13: what Dagrad calls is passed on, and all else that JCuda's
   natives ask the linker for answers CUBLAS_STATUS_NOT_SUPPORTED. Handles, streams and memory are pointers here. */
#include "forward.h"

#include <stddef.h>

#define LIBRARY "libcublas.so.13"
#define NOT_SUPPORTED 15
#define STATUS(name, parameters, arguments) FORWARD(name, int, NOT_SUPPORTED, parameters, arguments)

STATUS(cublasCreate_v2, (void **handle), (handle))
STATUS(cublasDestroy_v2, (void *handle), (handle))
STATUS(cublasGetVersion_v2, (void *handle, int *version), (handle, version))
STATUS(cublasGetProperty, (int type, int *value), (type, value))
STATUS(cublasSetStream_v2, (void *handle, void *stream), (handle, stream))
STATUS(cublasGetStream_v2, (void *handle, void **stream), (handle, stream))
STATUS(cublasSetWorkspace_v2, (void *handle, void *workspace, size_t bytes), (handle, workspace, bytes))
STATUS(cublasSetPointerMode_v2, (void *handle, int mode), (handle, mode))
STATUS(cublasGetPointerMode_v2, (void *handle, int *mode), (handle, mode))
STATUS(cublasSetMathMode, (void *handle, int mode), (handle, mode))
STATUS(cublasGetMathMode, (void *handle, int *mode), (handle, mode))
STATUS(cublasSetAtomicsMode, (void *handle, int mode), (handle, mode))
STATUS(cublasGetAtomicsMode, (void *handle, int *mode), (handle, mode))
FORWARD(cublasGetStatusName, const char *, "CUBLAS_STATUS", (int status), (status))
FORWARD(cublasGetStatusString, const char *, "unknown status", (int status), (status))

STATUS(cublasGemmEx,
       (void *handle, int op_a, int op_b, int m, int n, int k, const void *alpha, const void *a, int type_a, int ld_a,
        const void *b, int type_b, int ld_b, const void *beta, void *c, int type_c, int ld_c, int compute, int algo),
       (handle, op_a, op_b, m, n, k, alpha, a, type_a, ld_a, b, type_b, ld_b, beta, c, type_c, ld_c, compute, algo))
STATUS(cublasGemmStridedBatchedEx,
       (void *handle, int op_a, int op_b, int m, int n, int k, const void *alpha, const void *a, int type_a, int ld_a,
        long long stride_a, const void *b, int type_b, int ld_b, long long stride_b, const void *beta, void *c,
        int type_c, int ld_c, long long stride_c, int batch, int compute, int algo),
       (handle, op_a, op_b, m, n, k, alpha, a, type_a, ld_a, stride_a, b, type_b, ld_b, stride_b, beta, c, type_c, ld_c,
        stride_c, batch, compute, algo))
STATUS(cublasGemmBatchedEx,
       (void *handle, int op_a, int op_b, int m, int n, int k, const void *alpha, const void *const *a, int type_a,
        int ld_a, const void *const *b, int type_b, int ld_b, const void *beta, void *const *c, int type_c, int ld_c,
        int batch, int compute, int algo),
       (handle, op_a, op_b, m, n, k, alpha, a, type_a, ld_a, b, type_b, ld_b, beta, c, type_c, ld_c, batch, compute,
        algo))
