// Streams, events, pinned memory and graphs. Work waits until something waits for it, so that a missing wait shows.
#include "gpu.h"

#include <thread>

namespace test {
namespace {

const char SCALE[] = R"(
extern "C" __global__ void scale(float *x, float by, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) x[i] *= by;
}
extern "C" __global__ void add(const float *a, const float *b, float *c) { c[threadIdx.x] = a[threadIdx.x] + b[threadIdx.x]; }
)";

struct Two {
    Two() {
        GOOD(cuStreamCreate(&first, CU_STREAM_NON_BLOCKING));
        GOOD(cuStreamCreate(&second, CU_STREAM_NON_BLOCKING));
        GOOD(cuEventCreate(&event, CU_EVENT_DISABLE_TIMING));
    }
    ~Two() {
        cuStreamDestroy_v2(first);
        cuStreamDestroy_v2(second);
        cuEventDestroy_v2(event);
    }
    CUstream first, second;
    CUevent event;
};

struct Pinned {
    explicit Pinned(size_t count) { GOOD(cuMemHostAlloc(reinterpret_cast<void **>(&at), count * sizeof(float), 0)); }
    ~Pinned() { cuMemFreeHost(at); }
    float *at;
};

void pinned_memory_is_read_late() {
    Gpu gpu;
    Two s;
    Pinned host(4);
    Buffer<float> x(4);
    std::fill_n(host.at, 4, 1.0f);
    GOOD(cuMemcpyHtoDAsync_v2(x.address, host.at, 16, s.first));
    host.at[0] = 2.0f;
    GOOD(cuStreamSynchronize(s.first));
    REQUIRE(x.values()[0] == 2.0f);
    // And written late: nothing is there before the wait.
    GOOD(cuMemsetD32Async(x.address, 0, 4, s.first));
    GOOD(cuMemcpyDtoHAsync_v2(host.at, x.address, 16, s.first));
    REQUIRE(host.at[0] == 2.0f);
    GOOD(cuStreamSynchronize(s.first));
    REQUIRE(host.at[0] == 0.0f);
}

void pageable_memory_is_read_at_once() {
    Gpu gpu;
    Two s;
    std::vector<float> host(4, 1.0f);
    Buffer<float> x(4);
    GOOD(cuMemcpyHtoDAsync_v2(x.address, host.data(), 16, s.first));
    host[0] = 2.0f;
    GOOD(cuMemcpyDtoHAsync_v2(host.data() + 1, x.address, 4, s.first));
    REQUIRE(host[1] == 1.0f);
}

float over_two_streams(bool with_event) {
    Gpu gpu(SCALE);
    Two s;
    Buffer<float> x(std::vector<float>(4, 1.0f));
    GOOD(gpu.launch(s.first, "scale", 1, 32, 0, x.address, 3.0f, 4));
    GOOD(cuEventRecord(s.event, s.first));
    if (with_event) GOOD(cuStreamWaitEvent(s.second, s.event, 0));
    Pinned host(4);
    GOOD(cuMemcpyDtoHAsync_v2(host.at, x.address, 16, s.second));
    GOOD(cuStreamSynchronize(s.second));
    float seen = host.at[0];
    GOOD(cuCtxSynchronize());
    return seen;
}

void events_order_streams() { REQUIRE(over_two_streams(true) == 3.0f); }
void missing_wait_shows() { REQUIRE(over_two_streams(false) == 1.0f); }
void missing_wait_does_not_show_when_eager() { REQUIRE(over_two_streams(false) == 3.0f); }

void events_are_asked() {
    Gpu gpu(SCALE);
    Two s;
    Buffer<float> x(std::vector<float>(4, 1.0f));
    CUevent start, end;
    GOOD(cuEventCreate(&start, 0));
    GOOD(cuEventCreate(&end, 0));
    GOOD(cuEventRecord(start, s.first));
    GOOD(gpu.launch(s.first, "scale", 1, 32, 0, x.address, 3.0f, 4));
    GOOD(cuEventRecord(end, s.first));
    float milliseconds = -1;
    FAILS(CUDA_ERROR_NOT_READY, cuEventElapsedTime(&milliseconds, start, end));
    int asked = 0;
    while (cuEventQuery(end) == CUDA_ERROR_NOT_READY) asked++;
    REQUIRE(asked == 3);
    GOOD(cuEventElapsedTime(&milliseconds, start, end));
    REQUIRE(milliseconds >= 0);
    FAILS(CUDA_ERROR_INVALID_HANDLE, cuEventElapsedTime(&milliseconds, s.event, end));
    cuEventDestroy_v2(start);
    cuEventDestroy_v2(end);
}

// The default stream waits for those that are not marked, and they for it.
void default_stream_orders_the_others() {
    Gpu gpu(SCALE);
    CUstream blocking;
    GOOD(cuStreamCreate(&blocking, 0));
    Buffer<float> x(std::vector<float>(4, 1.0f));
    GOOD(gpu.launch(blocking, "scale", 1, 32, 0, x.address, 3.0f, 4));
    REQUIRE(x.values()[0] == 3.0f);
    GOOD(gpu.launch(nullptr, "scale", 1, 32, 0, x.address, 5.0f, 4));
    GOOD(gpu.launch(blocking, "scale", 1, 32, 0, x.address, 2.0f, 4));
    GOOD(cuStreamSynchronize(blocking));
    REQUIRE(x.values()[0] == 30.0f);
    cuStreamDestroy_v2(blocking);
}

