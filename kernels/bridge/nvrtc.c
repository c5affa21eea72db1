/* libnvrtc.so.12 for machines that have libnvrtc.so.13: the functions that the natives of JNvrtc 12.6.0 ask the linker
   for, except nvrtcGetNVVM and nvrtcGetNVVMSize, which CUDA 13 no longer has. Programs are pointers here. */
#include "forward.h"

#include <stddef.h>

#define LIBRARY "libnvrtc.so.13"
#define INTERNAL_ERROR 11
#define STATUS(name, parameters, arguments) FORWARD(name, int, INTERNAL_ERROR, parameters, arguments)

STATUS(nvrtcVersion, (int *major, int *minor), (major, minor))
STATUS(nvrtcGetNumSupportedArchs, (int *count), (count))
STATUS(nvrtcGetSupportedArchs, (int *archs), (archs))
STATUS(nvrtcCreateProgram,
       (void **program, const char *source, const char *name, int headers, const char *const *texts,
        const char *const *names),
       (program, source, name, headers, texts, names))
STATUS(nvrtcDestroyProgram, (void **program), (program))
STATUS(nvrtcCompileProgram, (void *program, int count, const char *const *options), (program, count, options))
STATUS(nvrtcGetPTXSize, (void *program, size_t *bytes), (program, bytes))
STATUS(nvrtcGetPTX, (void *program, char *code), (program, code))
STATUS(nvrtcGetCUBINSize, (void *program, size_t *bytes), (program, bytes))
STATUS(nvrtcGetCUBIN, (void *program, char *code), (program, code))
STATUS(nvrtcGetLTOIRSize, (void *program, size_t *bytes), (program, bytes))
STATUS(nvrtcGetLTOIR, (void *program, char *code), (program, code))
STATUS(nvrtcGetOptiXIRSize, (void *program, size_t *bytes), (program, bytes))
STATUS(nvrtcGetOptiXIR, (void *program, char *code), (program, code))
STATUS(nvrtcGetProgramLogSize, (void *program, size_t *bytes), (program, bytes))
STATUS(nvrtcGetProgramLog, (void *program, char *log), (program, log))
STATUS(nvrtcAddNameExpression, (void *program, const char *expression), (program, expression))
STATUS(nvrtcGetLoweredName, (void *program, const char *expression, const char **name), (program, expression, name))
FORWARD(nvrtcGetErrorString, const char *, "unknown status", (int status), (status))

EXPORTED int nvrtcGetNVVMSize(void) {
    dagrad_bridge_refuse("nvrtcGetNVVMSize");
    return INTERNAL_ERROR;
}

EXPORTED int nvrtcGetNVVM(void) {
    dagrad_bridge_refuse("nvrtcGetNVVM");
    return INTERNAL_ERROR;
}
