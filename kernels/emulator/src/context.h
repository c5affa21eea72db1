// The driver's objects and what it knows as a whole. Everything here is guarded by one lock.
#pragma once

#include "cuda_types.h"
#include "emulator.h"
#include "executor.h"
#include "memory.h"
#include "work.h"

#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <unordered_set>
#include <vector>

namespace dagrad_emu {

struct Context {
    int device;
    unsigned flags;
    bool primary;
    int retained = 0;
    // A fault of a kernel: from then on every call returns it.
    CUresult error = CUDA_SUCCESS;
    // The stream of those that name none.
    std::shared_ptr<Stream> default_stream;
};

// A place in a stream: all its work up to and with the one of that number.
struct Mark {
    std::shared_ptr<Stream> stream;
    unsigned long long number = 0;
};

struct Operation {
    Work work;
    std::vector<Mark> after;
};

struct Capture;

struct Stream : std::enable_shared_from_this<Stream> {
    Context *context = nullptr;
    unsigned flags = 0;
    int priority = 0;
    std::deque<Operation> waiting;
    // Operations that were put in, and that were executed.
    unsigned long long issued = 0, done = 0;
    // For the next operation, from cuStreamWaitEvent.
    std::vector<Mark> after;

    std::shared_ptr<Capture> capture;
    // Of the capture: what the next node depends on.
    std::vector<Node *> last;

    bool is_default() const { return context->default_stream.get() == this; }
    bool is_blocking() const { return !(flags & CU_STREAM_NON_BLOCKING); }
};

struct Event {
    Context *context;
    unsigned flags;
    // Counts its records; a recording that is not the last leaves no time.
    unsigned long long version = 0;
    Mark mark;
    std::chrono::steady_clock::time_point time;
    // Recorded in a stream under capture: the nodes that it stands for.
    std::shared_ptr<Capture> capture;
    std::vector<Node *> nodes;
};

struct Module {
    void *library;
    const Image *image;
    const char *begin, *end;
    Context *context;
    std::vector<std::unique_ptr<Function>> functions;
};

struct Function {
    Module *module;
    const Kernel *kernel;
    // Bytes of dynamic shared memory that it may have.
    unsigned most_dynamic;
    // What its launches needed so far.
    unsigned static_shared = 0;

    unsigned most_threads() const {
        return kernel->most_threads ? static_cast<unsigned>(kernel->most_threads) : Limits::THREADS;
    }
};

struct Node {
    Graph *graph;
    Work work;
    std::vector<Node *> after;
};

struct Graph {
    std::vector<std::unique_ptr<Node>> nodes;

    // Of a copy: its nodes as `ordered` gives them.
    std::vector<const Node *> order;

    // The nodes, each after those that it depends on, else in the order that the settings ask for. Those of a circle
    // are missing.
    std::vector<const Node *> ordered() const;
    // To be executed. `copies` tells which node became which.
    std::shared_ptr<Graph> copy(std::map<const Node *, Node *> *copies) const;
};

struct Executable {
    std::shared_ptr<Graph> graph;
    // From the nodes that it was made of to its own.
    std::map<const Node *, Node *> nodes;
};

// A graph that streams record.
struct Capture {
    std::shared_ptr<Graph> graph = std::make_shared<Graph>();
    Stream *origin;
    CUstreamCaptureMode mode;
    std::thread::id thread;
    bool broken = false;
    std::set<Stream *> streams;
};

struct Driver {
    Driver();

    std::recursive_mutex lock;
    bool initialised = false;
    bool lost = false;
    Memory memory;
    std::unique_ptr<Executor> executor;
    struct ::dagrad_emu_counters counters{};
    std::vector<std::unique_ptr<Context>> primaries;
    std::set<Context *> contexts;
    std::map<Stream *, std::shared_ptr<Stream>> streams;
    std::set<Event *> events;
    std::set<Module *> modules;
    std::unordered_set<Function *> functions;
    std::map<Graph *, std::shared_ptr<Graph>> graphs;
    std::set<Executable *> executables;

    Executor &runner() {
        if (!executor) executor = std::make_unique<Executor>(memory);
        return *executor;
    }
};

Driver &driver();

// The calling thread's contexts, the current one last.
std::vector<Context *> &context_stack();
Context *current_context();

void watch_signals();

// ---- Streams ----

// The stream that the handle names in the current context, or null: 0 and 1 are the default stream.
std::shared_ptr<Stream> stream_of(CUstream handle);

// Puts the work into the stream, or into the graph that it records.
CUresult submit(const std::shared_ptr<Stream> &stream, Work work);

// Executes what the stream has up to that operation, and what that waits for.
CUresult finish(Stream &stream, unsigned long long number);
CUresult finish(Stream &stream);
// Everything of the context.
CUresult finish_all(Context *context);
// Executes one operation that the place waits for. Whether the place is then reached.
bool advance(Stream &stream, unsigned long long number);

// The context's error, or that of a device that is not there any more.
CUresult health(const Context *context);

// An unsafe call while a stream of this thread records a graph: breaks the recording.
CUresult forbid_in_capture();

// ---- Entering ----

enum class Need {
    // Works before cuInit.
    NOTHING,
    // Wants cuInit.
    INIT,
    // Wants a current context that is in order.
    CONTEXT,
    // Gives something back, which is done in any case.
    RELEASE,
};

CUresult may_enter(Need need);

// Runs the body of a function of the interface.
template <class F>
CUresult enter(Need need, F body) {
    Driver &d = driver();
    std::lock_guard<std::recursive_mutex> held(d.lock);
    CUresult state = may_enter(need);
    if (need == Need::RELEASE) {
        CUresult status = body();
        return state != CUDA_SUCCESS ? state : status;
    }
    return state != CUDA_SUCCESS ? state : body();
}

}

#define CUDA_API extern "C" __attribute__((visibility("default"))) CUresult