void host_functions_run_in_order() {
    Gpu gpu;
    Two s;
    static std::vector<int> seen;
    for (int i = 0; i < 3; i++)
        GOOD(cuLaunchHostFunc(
            s.first, [](void *data) { seen.push_back(static_cast<int>(reinterpret_cast<intptr_t>(data))); },
            reinterpret_cast<void *>(static_cast<intptr_t>(i))));
    REQUIRE(seen.empty());
    GOOD(cuStreamSynchronize(s.first));
    REQUIRE(seen == (std::vector<int>{0, 1, 2}));
}

// (1 * 3) + (1 * 5), the two factors on two streams, as one graph, launched twice.
void graphs_are_recorded() {
    Gpu gpu(SCALE);
    Two s;
    Buffer<float> a(std::vector<float>(4, 1.0f)), b(std::vector<float>(4, 1.0f)), c(4);
    CUevent joined;
    GOOD(cuEventCreate(&joined, CU_EVENT_DISABLE_TIMING));
    GOOD(cuStreamBeginCapture_v2(s.first, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL));
    GOOD(cuEventRecord(s.event, s.first));
    GOOD(cuStreamWaitEvent(s.second, s.event, 0));
    GOOD(gpu.launch(s.first, "scale", 1, 32, 0, a.address, 3.0f, 4));
    GOOD(gpu.launch(s.second, "scale", 1, 32, 0, b.address, 5.0f, 4));
    GOOD(cuEventRecord(joined, s.second));
    GOOD(cuStreamWaitEvent(s.first, joined, 0));
    GOOD(gpu.launch(s.first, "add", 1, 4, 0, a.address, b.address, c.address));
    static int run = 0, released = 0;
    run = released = 0;
    REQUIRE(dagrad_emu_enqueue(
                reinterpret_cast<dagrad_emu_stream>(s.first), DAGRAD_EMU_GEMM, "gemm", 64,
                [](void *) {
                    run++;
                    return 0;
                },
                nullptr, [](void *) { released++; }) == 0);
    CUstreamCaptureStatus state;
    GOOD(cuStreamIsCapturing(s.second, &state));
    REQUIRE(state == CU_STREAM_CAPTURE_STATUS_ACTIVE);
    CUgraph graph;
    GOOD(cuStreamEndCapture(s.first, &graph));
    GOOD(cuStreamIsCapturing(s.second, &state));
    REQUIRE(state == CU_STREAM_CAPTURE_STATUS_NONE);
    REQUIRE(a.values()[0] == 1.0f && run == 0);
    size_t nodes = 0;
    GOOD(cuGraphGetNodes(graph, nullptr, &nodes));
    REQUIRE(nodes == 4);

    CUgraphExec executable;
    GOOD(cuGraphInstantiateWithFlags(&executable, graph, 0));
    GOOD(cuGraphDestroy(graph));
    dagrad_emu_reset_counters();
    GOOD(cuGraphLaunch(executable, s.first));
    GOOD(cuGraphLaunch(executable, s.first));
    GOOD(cuStreamSynchronize(s.first));
    REQUIRE(c.values()[0] == 34.0f && run == 2 && released == 0);
    GOOD(cuGraphExecDestroy(executable));
    REQUIRE(released == 1);
    struct dagrad_emu_counters counters;
    REQUIRE(dagrad_emu_counters(&counters, sizeof counters) == sizeof counters);
    REQUIRE(counters.kernels == 6 && counters.gemms == 2 && counters.gemm_bytes == 128 &&
            counters.graph_launches == 2 && counters.live_graphs == 0);
    cuEventDestroy_v2(joined);
}

