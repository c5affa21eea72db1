#include "memory.h"

#include "context.h"
#include "settings.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <sys/mman.h>

namespace dagrad_emu {
namespace {

// Addresses that CUDA gives are multiples of this.
constexpr size_t ALIGNMENT = 256;
constexpr size_t REGION = size_t{256} << 30;

#if defined(__SANITIZE_ADDRESS__)
constexpr bool FROM_HEAP = true;
#else
constexpr bool FROM_HEAP = false;
#endif

size_t rounded(size_t bytes, size_t to) { return (bytes + to - 1) / to * to; }

// From the heap, which the sanitizer watches to the byte.
void *from_heap(size_t bytes, size_t alignment) {
    void *memory = nullptr;
    return posix_memalign(&memory, alignment, bytes) == 0 ? memory : nullptr;
}

void *map(size_t bytes, int protection) {
    void *mapping = mmap(nullptr, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return mapping == MAP_FAILED ? nullptr : mapping;
}

}

void fill_fresh(void *memory, size_t bytes) {
    uint16_t *halves = static_cast<uint16_t *>(memory);
    std::fill(halves, halves + bytes / 2, FRESH);
    if (bytes % 2) static_cast<unsigned char *>(memory)[bytes - 1] = FRESH & 0xff;
}

std::string Allocation::text() const {
    const char *of = place == Place::DEVICE ? "device memory" : "pinned host memory";
    return format("allocation %llu (%zu bytes of %s at %p)", serial, bytes, of, static_cast<void *>(base));
}

Memory::Memory() : used_bytes(static_cast<size_t>(std::max(1, settings().devices))) {
    if (FROM_HEAP) return;
    region = static_cast<char *>(map(REGION, PROT_NONE));
    if (!region) return;
    owners = static_cast<Allocation **>(map(REGION / PAGE * sizeof(Allocation *), PROT_READ | PROT_WRITE));
    if (!owners) return;
    region_bytes = REGION;
    gaps[PAGE] = REGION - PAGE;
}

// First fit; a page that belongs to nobody stays behind each allocation.
char *Memory::take_region(size_t bytes) {
    size_t whole = bytes + PAGE;
    for (auto gap = gaps.begin(); gap != gaps.end(); ++gap) {
        if (gap->second < whole) continue;
        size_t offset = gap->first, left = gap->second - whole;
        gaps.erase(gap);
        if (left) gaps[offset + whole] = left;
        if (mprotect(region + offset, bytes, PROT_READ | PROT_WRITE) == 0) return region + offset;
        give_region(region + offset, bytes);
        return nullptr;
    }
    return nullptr;
}

void Memory::give_region(char *base, size_t bytes) {
    mmap(base, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
    size_t offset = static_cast<size_t>(base - region), length = bytes + PAGE;
    auto after = gaps.lower_bound(offset);
    if (after != gaps.end() && after->first == offset + length) {
        length += after->second;
        after = gaps.erase(after);
    }
    if (after != gaps.begin()) {
        auto before = std::prev(after);
        if (before->first + before->second == offset) {
            before->second += length;
            return;
        }
    }
    gaps[offset] = length;
}

Allocation *Memory::add(char *base, size_t bytes, Place place, Context *context) {
    auto allocation = std::make_unique<Allocation>(Allocation{base, bytes, place, context, ++serials});
    return (allocations[base] = std::move(allocation)).get();
}

Allocation *Memory::allocate(Context *context, size_t bytes) {
    size_t &used = used_bytes[static_cast<size_t>(context->device)];
    size_t charged = rounded(bytes, ALIGNMENT);
    if (charged < bytes || charged > settings().memory - std::min(used, settings().memory)) return nullptr;
    size_t mapped = rounded(bytes, PAGE);
    char *base = static_cast<char *>(region ? take_region(mapped) : FROM_HEAP ? from_heap(bytes, ALIGNMENT) : nullptr);
    if (!base) return nullptr;
    used += charged;
    peak_bytes = std::max(peak_bytes, used);
    if (settings().fill) fill_fresh(base, region ? mapped : bytes);
    Allocation *allocation = add(base, bytes, Place::DEVICE, context);
    if (region) std::fill_n(owners + (base - region) / PAGE, mapped / PAGE, allocation);
    return allocation;
}

Allocation *Memory::allocate_pinned(Context *context, size_t bytes) {
    char *base =
        static_cast<char *>(FROM_HEAP ? from_heap(bytes, PAGE) : map(rounded(bytes, PAGE), PROT_READ | PROT_WRITE));
    if (!base) return nullptr;
    if (settings().fill) fill_fresh(base, bytes);
    return add(base, bytes, Place::PINNED, context);
}

Allocation *Memory::add_registered(Context *context, void *base, size_t bytes) {
    char *begin = static_cast<char *>(base);
    auto after = allocations.lower_bound(begin);
    if (after != allocations.end() && after->second->base < begin + bytes) return nullptr;
    if (after != allocations.begin() && std::prev(after)->second->end() > begin) return nullptr;
    return add(begin, bytes, Place::REGISTERED, context);
}

bool Memory::fence_holds(const Allocation &allocation, Fault *fault) const {
    if (!region || allocation.place != Place::DEVICE || !settings().fill) return true;
    const char *end = allocation.end(), *page_end = allocation.base + rounded(allocation.bytes, PAGE);
    for (const char *at = end; at < page_end; at++) {
        unsigned char expected = (at - allocation.base) % 2 ? FRESH >> 8 : FRESH & 0xff;
        if (static_cast<unsigned char>(*at) == expected) continue;
        *fault = {CUDA_ERROR_ILLEGAL_ADDRESS,
                  format("something was stored %zd bytes behind the end of %s", at - end, allocation.text().c_str())};
        return false;
    }
    return true;
}

bool Memory::fences_hold(Fault *fault) {
    for (const auto &entry : allocations) {
        if (!fence_holds(*entry.second, fault)) return false;
    }
    return true;
}

void Memory::free(Allocation *allocation, Fault *fault) {
    fence_holds(*allocation, fault);
    size_t mapped = rounded(allocation->bytes, PAGE);
    char *base = allocation->base;
    switch (allocation->place) {
    case Place::DEVICE:
        used_bytes[static_cast<size_t>(allocation->context->device)] -= rounded(allocation->bytes, ALIGNMENT);
        if (region) {
            std::fill_n(owners + (base - region) / PAGE, mapped / PAGE, nullptr);
            give_region(base, mapped);
        } else {
            ::free(base);
        }
        break;
    case Place::PINNED:
        if (FROM_HEAP) ::free(base);
        else munmap(base, mapped);
        break;
    case Place::REGISTERED: break;
    }
    allocations.erase(base);
}

void Memory::free_all(Context *context) {
    std::vector<Allocation *> owned;
    for (const auto &entry : allocations) {
        if (entry.second->context == context) owned.push_back(entry.second.get());
    }
    Fault ignored;
    for (Allocation *allocation : owned) free(allocation, &ignored);
}

Allocation *Memory::find(const void *address) const {
    auto after = allocations.upper_bound(address);
    if (after == allocations.begin()) return nullptr;
    Allocation *before = std::prev(after)->second.get();
    return address < before->end() ? before : nullptr;
}

Allocation *Memory::starting(const void *address, Place place) const {
    auto found = allocations.find(address);
    return found != allocations.end() && found->second->place == place ? found->second.get() : nullptr;
}

bool Memory::holds_elsewhere(const void *address, size_t bytes) const {
    const Allocation *allocation = find(address);
    return allocation && static_cast<const char *>(address) + bytes <= allocation->end();
}

std::string Memory::describe(const void *address) const {
    if (!address) return "is null";
    const char *at = static_cast<const char *>(address);
    auto after = allocations.upper_bound(address);
    const Allocation *before = after == allocations.begin() ? nullptr : std::prev(after)->second.get();
    const Allocation *behind = after == allocations.end() ? nullptr : after->second.get();
    size_t near = size_t{1} << 20;
    if (before && at < before->end()) return format("is byte %zd of %s", at - before->base, before->text().c_str());
    if (before && static_cast<size_t>(at - before->end()) < near) {
        return format("is %zd bytes behind the end of %s", at - before->end(), before->text().c_str());
    }
    if (behind && static_cast<size_t>(behind->base - at) < near) {
        return format("is %zd bytes before %s", behind->base - at, behind->text().c_str());
    }
    if (static_cast<size_t>(at - region) < region_bytes) return "is device memory that is not allocated, or was freed";
    return "is in no allocation: neither device memory nor pinned host memory";
}

size_t Memory::used(int device) const { return used_bytes[static_cast<size_t>(device)]; }

size_t Memory::count(Place place) const {
    size_t count = 0;
    for (const auto &entry : allocations) count += entry.second->place == place;
    return count;
}

}
