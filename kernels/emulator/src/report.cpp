// What emulator.h promises, and the report.
#include "context.h"
#include "graph.h"

#include <cstdio>
#include <cstring>
#include <unistd.h>

using namespace dagrad_emu;

namespace {

// The counters' names, in their order.
const char *const NAMES[] = {
    "kernels",
    "gemms",
    "gemm_bytes",
    "graph_launches",
    "copies_to_device",
    "copies_to_host",
    "copies_on_device",
    "fills",
    "bytes_to_device",
    "bytes_to_host",
    "bytes_on_device",
    "bytes_filled",
    "allocations",
    "live_allocations",
    "live_bytes",
    "peak_bytes",
    "live_pinned",
    "live_streams",
    "live_events",
    "live_modules",
    "live_graphs",
    "live_contexts",
    "live_handles",
    "compilations",
    "faults",
    "threads",
    "fiber_switches",
    "kernel_bytes_loaded",
    "kernel_bytes_stored",
};
constexpr size_t COUNT = sizeof NAMES / sizeof NAMES[0];
static_assert(COUNT * sizeof(uint64_t) == sizeof(struct dagrad_emu_counters), "a name for each counter");

// The counters of events, with those of live things beside them.
struct dagrad_emu_counters now() {
    Driver &d = driver();
    struct dagrad_emu_counters counters = d.counters;
    counters.live_allocations = d.memory.count(Place::DEVICE);
    counters.live_pinned = d.memory.count(Place::PINNED) + d.memory.count(Place::REGISTERED);
    counters.live_bytes = 0;
    for (int device = 0; device < settings().devices; device++) counters.live_bytes += d.memory.used(device);
    counters.peak_bytes = d.memory.peak();
    // Each context has a default stream, which nobody destroys.
    counters.live_streams = d.streams.size() - d.contexts.size();
    counters.live_events = d.events.size();
    counters.live_modules = d.modules.size();
    counters.live_graphs = d.graphs.size() + d.executables.size();
    counters.live_contexts = d.contexts.size();
    return counters;
}

std::string quoted(const std::string &text) {
    std::string result = "\"";
    for (char c : text) {
        if (c == '"' || c == '\\') result += '\\';
        if (static_cast<unsigned char>(c) < 32) result += format("\\u%04x", c);
        else result += c;
    }
    return result + "\"";
}

bool write_report(const std::string &path) {
    struct dagrad_emu_counters counters = now();
    uint64_t values[COUNT];
    memcpy(values, &counters, sizeof values);
    std::string text = "{";
    for (size_t i = 0; i < COUNT; i++)
        text += format("%s\n  \"%s\": %llu", i ? "," : "", NAMES[i], static_cast<unsigned long long>(values[i]));
    text += ",\n  \"last_fault\": " + quoted(dagrad_emu_last_fault()) + "\n}\n";
    // Complete or not there at all.
    std::string partial = path + "." + std::to_string(getpid());
    FILE *file = fopen(partial.c_str(), "w");
    if (!file) return false;
    bool good = fwrite(text.data(), 1, text.size(), file) == text.size();
    good = fclose(file) == 0 && good;
    return good && rename(partial.c_str(), path.c_str()) == 0;
}

// %p in the path is the process, so that each has its own report.
std::string report_path() {
    std::string path = settings().report;
    size_t at = path.find("%p");
    return at == std::string::npos ? path : path.replace(at, 2, std::to_string(getpid()));
}

void at_exit() {
    Driver &d = driver();
    std::lock_guard<std::recursive_mutex> held(d.lock);
    if (!settings().report.empty() && !write_report(report_path())) {
        fprintf(stderr, "CUDA emulator: the report %s cannot be written\n", report_path().c_str());
    }
    struct dagrad_emu_counters left = now();
    if (settings().quiet || left.live_allocations + left.live_pinned == 0) return;
    fprintf(
        stderr,
        "CUDA emulator: %llu allocations of device memory (%llu bytes) and %llu of pinned memory were never freed\n",
        static_cast<unsigned long long>(left.live_allocations), static_cast<unsigned long long>(left.live_bytes),
        static_cast<unsigned long long>(left.live_pinned));
}

__attribute__((constructor)) void watch_exit() { atexit(at_exit); }

}

