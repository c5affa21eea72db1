// What a compiled kernel and the driver that runs it agree on. Included by the driver, and put in front of every
// kernel by NVRTC, so it may include nothing.
#ifndef DAGRAD_EMU_ABI_H
#define DAGRAD_EMU_ABI_H

struct uint3 {
    unsigned x, y, z;
};

namespace dagrad_emu {

// The thread that runs on this host thread. Found through one load and a segment register.
struct Self {
    uint3 thread;
    uint3 block;
    uint3 block_dim;
    uint3 grid_dim;
    // Dynamic shared memory; static shared memory follows it.
    unsigned char *shared;
    // Tells one launch on this host thread from another, for Slot.
    unsigned long long launch;
};

// A __shared__ variable: its place in the block's shared memory, given by the first thread of a launch that needs it.
struct Slot {
    unsigned long long launch;
    unsigned offset;
};

// What waits for the other lanes of a warp, or for the other threads of a block.
enum class Wait : int {
    SHUFFLE,
    SHUFFLE_UP,
    SHUFFLE_DOWN,
    SHUFFLE_XOR,
    BALLOT,
    ANY,
    ALL,
    SYNC_WARP,
    BARRIER,
    BARRIER_COUNT,
    BARRIER_OR,
    BARRIER_AND,
};

struct Parameter {
    unsigned size, align;
};

// One kernel of an image.
struct Kernel {
    const char *name;
    void (*run)(void *const *arguments);
    const Parameter *parameters;
    int parameter_count;
    // Of __launch_bounds__, or 0.
    int most_threads;
    int least_blocks;
};

struct Image {
    // Compiled with checks of every address.
    bool checked;
    const Kernel *kernels;
    int kernel_count;
};

}

// Every image exports this, and nothing else that the driver needs.
extern "C" const dagrad_emu::Image dagrad_emu_image;

extern "C" {
#if defined(__SANITIZE_THREAD__)
#error "the emulator runs one GPU thread at a time; the thread sanitizer has nothing to find"
#endif
extern __thread dagrad_emu::Self dagrad_emu_self __attribute__((tls_model("initial-exec")));

// Makes the next thread of the block that has not yet run the current one; false if there is none.
bool dagrad_emu_next();

// Waits as `what` says. Lanes get the value that the collective gives them; a barrier its count, or 0 or 1.
// `width` is 32 but for shuffles within parts of a warp.
unsigned long long dagrad_emu_wait(dagrad_emu::Wait what, unsigned mask, unsigned long long value, int argument,
                                   int width);

// The lanes of the calling warp that have not ended.
unsigned dagrad_emu_active();

// Places the slot, whose variable takes `size` bytes.
void dagrad_emu_place(dagrad_emu::Slot *slot, unsigned size, unsigned align);

void dagrad_emu_trap() __attribute__((noreturn));
}

#endif
