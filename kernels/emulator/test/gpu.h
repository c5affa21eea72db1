// What the emulator's own tests are written with: a list of cases, and a GPU for those that need one.
#pragma once

#include "../src/cuda_types.h"
#include "emulator.h"

#include <cmath>
#include <cstring>
#include <functional>
#include <map>
#include <string>
#include <vector>

extern "C" {
CUresult cuInit(unsigned);
CUresult cuDriverGetVersion(int *);
CUresult cuGetErrorName(CUresult, const char **);
CUresult cuDeviceGetCount(int *);
CUresult cuDeviceGetName(char *, int, CUdevice);
CUresult cuDeviceGetAttribute(int *, int, CUdevice);
CUresult cuDeviceTotalMem_v2(size_t *, CUdevice);
CUresult cuDevicePrimaryCtxRetain(CUcontext *, CUdevice);
CUresult cuDevicePrimaryCtxRelease_v2(CUdevice);
CUresult cuDevicePrimaryCtxReset_v2(CUdevice);
CUresult cuCtxCreate_v2(CUcontext *, unsigned, CUdevice);
CUresult cuCtxDestroy_v2(CUcontext);
CUresult cuCtxSetCurrent(CUcontext);
CUresult cuCtxGetCurrent(CUcontext *);
CUresult cuCtxSynchronize();
CUresult cuMemGetInfo_v2(size_t *, size_t *);
CUresult cuMemAlloc_v2(CUdeviceptr *, size_t);
CUresult cuMemFree_v2(CUdeviceptr);
CUresult cuMemHostAlloc(void **, size_t, unsigned);
CUresult cuMemFreeHost(void *);
CUresult cuMemHostRegister_v2(void *, size_t, unsigned);
CUresult cuMemHostUnregister(void *);
CUresult cuMemcpyHtoD_v2(CUdeviceptr, const void *, size_t);
CUresult cuMemcpyDtoH_v2(void *, CUdeviceptr, size_t);
CUresult cuMemcpyDtoD_v2(CUdeviceptr, CUdeviceptr, size_t);
CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr, const void *, size_t, CUstream);
CUresult cuMemcpyDtoHAsync_v2(void *, CUdeviceptr, size_t, CUstream);
CUresult cuMemsetD8_v2(CUdeviceptr, unsigned char, size_t);
CUresult cuMemsetD32_v2(CUdeviceptr, unsigned, size_t);
CUresult cuMemsetD32Async(CUdeviceptr, unsigned, size_t, CUstream);
CUresult cuModuleLoadData(CUmodule *, const void *);
CUresult cuModuleUnload(CUmodule);
CUresult cuModuleGetFunction(CUfunction *, CUmodule, const char *);
CUresult cuModuleGetGlobal_v2(CUdeviceptr *, size_t *, CUmodule, const char *);
CUresult cuFuncGetAttribute(int *, CUfunction_attribute, CUfunction);
CUresult cuFuncSetAttribute(CUfunction, CUfunction_attribute, int);
CUresult cuLaunchKernel(CUfunction, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, CUstream,
                        void **, void **);
CUresult cuLaunchHostFunc(CUstream, CUhostFn, void *);
CUresult cuOccupancyMaxActiveBlocksPerMultiprocessor(int *, CUfunction, int, size_t);
CUresult cuStreamCreate(CUstream *, unsigned);
CUresult cuStreamDestroy_v2(CUstream);
CUresult cuStreamSynchronize(CUstream);
CUresult cuStreamQuery(CUstream);
CUresult cuStreamWaitEvent(CUstream, CUevent, unsigned);
CUresult cuStreamBeginCapture_v2(CUstream, CUstreamCaptureMode);
CUresult cuStreamEndCapture(CUstream, CUgraph *);
CUresult cuStreamIsCapturing(CUstream, CUstreamCaptureStatus *);
CUresult cuEventCreate(CUevent *, unsigned);
CUresult cuEventDestroy_v2(CUevent);
CUresult cuEventRecord(CUevent, CUstream);
CUresult cuEventSynchronize(CUevent);
CUresult cuEventQuery(CUevent);
CUresult cuEventElapsedTime(float *, CUevent, CUevent);
CUresult cuGraphCreate(CUgraph *, unsigned);
CUresult cuGraphDestroy(CUgraph);
CUresult cuGraphAddKernelNode_v2(CUgraphNode *, CUgraph, const CUgraphNode *, size_t, const CUDA_KERNEL_NODE_PARAMS *);
CUresult cuGraphAddMemsetNode(CUgraphNode *, CUgraph, const CUgraphNode *, size_t, const CUDA_MEMSET_NODE_PARAMS *,
                              CUcontext);
