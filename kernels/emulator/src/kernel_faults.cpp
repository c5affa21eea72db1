// How the executor finds what is wrong in a kernel, and says so.
#include "executor.h"
#include "memory.h"

#include <csignal>
#include <cstring>
#include <mutex>

namespace dagrad_emu {
namespace {

const char *name_of(Wait what) {
    switch (what) {
    case Wait::SHUFFLE: return "__shfl_sync";
    case Wait::SHUFFLE_UP: return "__shfl_up_sync";
    case Wait::SHUFFLE_DOWN: return "__shfl_down_sync";
    case Wait::SHUFFLE_XOR: return "__shfl_xor_sync";
    case Wait::BALLOT: return "__ballot_sync";
    case Wait::ANY: return "__any_sync";
    case Wait::ALL: return "__all_sync";
    case Wait::SYNC_WARP: return "__syncwarp";
    case Wait::BARRIER: return "__syncthreads";
    case Wait::BARRIER_COUNT: return "__syncthreads_count";
    case Wait::BARRIER_OR: return "__syncthreads_or";
    case Wait::BARRIER_AND: return "__syncthreads_and";
    }
    return "?";
}

}

std::string Executor::text_of(int thread) const {
    const Lane &lane = lanes[static_cast<size_t>(thread)];
    if (lane.what >= Wait::BARRIER) return name_of(lane.what);
    return format("%s with mask %08x", name_of(lane.what), lane.mask);
}

std::string Executor::where() const {
    uint3 block = dagrad_emu_self.block;
    std::string text = format("kernel %s, block (%u, %u, %u)", launch.kernel->name, block.x, block.y, block.z);
    if (running >= 0) {
        uint3 id = ids[static_cast<size_t>(running)];
        text += format(", thread (%u, %u, %u)", id.x, id.y, id.z);
    }
    return text + ": ";
}

void Executor::fail(CUresult status, const std::string &message) {
    found = {status, where() + message};
    failed = true;
    switch_stacks(fiber->point, host, true);
    __builtin_unreachable();
}

// Nobody can go on: says for what one waits in vain.
void Executor::stuck() {
    for (int thread = 0; thread < count; thread++) {
        State state = states[static_cast<size_t>(thread)];
        if (state != State::WAITING_WARP && state != State::WAITING_BLOCK) continue;
        // One that waits for the block may wait for those that wait for their warp, which then are to blame.
        if (state == State::WAITING_BLOCK && ended + at_barrier < count) continue;
        running = thread;
        std::string text = "waits in " + text_of(thread) + " for ever: ";
        int first = state == State::WAITING_BLOCK ? 0 : thread & ~31;
        int last = state == State::WAITING_BLOCK ? count : first + 32;
        for (int other = first; other < last; other++) {
            const Lane &mine = lanes[static_cast<size_t>(thread)];
            if (state == State::WAITING_WARP && !(mine.mask >> (other - first) & 1)) continue;
            std::string who = state == State::WAITING_BLOCK ? format("thread %d of the block", other)
                                                            : format("lane %d", other - first);
            if (other >= count)
                fail(CUDA_ERROR_LAUNCH_FAILED,
                     text + who + " is not in a block of " + std::to_string(count) + " threads");
            if (states[static_cast<size_t>(other)] == State::ENDED)
                fail(CUDA_ERROR_LAUNCH_FAILED, text + who + " has ended");
            const Lane &theirs = lanes[static_cast<size_t>(other)];
            if (theirs.mask != mine.mask || theirs.what != mine.what) {
                fail(CUDA_ERROR_LAUNCH_FAILED, text + who + " waits in " + text_of(other));
            }
        }
    }
    fail(CUDA_ERROR_LAUNCH_FAILED, "its threads wait for each other for ever");
}

void Executor::check_elsewhere(const void *address, size_t bytes, bool store) {
    const char *at = static_cast<const char *>(address), *what = store ? "store" : "load";
    // Local variables, the program's constants, and pinned memory.
    if (fibers.holds(address) || (at >= launch.image && at < launch.image_end)) return;
    if (bytes == 0 || (!memory.in_region(address) && memory.holds(address, bytes))) return;
    size_t offset = static_cast<size_t>(at - shared);
    if (offset < SHARED_BYTES) {
        fail(CUDA_ERROR_ILLEGAL_ADDRESS,
             format("%s of %zu bytes at byte %zu of shared memory, where no variable of the block is", what, bytes,
                    offset));
    }
    fail(CUDA_ERROR_ILLEGAL_ADDRESS,
         format("%s of %zu bytes at %p, which %s", what, bytes, address, memory.describe(address).c_str()));
}

void Executor::check_alignment(const void *address, size_t align, bool store) {
    // g++ gives local variables the alignment that they need here, not that of the hardware.
    if (fibers.holds(address)) return;
    fail(CUDA_ERROR_MISALIGNED_ADDRESS,
         format("%s of %zu bytes at %p, which is no multiple of %zu", store ? "store" : "load", align, address, align));
}

void Executor::fail_at_signal(int signal, const void *address) {
    if (signal == SIGFPE) fail(CUDA_ERROR_LAUNCH_FAILED, "an integer is divided by zero");
    if (signal == SIGILL) fail(CUDA_ERROR_LAUNCH_FAILED, "an instruction that the machine does not know");
    if (fibers.is_guard(address))
        fail(CUDA_ERROR_LAUNCH_FAILED, "a thread has more local variables than the emulator has room for");
    if (!address)
        fail(CUDA_ERROR_ILLEGAL_ADDRESS, "a load or a store at null, or at an address that is no multiple of its size");
    size_t offset = static_cast<size_t>(static_cast<const char *>(address) - shared);
    if (offset < 2 * SHARED_BYTES)
        fail(CUDA_ERROR_ILLEGAL_ADDRESS,
             format("a load or a store at byte %zu of shared memory, where no variable of the block is", offset));
    fail(CUDA_ERROR_ILLEGAL_ADDRESS,
         format("a load or a store at %p, which %s", address, memory.describe(address).c_str()));
}

namespace {

struct sigaction others[65];

void pass_on(int signal, siginfo_t *info, void *context) {
    const struct sigaction &other = others[signal];
    if (other.sa_flags & SA_SIGINFO) {
        other.sa_sigaction(signal, info, context);
    } else if (other.sa_handler == SIG_DFL || other.sa_handler == SIG_IGN) {
        // The instruction is tried again, and then the system does what it does.
        sigaction(signal, &other, nullptr);
    } else {
        other.sa_handler(signal);
    }
}

// A fault of the running kernel ends its launch; any other is the business of whoever was there before.
void on_signal(int signal, siginfo_t *info, void *context) {
    if (Executor *executor = Executor::current()) {
        executor->fail_at_signal(signal, info->si_addr);
    }
    pass_on(signal, info, context);
}

}

void watch_signals() {
    static std::once_flag once;
    std::call_once(once, [] {
        struct sigaction action = {};
        action.sa_sigaction = on_signal;
        // The handler does not return, so nothing may stay blocked.
        action.sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK;
        for (int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL}) sigaction(signal, &action, &others[signal]);
    });
}

}

