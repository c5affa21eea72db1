#include "settings.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace dagrad_emu {
namespace {

std::string text(const char *name) {
    const char *value = getenv(name);
    return value ? value : "";
}

void complain(const char *name, const std::string &value, const char *wanted) {
    fprintf(stderr, "CUDA emulator: %s=%s is ignored: it takes %s\n", name, value.c_str(), wanted);
}

long number(const char *name, long otherwise) {
    std::string value = text(name);
    if (value.empty()) return otherwise;
    char *end = nullptr;
    long parsed = strtol(value.c_str(), &end, 10);
    if (*end == '\0') return parsed;
    complain(name, value, "a whole number");
    return otherwise;
}

// As 512m, 4g or a number of bytes.
size_t bytes(const char *name, size_t otherwise) {
    std::string value = text(name);
    if (value.empty()) return otherwise;
    char *end = nullptr;
    size_t parsed = strtoull(value.c_str(), &end, 10);
    int shift = 0;
    switch (*end | 32) {
    case 'k': shift = 10; break;
    case 'm': shift = 20; break;
    case 'g': shift = 30; break;
    default: break;
    }
    if (end != value.c_str() && end[shift ? 1 : 0] == '\0') return parsed << shift;
    complain(name, value, "a number of bytes, such as 512m or 4g");
    return otherwise;
}

bool flag(const char *name, bool otherwise) { return number(name, otherwise) != 0; }

// forward, reverse or shuffled.
Order order(const char *name, const std::string &value, Order otherwise) {
    if (value.empty()) return otherwise;
    if (value == "forward") return Order::FORWARD;
    if (value == "reverse") return Order::REVERSE;
    if (value == "shuffled") return Order::SHUFFLED;
    complain(name, value, "forward, reverse or shuffled");
    return otherwise;
}

bool deferred() {
    std::string value = text("DAGRAD_EMU_ASYNC");
    if (!value.empty() && value != "deferred" && value != "eager")
        complain("DAGRAD_EMU_ASYNC", value, "deferred or eager");
    return value != "eager";
}

Settings read() {
    Settings s;
    s.devices = static_cast<int>(number("DAGRAD_EMU_DEVICES", 1));
    s.arch = static_cast<int>(number("DAGRAD_EMU_ARCH", 90));
    s.multiprocessors = static_cast<int>(number("DAGRAD_EMU_SM", 4));
    s.memory = bytes("DAGRAD_EMU_MEMORY", size_t{4} << 30);
    Order both = order("DAGRAD_EMU_ORDER", text("DAGRAD_EMU_ORDER"), Order::FORWARD);
    s.threads = order("DAGRAD_EMU_THREAD_ORDER", text("DAGRAD_EMU_THREAD_ORDER"), both);
    s.blocks = order("DAGRAD_EMU_BLOCK_ORDER", text("DAGRAD_EMU_BLOCK_ORDER"), both);
    s.seed = static_cast<uint64_t>(number("DAGRAD_EMU_SEED", 1));
    s.fill = flag("DAGRAD_EMU_FILL", true);
    s.check = flag("DAGRAD_EMU_CHECK", true);
    s.deferred = deferred();
    s.lost_after = number("DAGRAD_EMU_LOST_AFTER", -1);
    s.report = text("DAGRAD_EMU_REPORT");
    s.quiet = flag("DAGRAD_EMU_QUIET", false);
    return s;
}

}

const Settings &settings() {
    // Never destroyed: the report is written at the very end.
    static const Settings *once = new Settings(read());
    return *once;
}

}
