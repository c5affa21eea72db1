// Device memory and pinned host memory: who allocated what where, and whether an address is good.
#pragma once

#include "cuda_types.h"
#include "fault.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace dagrad_emu {

enum class Place { DEVICE, PINNED, REGISTERED };

struct Allocation {
    char *base;
    size_t bytes;
    Place place;
    Context *context;
    // Counts allocations, so that a person can tell one from another.
    unsigned long long serial;

    const char *end() const { return base + bytes; }
    // Such as "allocation 12 (4096 bytes of device memory)".
    std::string text() const;
};

// All functions want the lock to be held, but for those that say otherwise.
class Memory {
public:
    Memory();

    // Null if the device has not that much left.
    Allocation *allocate(Context *context, size_t bytes);
    // Null if there is no memory.
    Allocation *allocate_pinned(Context *context, size_t bytes);
    // Null if some of the range is registered already.
    Allocation *add_registered(Context *context, void *base, size_t bytes);

    // Checks the fence and unmaps; what the fence says is in *fault.
    void free(Allocation *allocation, Fault *fault);
    // Of a context that ends.
    void free_all(Context *context);

    // The allocation that the address is in, or null.
    Allocation *find(const void *address) const;
    // The allocation of that place that begins there, or null.
    Allocation *starting(const void *address, Place place) const;

    // Whether [address, address + bytes) lies within one allocation.
    bool holds(const void *address, size_t bytes) const {
        return in_region(address) ? holds_in_region(address, bytes) : holds_elsewhere(address, bytes);
    }

    // Whether it is where device memory is given from, allocated or not.
    bool in_region(const void *address) const {
        return static_cast<size_t>(static_cast<const char *>(address) - region) < region_bytes;
    }

    // As `holds`, for an address in that region.
    bool holds_in_region(const void *address, size_t bytes) const {
        const Allocation *owner = owners[static_cast<size_t>(static_cast<const char *>(address) - region) / PAGE];
        return owner && static_cast<const char *>(address) + bytes <= owner->end();
    }

    // "… is 4 bytes behind the end of allocation 12 (…)", as far as anything is known.
    std::string describe(const void *address) const;

    // Looks at the bytes behind each allocation that belong to nobody; the first that have changed are a fault.
    bool fences_hold(Fault *fault);

    // Of the device.
    size_t used(int device) const;

    // What is live in the place, for all contexts together.
    size_t count(Place place) const;

    size_t peak() const { return peak_bytes; }

private:
    static constexpr size_t PAGE = 4096;

    char *region = nullptr;
    size_t region_bytes = 0;
    // For each page of the region.
    Allocation **owners = nullptr;
    // Free parts of the region: offset and length.
    std::map<size_t, size_t> gaps;
    std::map<const void *, std::unique_ptr<Allocation>> allocations;
    // Bytes in use for each device.
    std::vector<size_t> used_bytes;
    size_t peak_bytes = 0;
    unsigned long long serials = 0;

    Allocation *add(char *base, size_t bytes, Place place, Context *context);
    bool holds_elsewhere(const void *address, size_t bytes) const;
    bool fence_holds(const Allocation &allocation, Fault *fault) const;
    char *take_region(size_t bytes);
    void give_region(char *base, size_t bytes);
};

// Fills with the pattern of fresh memory.
void fill_fresh(void *memory, size_t bytes);

}
