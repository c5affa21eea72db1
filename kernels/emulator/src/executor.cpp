#include "executor.h"

#include "memory.h"

#include <algorithm>
#include <csignal>
#include <cstring>
#include <memory>
#include <numeric>
#include <sys/mman.h>

__attribute__((visibility("default"))) __thread dagrad_emu::Self dagrad_emu_self;

namespace dagrad_emu {
namespace {

__thread Executor *current_executor __attribute__((tls_model("initial-exec")));

bool same(uint3 a, uint3 b) { return a.x == b.x && a.y == b.y && a.z == b.z; }

// Visits 0, 1, …, n - 1 in an order.
class Sequence {
public:
    Sequence(uint64_t n, Order order, uint64_t random) : n(n), step(1), at(0) {
        if (order == Order::REVERSE) {
            step = n - 1;
            at = n - 1;
        } else if (order == Order::SHUFFLED) {
            step = random % n | 1;
            while (std::gcd(step, n) != 1) step += 2;
            at = (random >> 32) % n;
        }
    }
    uint64_t take() {
        uint64_t taken = at;
        at = (at + step) % n;
        return taken;
    }

private:
    uint64_t n, step, at;
};

}

Executor::Executor(const Memory &memory)
    : memory(memory), fibers(Limits::THREADS, &Executor::body), valid(SHARED_BYTES), lanes(Limits::THREADS) {
    void *mapping = mmap(nullptr, SHARED_BYTES + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapping == MAP_FAILED) abort();
    shared = static_cast<char *>(mapping);
    mprotect(shared + SHARED_BYTES, 4096, PROT_NONE);
}

Executor::~Executor() { munmap(shared, SHARED_BYTES + 4096); }

Executor *Executor::current() { return current_executor; }

uint64_t Executor::draw() {
    random ^= random << 13;
    random ^= random >> 7;
    random ^= random << 17;
    return random * 2685821657736338717u;
}

namespace {

// While it lives, signals of this host thread are handled on a stack of their own: that of a fiber may be full.
class SignalStack {
public:
    SignalStack() {
        static thread_local std::unique_ptr<char[]> memory(new char[SIZE]);
        stack_t mine{memory.get(), 0, SIZE};
        sigaltstack(&mine, &before);
    }
    SignalStack(const SignalStack &) = delete;
    SignalStack &operator=(const SignalStack &) = delete;
    ~SignalStack() { sigaltstack(&before, nullptr); }

private:
    static constexpr size_t SIZE = 64 << 10;
    stack_t before;
};

}

CUresult Executor::run(const Launch &given, Fault *fault) {
    SignalStack signals;
    static uint64_t launches = 0;
    launch = given;
    Self &self = dagrad_emu_self;
    self.grid_dim = launch.grid;
    self.block_dim = launch.block;
    self.shared = reinterpret_cast<unsigned char *>(shared);
    self.launch = ++launches;
    random = settings().seed * 0x9e3779b97f4a7c15u + launches;
    prepare_block_shape();
    std::fill_n(valid.begin(), shared_end, 0);
    shared_end = static_bytes = 0;
    gaps.clear();
    if (launch.shared) add_variable(0, launch.shared);
    failed = false;

    uint64_t blocks = uint64_t{launch.grid.x} * launch.grid.y * launch.grid.z;
    Sequence sequence(blocks, settings().blocks, draw());
    current_executor = this;
    for (uint64_t i = 0; i < blocks && !failed; i++) {
        uint64_t block = sequence.take();
        uint64_t row = block / launch.grid.x;
        self.block = {static_cast<unsigned>(block % launch.grid.x), static_cast<unsigned>(row % launch.grid.y),
                      static_cast<unsigned>(row / launch.grid.y)};
        run_block();
    }
    current_executor = nullptr;
    threads_run += blocks * static_cast<uint64_t>(count);
    if (!failed) return CUDA_SUCCESS;
    *fault = found;
    return found.status;
}

void Executor::prepare_block_shape() {
    count = static_cast<int>(launch.block.x * launch.block.y * launch.block.z);
    if (same(shape, launch.block)) return;
    shape = launch.block;
    ids.clear();
    for (unsigned z = 0; z < shape.z; z++) {
        for (unsigned y = 0; y < shape.y; y++) {
            for (unsigned x = 0; x < shape.x; x++) ids.push_back({x, y, z});
        }
    }
    order.resize(static_cast<size_t>(count));
    std::iota(order.begin(), order.end(), 0);
    if (settings().threads == Order::REVERSE) std::reverse(order.begin(), order.end());
    states.resize(static_cast<size_t>(count));
}

void Executor::prepare_block() {
    if (settings().threads == Order::SHUFFLED) {
        for (size_t i = order.size(); i > 1; i--) std::swap(order[i - 1], order[draw() % i]);
    }
    std::fill(states.begin(), states.end(), State::NEW);
    in_warp.fill(0);
    started = ended = at_barrier = 0;
    ready.clear();
    ready_first = 0;
    if (settings().fill) fill_fresh(shared, shared_end);
}

// On the host thread's own stack.
void Executor::run_block() {
    prepare_block();
    running = -1;
    fiber = fibers.take();
    inside = true;
    switch_stacks(host, fiber->point);
    inside = false;
    if (failed) {
        fibers.reset();
        ready.clear();
    } else {
        check_gaps();
    }
}

// Where every fiber begins: it runs threads until there is none left to begin.
void Executor::body() {
    Executor &self = *current_executor;
    arrived(self.started == 0 ? &self.host : nullptr);
    self.running = -1;
    self.launch.kernel->run(self.launch.arguments);
    Fiber *mine = self.fiber;
    self.fibers.give(mine);
    int thread = self.take_ready();
    if (thread >= 0) {
        self.switches++;
        self.running = thread;
        self.states[static_cast<size_t>(thread)] = State::RUNNING;
        dagrad_emu_self.thread = self.ids[static_cast<size_t>(thread)];
        self.fiber = self.lanes[static_cast<size_t>(thread)].fiber;
        switch_stacks(mine->point, self.fiber->point, true);
    } else if (self.ended == self.count) {
        switch_stacks(mine->point, self.host, true);
    }
    self.stuck();
}

bool Executor::next() {
    if (running >= 0) {
        states[static_cast<size_t>(running)] = State::ENDED;
        ended++;
        running = -1;
    }
    if (started == count) return false;
    running = order[static_cast<size_t>(started++)];
    states[static_cast<size_t>(running)] = State::RUNNING;
    dagrad_emu_self.thread = ids[static_cast<size_t>(running)];
    return true;
}

int Executor::take_ready() {
    if (ready_first == ready.size()) return -1;
    if (settings().threads == Order::SHUFFLED)
        std::swap(ready[ready_first], ready[ready_first + draw() % (ready.size() - ready_first)]);
    int thread = ready[ready_first++];
    if (ready_first == ready.size()) {
        ready.clear();
        ready_first = 0;
    }
    return thread;
}

void Executor::make_ready(int thread) {
    states[static_cast<size_t>(thread)] = State::READY;
    ready.push_back(thread);
}

// The running thread waits: another goes on, and comes back here in the end.
void Executor::go_on() {
    int thread = running;
    Lane &lane = lanes[static_cast<size_t>(thread)];
    Fiber *mine = fiber;
    lane.fiber = mine;
    int other = take_ready();
    if (other >= 0) {
        running = other;
        states[static_cast<size_t>(other)] = State::RUNNING;
        dagrad_emu_self.thread = ids[static_cast<size_t>(other)];
        fiber = lanes[static_cast<size_t>(other)].fiber;
    } else if (started < count) {
        running = -1;
        fiber = fibers.take();
    } else {
        stuck();
    }
    switches++;
    switch_stacks(mine->point, fiber->point);
}

unsigned long long Executor::wait(Wait what, unsigned mask, unsigned long long value, int argument, int width) {
    int thread = running;
    Lane &lane = lanes[static_cast<size_t>(thread)];
    lane.what = what;
    lane.mask = mask;
    lane.value = value;
    lane.argument = argument;
    lane.width = width;
    bool complete;
    if (what >= Wait::BARRIER) {
        states[static_cast<size_t>(thread)] = State::WAITING_BLOCK;
        at_barrier++;
        complete = complete_barrier();
    } else {
        if (!(mask >> (thread % 32) & 1)) {
            fail(CUDA_ERROR_LAUNCH_FAILED, "calls " + text_of(thread) + ", a mask without its own lane");
        }
        states[static_cast<size_t>(thread)] = State::WAITING_WARP;
        unsigned &arrived = in_warp[static_cast<size_t>(thread / 32)];
        arrived |= 1u << thread % 32;
        complete = (mask & ~arrived) == 0 && complete_warp(thread);
    }
    if (complete) states[static_cast<size_t>(thread)] = State::RUNNING;
    else go_on();
    return lane.result;
}

// All lanes of the thread's mask wait: if it is for the same, they may go on; the thread itself does at once.
bool Executor::complete_warp(int thread) {
    int first = thread & ~31;
    const Lane &mine = lanes[static_cast<size_t>(thread)];
    for (unsigned left = mine.mask; left; left &= left - 1) {
        const Lane &lane = lanes[static_cast<size_t>(first + __builtin_ctz(left))];
        if (lane.mask != mine.mask || lane.what != mine.what) return false;
    }
    in_warp[static_cast<size_t>(thread / 32)] &= ~mine.mask;
    unsigned long long results[32];
    for (unsigned left = mine.mask; left; left &= left - 1) {
        int lane = __builtin_ctz(left);
        results[lane] = result_of(first + lane, first);
    }
    for (unsigned left = mine.mask; left; left &= left - 1) {
        int lane = __builtin_ctz(left);
        lanes[static_cast<size_t>(first + lane)].result = results[lane];
        if (first + lane != thread) make_ready(first + lane);
    }
    return true;
}

// What the collective gives to the thread, now that all lanes of its mask have come.
unsigned long long Executor::result_of(int thread, int first) const {
    const Lane &mine = lanes[static_cast<size_t>(thread)];
    int lane = thread - first, part = lane & ~(mine.width - 1), source = lane;
    unsigned votes = 0;
    switch (mine.what) {
    case Wait::SHUFFLE: source = part + (mine.argument & (mine.width - 1)); break;
    case Wait::SHUFFLE_UP: source = lane - mine.argument >= part ? lane - mine.argument : lane; break;
    case Wait::SHUFFLE_DOWN: source = lane + mine.argument < part + mine.width ? lane + mine.argument : lane; break;
    // A lane of an earlier part may be read, one of a later part may not.
    case Wait::SHUFFLE_XOR: source = (lane ^ mine.argument) < part + mine.width ? lane ^ mine.argument : lane; break;
    default:
        for (unsigned left = mine.mask; left; left &= left - 1) {
            int other = __builtin_ctz(left);
            if (lanes[static_cast<size_t>(first + other)].value) votes |= 1u << other;
        }
        if (mine.what == Wait::ANY) return votes != 0;
        return mine.what == Wait::ALL ? votes == mine.mask : votes;
    }
    if (!(mine.mask >> (source & 31) & 1)) return 0x7ff57ff57ff57ff5u;
    return lanes[static_cast<size_t>(first + source)].value;
}

// If all threads of the block are at the barrier, they may go on.
bool Executor::complete_barrier() {
    if (at_barrier < count) return false;
    unsigned long long sum = 0;
    for (int i = 0; i < count; i++) {
        if (lanes[static_cast<size_t>(i)].what != lanes[0].what) {
            fail(CUDA_ERROR_LAUNCH_FAILED, "waits in " + text_of(running) + " while thread " + std::to_string(i) +
                                               " waits in another kind of barrier");
        }
        sum += lanes[static_cast<size_t>(i)].value;
    }
    unsigned long long result = lanes[0].what == Wait::BARRIER_OR    ? sum != 0
                                : lanes[0].what == Wait::BARRIER_AND ? sum == static_cast<unsigned>(count)
                                                                     : sum;
    for (int thread : order) {
        lanes[static_cast<size_t>(thread)].result = result;
        if (thread != running) make_ready(thread);
    }
    at_barrier = 0;
    return true;
}

unsigned Executor::active() const {
    unsigned mask = 0;
    for (int lane = 0, first = running & ~31; lane < 32 && first + lane < count; lane++) {
        if (states[static_cast<size_t>(first + lane)] != State::ENDED) mask |= 1u << lane;
    }
    return mask;
}

// Gives the variable its place; the bytes behind it, up to the next, belong to nobody.
void Executor::add_variable(unsigned offset, unsigned size) {
    unsigned end = (offset + size + GAP + 15) / 16 * 16;
    std::fill_n(valid.begin() + offset, size, 1);
    gaps.push_back({offset + size, end});
    if (settings().fill) fill_fresh(shared + shared_end, end - shared_end);
    shared_end = end;
}

void Executor::place(Slot *slot, unsigned size, unsigned align) {
    unsigned offset = (shared_end + align - 1) / align * align;
    static_bytes += size;
    if (static_bytes > Limits::SHARED || static_bytes + launch.shared > launch.most_shared ||
        offset + size + 64 > SHARED_BYTES) {
        fail(CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES,
             format("needs %u bytes of static and %u of dynamic shared memory, of %u that it may have", static_bytes,
                    launch.shared, launch.most_shared));
    }
    slot->offset = offset;
    slot->launch = dagrad_emu_self.launch;
    add_variable(offset, size);
}

// Bytes between variables must be as they were.
void Executor::check_gaps() {
    if (!settings().fill) return;
    for (const auto &gap : gaps) {
        for (unsigned at = gap.first; at < gap.second; at++) {
            unsigned char expected = at % 2 ? FRESH >> 8 : FRESH & 0xff;
            if (static_cast<unsigned char>(shared[at]) == expected) continue;
            failed = true;
            found = {CUDA_ERROR_ILLEGAL_ADDRESS,
                     where() + format("something was stored %u bytes behind the end of a variable in shared memory",
                                      at - gap.first)};
            return;
        }
    }
}

}