extern "C" int dagrad_emu_enqueue(dagrad_emu_stream handle, enum dagrad_emu_kind kind, const char *name, uint64_t bytes,
                                  int (*run)(void *), void *closure, void (*release)(void *)) {
    // Released when the last copy of the work is gone.
    std::shared_ptr<void> owned(closure, [release](void *data) {
        if (release) release(data);
    });
    return enter(Need::CONTEXT, [&] {
        std::shared_ptr<Stream> stream = stream_of(reinterpret_cast<CUstream>(handle));
        if (!stream) return CUDA_ERROR_INVALID_HANDLE;
        return submit(stream, OtherWork{kind, name ? name : "", bytes, [run, owned] { return run(owned.get()); }});
    });
}

extern "C" int dagrad_emu_check_range(const void *pointer, size_t bytes) {
    std::lock_guard<std::recursive_mutex> held(driver().lock);
    return bytes == 0 || driver().memory.holds(pointer, bytes);
}

extern "C" int dagrad_emu_fault(const char *name, const void *pointer, size_t bytes) {
    std::lock_guard<std::recursive_mutex> held(driver().lock);
    return tell({CUDA_ERROR_ILLEGAL_ADDRESS, format("%s touches %zu bytes at %p, which %s", name, bytes, pointer,
                                                    driver().memory.describe(pointer).c_str())});
}

extern "C" int dagrad_emu_context_status(void) {
    return enter(Need::CONTEXT, [] { return CUDA_SUCCESS; });
}

extern "C" int dagrad_emu_is_capturing(dagrad_emu_stream handle) {
    std::lock_guard<std::recursive_mutex> held(driver().lock);
    if (!current_context()) return 0;
    std::shared_ptr<Stream> stream = stream_of(reinterpret_cast<CUstream>(handle));
    return stream && stream->capture;
}

extern "C" int dagrad_emu_synchronize(dagrad_emu_stream handle) {
    return enter(Need::CONTEXT, [&] {
        std::shared_ptr<Stream> stream = stream_of(reinterpret_cast<CUstream>(handle));
        if (!stream) return CUDA_ERROR_INVALID_HANDLE;
        return stream->capture ? spoil(*stream) : finish(*stream);
    });
}

extern "C" int cuMemAlloc_v2(CUdeviceptr *, size_t);
extern "C" int cuMemFree_v2(CUdeviceptr);

extern "C" int dagrad_emu_allocate(void **pointer, size_t bytes) {
    CUdeviceptr address = 0;
    int status = cuMemAlloc_v2(&address, bytes);
    *pointer = reinterpret_cast<void *>(static_cast<uintptr_t>(address));
    return status;
}

extern "C" int dagrad_emu_free(void *pointer) { return cuMemFree_v2(reinterpret_cast<uintptr_t>(pointer)); }

extern "C" size_t dagrad_emu_counters(struct dagrad_emu_counters *counters, size_t size) {
    std::lock_guard<std::recursive_mutex> held(driver().lock);
    struct dagrad_emu_counters all = now();
    memcpy(counters, &all, size < sizeof all ? size : sizeof all);
    return sizeof all;
}

extern "C" void dagrad_emu_reset_counters(void) {
    std::lock_guard<std::recursive_mutex> held(driver().lock);
    struct dagrad_emu_counters &counters = driver().counters;
    uint64_t handles = counters.live_handles;
    counters = {};
    counters.live_handles = handles;
}

extern "C" void dagrad_emu_live(int change) {
    std::lock_guard<std::recursive_mutex> held(driver().lock);
    driver().counters.live_handles += static_cast<uint64_t>(static_cast<int64_t>(change));
}

extern "C" void dagrad_emu_compiled(void) {
    std::lock_guard<std::recursive_mutex> held(driver().lock);
    driver().counters.compilations++;
}

extern "C" int dagrad_emu_report(const char *path) {
    std::lock_guard<std::recursive_mutex> held(driver().lock);
    return write_report(path ? path : report_path());
}