void recordings_fail_as_they_should() {
    Gpu gpu(SCALE);
    Two s;
    Buffer<float> a(4);
    CUgraph graph;
    // A stream that is not joined.
    GOOD(cuStreamBeginCapture_v2(s.first, CU_STREAM_CAPTURE_MODE_GLOBAL));
    GOOD(cuEventRecord(s.event, s.first));
    GOOD(cuStreamWaitEvent(s.second, s.event, 0));
    GOOD(gpu.launch(s.second, "scale", 1, 32, 0, a.address, 3.0f, 4));
    FAILS(CUDA_ERROR_STREAM_CAPTURE_UNMATCHED, cuStreamEndCapture(s.second, &graph));
    FAILS(CUDA_ERROR_STREAM_CAPTURE_UNJOINED, cuStreamEndCapture(s.first, &graph));
    // A wait of the host, and an allocation.
    GOOD(cuStreamBeginCapture_v2(s.first, CU_STREAM_CAPTURE_MODE_GLOBAL));
    FAILS(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, cuStreamSynchronize(s.first));
    FAILS(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, gpu.launch(s.first, "scale", 1, 32, 0, a.address, 3.0f, 4));
    FAILS(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, cuStreamEndCapture(s.first, &graph));
    GOOD(cuStreamBeginCapture_v2(s.first, CU_STREAM_CAPTURE_MODE_GLOBAL));
    CUdeviceptr address;
    FAILS(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, cuMemAlloc_v2(&address, 4));
    FAILS(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, cuStreamEndCapture(s.first, &graph));
    // An event from outside.
    GOOD(cuEventRecord(s.event, s.second));
    GOOD(cuStreamBeginCapture_v2(s.first, CU_STREAM_CAPTURE_MODE_RELAXED));
    FAILS(CUDA_ERROR_STREAM_CAPTURE_ISOLATION, cuStreamWaitEvent(s.first, s.event, 0));
    FAILS(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, cuStreamEndCapture(s.first, &graph));
    FAILS(CUDA_ERROR_ILLEGAL_STATE, cuStreamEndCapture(s.first, &graph));
    GOOD(cuStreamSynchronize(s.first));
}

void graphs_are_built_and_changed() {
    Gpu gpu(SCALE);
    Buffer<float> x(4);
    float by = 2.0f;
    int n = 4;
    CUdeviceptr address = x.address;
    void *arguments[] = {&address, &by, &n};
    CUDA_MEMSET_NODE_PARAMS ones{x.address, 0, 0x3f800000, 4, 4, 1};
    CUDA_KERNEL_NODE_PARAMS scale{gpu.function("scale"), 1, 1, 1, 32, 1, 1, 0, arguments, nullptr, nullptr, nullptr};
    CUgraph graph;
    CUgraphNode fill, kernel;
    GOOD(cuGraphCreate(&graph, 0));
    GOOD(cuGraphAddMemsetNode(&fill, graph, nullptr, 0, &ones, nullptr));
    GOOD(cuGraphAddKernelNode_v2(&kernel, graph, &fill, 1, &scale));
    CUgraphExec executable;
    GOOD(cuGraphInstantiateWithFlags(&executable, graph, 0));
    // The launch that waits keeps its arguments.
    Two s;
    GOOD(cuGraphLaunch(executable, s.first));
    by = 7.0f;
    GOOD(cuGraphExecKernelNodeSetParams_v2(executable, kernel, &scale));
    GOOD(cuStreamSynchronize(s.first));
    REQUIRE(x.values()[3] == 2.0f);
    GOOD(cuGraphLaunch(executable, s.first));
    GOOD(cuStreamSynchronize(s.first));
    REQUIRE(x.values()[3] == 7.0f);
    GOOD(cuGraphExecDestroy(executable));
    GOOD(cuGraphDestroy(graph));
}

// Nodes that do not depend on each other run in any order: a dependency that lacks shows.
void graph_order(bool reverse) {
    Gpu gpu(SCALE);
    Buffer<float> x(4);
    CUDA_MEMSET_NODE_PARAMS ones{x.address, 0, 0x3f800000, 4, 4, 1}, twos{x.address, 0, 0x40000000, 4, 4, 1};
    CUgraph graph;
    CUgraphNode first, second;
    GOOD(cuGraphCreate(&graph, 0));
    GOOD(cuGraphAddMemsetNode(&first, graph, nullptr, 0, &ones, nullptr));
    GOOD(cuGraphAddMemsetNode(&second, graph, nullptr, 0, &twos, nullptr));
    CUgraphExec executable;
    GOOD(cuGraphInstantiateWithFlags(&executable, graph, 0));
    GOOD(cuGraphLaunch(executable, nullptr));
    REQUIRE(x.values()[0] == (reverse ? 1.0f : 2.0f));
    GOOD(cuGraphExecDestroy(executable));
    GOOD(cuGraphDestroy(graph));
}

}

std::vector<Case> stream_cases() {
    return {
        {"pinned memory is read late", {}, pinned_memory_is_read_late},
        {"pageable memory is read at once", {}, pageable_memory_is_read_at_once},
        {"events order streams", {}, events_order_streams},
        {"missing wait", {}, missing_wait_shows},
        {"missing wait, not seen when eager", {"DAGRAD_EMU_ASYNC=eager"}, missing_wait_does_not_show_when_eager},
        {"events are asked", {}, events_are_asked},
        {"default stream", {}, default_stream_orders_the_others},
        {"host functions", {}, host_functions_run_in_order},
        {"recorded graph", {}, graphs_are_recorded},
        {"recorded graph in reverse", {"DAGRAD_EMU_ORDER=reverse"}, graphs_are_recorded},
        {"recorded graph, eager", {"DAGRAD_EMU_ASYNC=eager"}, graphs_are_recorded},
        {"recordings that fail", {}, recordings_fail_as_they_should},
        {"built graph", {}, graphs_are_built_and_changed},
        {"order of nodes", {}, [] { graph_order(false); }},
        {"order of nodes in reverse", {"DAGRAD_EMU_ORDER=reverse"}, [] { graph_order(true); }},
    };
}

}
