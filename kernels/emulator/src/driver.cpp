#include "context.h"

#include <cstdarg>
#include <cstdio>
#include <dlfcn.h>

namespace dagrad_emu {

Driver::Driver() {
    for (int device = 0; device < settings().devices; device++) {
        primaries.push_back(std::make_unique<Context>());
        primaries.back()->device = device;
        primaries.back()->primary = true;
    }
    watch_signals();
    // Kernels look for the functions of this library, which whoever loaded it may have kept to himself.
    Dl_info self;
    if (dladdr(reinterpret_cast<void *>(&watch_signals), &self))
        dlopen(self.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_GLOBAL);
}

Driver &driver() {
    // Never destroyed: other threads may call while the process ends.
    static Driver *only = new Driver();
    return *only;
}

std::vector<Context *> &context_stack() {
    static thread_local std::vector<Context *> stack;
    return stack;
}

Context *current_context() {
    std::vector<Context *> &stack = context_stack();
    return stack.empty() ? nullptr : stack.back();
}

CUresult health(const Context *context) { return driver().lost ? CUDA_ERROR_DEVICE_UNAVAILABLE : context->error; }

CUresult may_enter(Need need) {
    Driver &d = driver();
    if (need == Need::NOTHING) return CUDA_SUCCESS;
    if (!d.initialised) return CUDA_ERROR_NOT_INITIALIZED;
    if (d.lost) return CUDA_ERROR_DEVICE_UNAVAILABLE;
    if (need == Need::INIT) return CUDA_SUCCESS;
    Context *context = current_context();
    if (!context) return CUDA_ERROR_INVALID_CONTEXT;
    if (d.contexts.count(context) == 0) return CUDA_ERROR_CONTEXT_IS_DESTROYED;
    return context->error;
}

std::string format(const char *pattern, ...) {
    char text[1024];
    va_list arguments;
    va_start(arguments, pattern);
    vsnprintf(text, sizeof text, pattern, arguments);
    va_end(arguments);
    return text;
}

namespace {

std::mutex last_lock;
std::string &last_fault = *new std::string();

}

CUresult tell(const Fault &fault) {
    if (fault.message.empty()) return fault.status;
    driver().counters.faults++;
    if (!settings().quiet) fprintf(stderr, "CUDA emulator: %s\n", fault.message.c_str());
    std::lock_guard<std::mutex> held(last_lock);
    last_fault = fault.message;
    return fault.status;
}

}

extern "C" const char *dagrad_emu_last_fault(void) {
    static thread_local std::string mine;
    std::lock_guard<std::mutex> held(dagrad_emu::last_lock);
    mine = dagrad_emu::last_fault;
    return mine.c_str();
}
