// Runs the blocks of a launch, one after the other, and the threads of a block in turns.
#pragma once

#include "abi.h"
#include "fault.h"
#include "fiber.h"
#include "memory.h"
#include "settings.h"

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace dagrad_emu {

struct Launch {
    const Kernel *kernel;
    uint3 grid, block;
    // Bytes of dynamic shared memory, and the most that static and dynamic may be together.
    unsigned shared, most_shared;
    void *const *arguments;
    // Where the kernel's own constants are.
    const char *image, *image_end;
};

// What hardware of the kind allows.
struct Limits {
    static constexpr unsigned THREADS = 1024;
    static constexpr unsigned SHARED = 48 << 10;
    static constexpr unsigned REGISTERS = 65536;
    // Shared memory per block that a kernel may have when it asks for it, and that all blocks of a multiprocessor have.
    static unsigned most_shared(int arch);
    static unsigned shared_of_multiprocessor(int arch);
    static unsigned threads_of_multiprocessor(int arch);
};

class Executor {
public:
    explicit Executor(const Memory &memory);
    Executor(const Executor &) = delete;
    Executor &operator=(const Executor &) = delete;
    ~Executor();

    // Runs the launch to its end, or to its first fault. What the kernel needed is then known.
    CUresult run(const Launch &launch, Fault *fault);

    // Bytes of static shared memory that the last launch used.
    unsigned static_shared() const { return static_bytes; }

    // The one that runs on this host thread, or null.
    static Executor *current();

    // From within kernels.
    bool next();
    unsigned long long wait(Wait what, unsigned mask, unsigned long long value, int argument, int width);
    unsigned active() const;
    void place(Slot *slot, unsigned size, unsigned align);
    // Ends the launch unless a variable of the program is there, at a multiple of `align`.
    void check(const void *address, size_t bytes, size_t align, bool store) {
        if (__builtin_expect(reinterpret_cast<uintptr_t>(address) & (align - 1), 0)) {
            check_alignment(address, align, store);
        } else if (memory.in_region(address)) {
            if (__builtin_expect(memory.holds_in_region(address, bytes), 1)) {
                (store ? bytes_stored : bytes_loaded) += bytes;
                return;
            }
        } else if (in_shared(address, bytes)) {
            return;
        }
        check_elsewhere(address, bytes, store);
    }
    [[noreturn]] void fail(CUresult status, const std::string &message);
    [[noreturn]] void fail_at_signal(int signal, const void *address);

    uint64_t threads_run = 0;
    uint64_t switches = 0;
    uint64_t bytes_loaded = 0, bytes_stored = 0;

private:
    enum class State : unsigned char { NEW, RUNNING, READY, WAITING_WARP, WAITING_BLOCK, ENDED };

    struct Lane {
        Fiber *fiber;
        unsigned long long value, result;
        Wait what;
        unsigned mask;
        int argument, width;
    };

    static constexpr size_t SHARED_BYTES = 256 << 10;
    // Bytes between variables in shared memory that belong to nobody.
    static constexpr unsigned GAP = 32;

    const Memory &memory;
    Fibers fibers;
    Point host;
    char *shared;
    // For each byte of shared memory, whether it is of a variable.
    std::vector<unsigned char> valid;

    Launch launch{};
    int count = 0;
    int started = 0, ended = 0, at_barrier = 0;
    int running = -1;
    Fiber *fiber = nullptr;
    std::vector<int> order;
    std::vector<uint3> ids;
    uint3 shape{};
    std::vector<State> states;
    // For each warp the lanes that wait for others of it.
    std::array<unsigned, Limits::THREADS / 32> in_warp;
    std::vector<Lane> lanes;
    std::vector<int> ready;
    size_t ready_first = 0;
    unsigned shared_end = 0, static_bytes = 0;
    // What belongs to nobody behind each variable in shared memory: where it begins, and ends.
    std::vector<std::pair<unsigned, unsigned>> gaps;
    uint64_t random = 1;
    bool failed = false;
    bool inside = false;
    Fault found{};

    void prepare_block_shape();
    void prepare_order();
    void prepare_block();
    void run_block();
    void check_gaps();
    uint64_t draw();

    void add_variable(unsigned offset, unsigned size);

    static void body();
    void go_on();
    int take_ready();
    void make_ready(int thread);
    bool complete_warp(int thread);
    bool complete_barrier();
    unsigned long long result_of(int thread, int first) const;
    [[noreturn]] void stuck();
    // Whether it is all of variables in shared memory.
    bool in_shared(const void *address, size_t bytes) const {
        size_t offset = static_cast<size_t>(static_cast<const char *>(address) - shared);
        if (offset >= SHARED_BYTES - 16) return false;
        // Eight bytes at once; most accesses have fewer.
        uint64_t ones = 0x0101010101010101u, found;
        for (; bytes > 8; bytes -= 8, offset += 8) {
            memcpy(&found, valid.data() + offset, 8);
            if (found != ones) return false;
        }
        memcpy(&found, valid.data() + offset, 8);
        return ((found ^ ones) << (64 - 8 * bytes)) == 0;
    }

    void check_alignment(const void *address, size_t align, bool store);
    void check_elsewhere(const void *address, size_t bytes, bool store);
    std::string where() const;
    std::string text_of(int thread) const;
};

}