CUresult cuGraphGetNodes(CUgraph, CUgraphNode *, size_t *);
CUresult cuGraphInstantiateWithFlags(CUgraphExec *, CUgraph, unsigned long long);
CUresult cuGraphLaunch(CUgraphExec, CUstream);
CUresult cuGraphExecDestroy(CUgraphExec);
CUresult cuGraphExecKernelNodeSetParams_v2(CUgraphExec, CUgraphNode, const CUDA_KERNEL_NODE_PARAMS *);

using nvrtcProgram = struct NvrtcProgram *;
int nvrtcVersion(int *, int *);
int nvrtcCreateProgram(nvrtcProgram *, const char *, const char *, int, const char *const *, const char *const *);
int nvrtcCompileProgram(nvrtcProgram, int, const char *const *);
int nvrtcDestroyProgram(nvrtcProgram *);
int nvrtcGetProgramLogSize(nvrtcProgram, size_t *);
int nvrtcGetProgramLog(nvrtcProgram, char *);
int nvrtcGetCUBINSize(nvrtcProgram, size_t *);
int nvrtcGetCUBIN(nvrtcProgram, char *);
int nvrtcGetPTXSize(nvrtcProgram, size_t *);
int nvrtcGetPTX(nvrtcProgram, char *);
}

namespace test {

struct Failure {
    std::string text;
};

// Ends the case if the condition does not hold.
void require(bool condition, const std::string &text);
void status_is(CUresult wanted, CUresult found, const std::string &what);
void contains(const std::string &text, const std::string &part);

#define GOOD(call) ::test::status_is(CUDA_SUCCESS, call, #call)
#define FAILS(status, call) ::test::status_is(status, call, #call)
#define REQUIRE(condition) ::test::require(condition, #condition)

struct Compiled {
    int status;
    std::string log, image, ptx;
};

// With NVRTC, as program "test.cu".
Compiled compile(const std::string &source, std::vector<const char *> options = {"--gpu-architecture=sm_90"},
                 const std::map<std::string, std::string> &headers = {});

// Bytes of device memory, freed at the end of the scope.
template <class T>
class Buffer {
public:
    explicit Buffer(size_t count) : count(count) { GOOD(cuMemAlloc_v2(&address, count * sizeof(T))); }
    explicit Buffer(const std::vector<T> &values) : Buffer(values.size()) {
        GOOD(cuMemcpyHtoD_v2(address, values.data(), count * sizeof(T)));
    }
    Buffer(const Buffer &) = delete;
    Buffer &operator=(const Buffer &) = delete;
    ~Buffer() { cuMemFree_v2(address); }

    std::vector<T> values() const {
        std::vector<T> result(count);
        GOOD(cuMemcpyDtoH_v2(result.data(), address, count * sizeof(T)));
        return result;
    }

    const size_t count;
    CUdeviceptr address = 0;
};

// A context, and the kernels of one program.
class Gpu {
public:
    explicit Gpu(const std::string &source = "");
    Gpu(const Gpu &) = delete;
    Gpu &operator=(const Gpu &) = delete;
    ~Gpu();

    CUfunction function(const char *name) const;

    template <class... A>
    CUresult launch(CUstream stream, const char *name, unsigned grid, unsigned block, unsigned shared,
                    A... arguments) const {
        void *pointers[] = {&arguments..., nullptr};
        return cuLaunchKernel(function(name), grid, 1, 1, block, 1, 1, shared, stream, pointers, nullptr);
    }

    // Launches and waits.
    template <class... A>
    CUresult run(const char *name, unsigned grid, unsigned block, unsigned shared, A... arguments) const {
        CUresult status = launch(nullptr, name, grid, block, shared, arguments...);
        return status != CUDA_SUCCESS ? status : cuCtxSynchronize();
    }

    CUmodule module = nullptr;
};

// What AddressSanitizer makes of a case's fault: it leaves it to the emulator, ends the process, or cannot see it.
enum class Sanitizer { SAME, ENDS, BLIND };

struct Case {
    const char *name;
    // Of DAGRAD_EMU_…, "NAME=VALUE".
    std::vector<const char *> settings;
    void (*run)();
    Sanitizer sanitizer = Sanitizer::SAME;
};

// Those of one file.
std::vector<Case> computing_cases();
std::vector<Case> fault_cases();
std::vector<Case> stream_cases();
std::vector<Case> interface_cases();

}