// ---- What kernels call ----

using dagrad_emu::Executor;
using dagrad_emu::format;
#define KERNELS extern "C" __attribute__((visibility("default")))

KERNELS bool dagrad_emu_next() { return Executor::current()->next(); }

KERNELS unsigned long long dagrad_emu_wait(dagrad_emu::Wait what, unsigned mask, unsigned long long value, int argument,
                                           int width) {
    return Executor::current()->wait(what, mask, value, argument, width);
}

KERNELS unsigned dagrad_emu_active() { return Executor::current()->active(); }

KERNELS void dagrad_emu_place(dagrad_emu::Slot *slot, unsigned size, unsigned align) {
    Executor::current()->place(slot, size, align);
}

KERNELS void dagrad_emu_trap() { Executor::current()->fail(CUDA_ERROR_LAUNCH_FAILED, "__trap() was called"); }

#if !defined(__SANITIZE_ADDRESS__)
// g++ -fsanitize=kernel-address has these called before each load and store.
#define CHECKS(size)                                                 \
    KERNELS void __asan_load##size##_noabort(const void *address) {  \
        Executor::current()->check(address, size, size, false);      \
    }                                                                \
    KERNELS void __asan_store##size##_noabort(const void *address) { \
        Executor::current()->check(address, size, size, true);       \
    }
CHECKS(1)
CHECKS(2)
CHECKS(4)
CHECKS(8)
CHECKS(16)
KERNELS void __asan_loadN_noabort(const void *address, size_t bytes) {
    Executor::current()->check(address, bytes, 1, false);
}
KERNELS void __asan_storeN_noabort(const void *address, size_t bytes) {
    Executor::current()->check(address, bytes, 1, true);
}
KERNELS void __asan_handle_no_return() {}
#endif

// g++ -fsanitize=bounds has this called where an index is not within its array.
namespace {

struct Source {
    const char *file;
    unsigned line, column;
};

struct Type {
    unsigned short kind, info;
    char name[1];
};

struct Bounds {
    Source source;
    const Type *array, *index;
};

}

KERNELS void __ubsan_handle_out_of_bounds(const Bounds *found, const void *index) {
    Executor::current()->fail(CUDA_ERROR_ILLEGAL_ADDRESS,
                              format("%s:%u: index %lld into an array of type %s", found->source.file,
                                     found->source.line, static_cast<long long>(reinterpret_cast<intptr_t>(index)),
                                     found->array->name));
}
