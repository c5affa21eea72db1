// What the emulator's libraries say to each other, and to tests, beside the CUDA interface itself.
// Exported by libcuda.so.1. C only, so that any of the libraries can be built alone.
#ifndef DAGRAD_EMULATOR_H
#define DAGRAD_EMULATOR_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define DAGRAD_EMU_API __attribute__((visibility("default")))
#else
#define DAGRAD_EMU_API
#endif

// A CUstream; null is the default stream of the current context.
typedef struct CUstream_st *dagrad_emu_stream;

// What a piece of work is counted as. Copies and fills are counted by the driver itself.
enum dagrad_emu_kind { DAGRAD_EMU_KERNEL = 0, DAGRAD_EMU_GEMM = 1, DAGRAD_EMU_OTHER = 2 };

// Work of another library, executed in a stream's order, or captured into the graph that the stream records, and then
// executed each time that the graph is launched. `run(closure)` may so be called never, once or often, on any thread;
// `release(closure)` is called exactly once, after the last run, also when this function fails. `release` may be null.
// `name` is copied; it appears in the report. `bytes` is how many bytes of device memory a run reads and writes, for
// the counters. `run` returns a CUresult: 0, or an error, which the context then keeps, as after a faulty kernel.
// Returns a CUresult.
DAGRAD_EMU_API int dagrad_emu_enqueue(dagrad_emu_stream stream, enum dagrad_emu_kind kind, const char *name,
                                      uint64_t bytes, int (*run)(void *closure), void *closure,
                                      void (*release)(void *closure));

// 1 if [pointer, pointer + bytes) lies within one live device allocation (or pinned host memory, which a device can
// reach as well), else 0. An empty range at any address is good. To be called from within `run`, since memory may be
// freed between enqueueing and running; a library that finds a bad range returns dagrad_emu_fault(...) from `run`.
DAGRAD_EMU_API int dagrad_emu_check_range(const void *pointer, size_t bytes);

// Prints that work `name` touched `bytes` bytes at `pointer`, which are not within an allocation, and what lies there
// or nearby. Returns CUDA_ERROR_ILLEGAL_ADDRESS (700).
DAGRAD_EMU_API int dagrad_emu_fault(const char *name, const void *pointer, size_t bytes);

// 0 if the calling thread has a current, healthy context, else a CUresult: CUDA_ERROR_INVALID_CONTEXT, the error that
// the context keeps, or that the device is lost or not there.
DAGRAD_EMU_API int dagrad_emu_context_status(void);

// 1 if the stream is being captured into a graph.
DAGRAD_EMU_API int dagrad_emu_is_capturing(dagrad_emu_stream stream);

// Waits until the stream's work is done, as cuStreamSynchronize.
DAGRAD_EMU_API int dagrad_emu_synchronize(dagrad_emu_stream stream);

// Device memory from the current context for another library's own use (a workspace). Counted as live until freed.
DAGRAD_EMU_API int dagrad_emu_allocate(void **pointer, size_t bytes);
DAGRAD_EMU_API int dagrad_emu_free(void *pointer);

// The counters since the process started, or since the last reset of those that count events.
struct dagrad_emu_counters {
    uint64_t kernels;    // kernels executed, also from graphs
    uint64_t gemms;      // GEMMs executed, a batch counting as one
    uint64_t gemm_bytes; // as stated by cuBLAS
    uint64_t graph_launches;
    uint64_t copies_to_device; // and so on: memcpy and memset operations executed
    uint64_t copies_to_host;
    uint64_t copies_on_device;
    uint64_t fills;
    uint64_t bytes_to_device;
    uint64_t bytes_to_host;
    uint64_t bytes_on_device; // copied within the device, counted once
    uint64_t bytes_filled;
    uint64_t allocations;      // calls of cuMemAlloc that succeeded
    uint64_t live_allocations; // device allocations, now
    uint64_t live_bytes;
    uint64_t peak_bytes;
    uint64_t live_pinned; // pinned host allocations and registrations, now
    uint64_t live_streams;
    uint64_t live_events;
    uint64_t live_modules;
    uint64_t live_graphs; // graphs and executable graphs
    uint64_t live_contexts;
    uint64_t live_handles; // of cuBLAS, NVRTC programs: see dagrad_emu_live
    uint64_t compilations; // by NVRTC
    uint64_t faults;       // found in kernels or at fences
    uint64_t threads;      // GPU threads executed
    uint64_t fiber_switches;
    uint64_t kernel_bytes_loaded; // from device memory, each access counted, so without caches; 0 in kernels that are
    uint64_t kernel_bytes_stored; // not checked
};

// Fills `counters`, of which the caller says how large it is (`size` bytes are written at most), and returns the size
// that this library knows. All fields are 64-bit integers in the order above.
DAGRAD_EMU_API size_t dagrad_emu_counters(struct dagrad_emu_counters *counters, size_t size);

// Sets the counters of events (not those of live things) to zero.
DAGRAD_EMU_API void dagrad_emu_reset_counters(void);

// Adds to live_handles: a library calls it with +1 when it makes a handle and -1 when the handle is destroyed.
DAGRAD_EMU_API void dagrad_emu_live(int change);

// Adds one to the compilations.
DAGRAD_EMU_API void dagrad_emu_compiled(void);

// Writes the report, JSON, to the file; null: to the one of DAGRAD_EMU_REPORT. Returns 0 if that failed.
DAGRAD_EMU_API int dagrad_emu_report(const char *path);

// The last fault's sentence, or an empty string; valid until the calling thread asks again.
DAGRAD_EMU_API const char *dagrad_emu_last_fault(void);

#ifdef __cplusplus
}
#endif

#endif
