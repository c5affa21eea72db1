#include "fiber.h"

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <sys/mman.h>
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

namespace dagrad_emu {

#if defined(__x86_64__)
// Saves what the calling convention has a function keep, and exchanges the stacks.
extern "C" void dagrad_emu_exchange(void **from, void *to);
asm(R"(
    .text
    .type dagrad_emu_exchange, @function
dagrad_emu_exchange:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
    .size dagrad_emu_exchange, . - dagrad_emu_exchange
)");
#endif

void switch_stacks(Point &from, Point &to, [[maybe_unused]] bool from_ends) {
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_start_switch_fiber(from_ends ? nullptr : &from.fake_stack, to.bottom, to.size);
#endif
#if defined(__x86_64__)
    dagrad_emu_exchange(&from.stack_pointer, to.stack_pointer);
#else
    swapcontext(&from.context, &to.context);
#endif
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(from.fake_stack, nullptr, nullptr);
#endif
}

void arrived([[maybe_unused]] Point *from) {
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(nullptr, from ? &from->bottom : nullptr, from ? &from->size : nullptr);
#endif
}

Fibers::Fibers(int count, void (*body)()) : count(count), body(body), bytes(static_cast<size_t>(count) * STRIDE) {
    void *mapping = mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapping == MAP_FAILED) abort();
    memory = static_cast<char *>(mapping);
    fibers = new Fiber[static_cast<size_t>(count)]();
    idle = new Fiber *[static_cast<size_t>(count)];
    reset();
}

Fibers::~Fibers() {
    munmap(memory, bytes);
    delete[] fibers;
    delete[] idle;
}

void Fibers::reset() {
    idle_count = 0;
    for (int i = count; i-- > 0;) idle[idle_count++] = fibers + i;
#if defined(__SANITIZE_ADDRESS__)
    for (int i = 0; i < mapped; i++)
        __asan_unpoison_memory_region(memory + static_cast<size_t>(i) * STRIDE + GUARD, STACK);
#endif
}

Fiber *Fibers::take() {
    if (idle_count == 0) abort();
    Fiber *fiber = idle[--idle_count];
    begin(static_cast<int>(fiber - fibers));
    return fiber;
}

void Fibers::begin(int index) {
    char *stack = memory + static_cast<size_t>(index) * STRIDE + GUARD;
    for (; mapped <= index; mapped++) {
        if (mprotect(memory + static_cast<size_t>(mapped) * STRIDE + GUARD, STACK, PROT_READ | PROT_WRITE) != 0)
            abort();
    }
    Point &point = fibers[index].point;
    point.bottom = stack;
    point.size = STACK;
    // Tops of stacks at one place of their pages would compete for the same lines of the cache.
    char *top = stack + STACK - 64 * static_cast<size_t>(index % 32);
#if defined(__x86_64__)
    // As if `exchange` had stopped at the entry of `body`: six registers, the address to return to, and one that
    // keeps the stack aligned as at a call.
    void **frame = reinterpret_cast<void **>(top) - 8;
    memset(frame, 0, 8 * sizeof(void *));
    frame[6] = reinterpret_cast<void *>(body);
    point.stack_pointer = frame;
#else
    getcontext(&point.context);
    point.context.uc_stack.ss_sp = stack;
    point.context.uc_stack.ss_size = static_cast<size_t>(top - stack);
    point.context.uc_link = nullptr;
    makecontext(&point.context, body, 0);
#endif
}

}
