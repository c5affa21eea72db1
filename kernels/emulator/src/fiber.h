// Stacks that take turns on one host thread. On x86-64 a switch is a dozen instructions, elsewhere that of ucontext.
#pragma once

#include <cstddef>
#if !defined(__x86_64__)
#include <ucontext.h>
#endif

namespace dagrad_emu {

// Where a stack stopped.
struct Point {
#if defined(__x86_64__)
    void *stack_pointer;
#else
    ucontext_t context;
#endif
    // For AddressSanitizer, which must be told of stacks.
    void *fake_stack;
    const void *bottom;
    size_t size;
};

struct Fiber {
    Point point;
    // The thread that runs on it, or that waits on it.
    int thread;
};

// A pool of fibers that all begin in one function. Not for several host threads.
class Fibers {
public:
    // `body` must not return: it ends by switching away.
    Fibers(int count, void (*body)());
    Fibers(const Fibers &) = delete;
    Fibers &operator=(const Fibers &) = delete;
    ~Fibers();

    // A fiber at its beginning.
    Fiber *take();

    // Only when another runs, or will run next and never come back to this one.
    void give(Fiber *fiber) { idle[idle_count++] = fiber; }

    // All are idle again, wherever they stopped.
    void reset();

    bool holds(const void *address) const {
        return static_cast<size_t>(static_cast<const char *>(address) - memory) < bytes;
    }

    // Whether the address is within a guard page, so that a stack has overflowed.
    bool is_guard(const void *address) const {
        return holds(address) && static_cast<size_t>(static_cast<const char *>(address) - memory) % STRIDE < GUARD;
    }

private:
#if defined(__SANITIZE_ADDRESS__)
    static constexpr size_t STACK = 256 << 10;
#else
    static constexpr size_t STACK = 64 << 10;
#endif
    static constexpr size_t GUARD = 4096;
    static constexpr size_t STRIDE = STACK + GUARD;

    void begin(int index);

    const int count;
    void (*const body)();
    size_t bytes;
    char *memory;
    Fiber *fibers;
    Fiber **idle;
    int idle_count;
    int mapped = 0;
};

// Stops here, to be gone on with by a switch to `from`; goes on at `to`. `from_ends`: nobody will come back.
void switch_stacks(Point &from, Point &to, bool from_ends = false);

// The first thing that a fiber does. `from` is the host thread's own stack, if control comes from there, else null.
void arrived(Point *from);

}
