#include "context.h"
#include "graph.h"

namespace dagrad_emu {
namespace {

// Hardware makes a launching thread wait when about so much is waiting.
constexpr size_t MOST_WAITING = 1024;

// The default stream waits for those that are not marked otherwise, and they wait for it.
void order_with_default(Stream &stream, std::vector<Mark> &after) {
    if (!stream.is_blocking()) return;
    auto wait_for = [&](const std::shared_ptr<Stream> &other) {
        if (other->done < other->issued) after.push_back({other, other->issued});
    };
    if (!stream.is_default()) return wait_for(stream.context->default_stream);
    for (const auto &entry : driver().streams) {
        Stream &other = *entry.second;
        if (other.context == stream.context && &other != &stream && other.is_blocking()) wait_for(entry.second);
    }
}

void execute_first(Stream &stream) {
    Operation operation = std::move(stream.waiting.front());
    stream.waiting.pop_front();
    for (const Mark &mark : operation.after) finish(*mark.stream, mark.number);
    if (health(stream.context) == CUDA_SUCCESS) {
        Fault fault;
        if (execute(operation.work, &fault) != CUDA_SUCCESS) {
            tell(fault);
            if (fault.status != CUDA_SUCCESS) stream.context->error = fault.status;
        }
    }
    stream.done++;
}

}

std::shared_ptr<Stream> stream_of(CUstream handle) {
    Driver &d = driver();
    // 0 and 1 are the default stream, 2 that of the thread, which here is the same.
    if (reinterpret_cast<uintptr_t>(handle) <= 2) return current_context()->default_stream;
    auto found = d.streams.find(handle);
    return found == d.streams.end() ? nullptr : found->second;
}

CUresult submit(const std::shared_ptr<Stream> &stream, Work work) {
    if (stream->capture) return record(*stream, std::move(work));
    if (stream->is_default() && is_captured_by_blocking(stream->context)) return CUDA_ERROR_STREAM_CAPTURE_IMPLICIT;
    Operation operation{std::move(work), std::move(stream->after)};
    stream->after.clear();
    order_with_default(*stream, operation.after);
    stream->waiting.push_back(std::move(operation));
    stream->issued++;
    if (!settings().deferred) finish(*stream);
    else if (stream->waiting.size() > MOST_WAITING) execute_first(*stream);
    return CUDA_SUCCESS;
}

CUresult finish(Stream &stream, unsigned long long number) {
    while (stream.done < number && !stream.waiting.empty()) execute_first(stream);
    return health(stream.context);
}

CUresult finish(Stream &stream) { return finish(stream, stream.issued); }

CUresult finish_all(Context *context) {
    std::vector<std::shared_ptr<Stream>> all;
    for (const auto &entry : driver().streams) {
        if (entry.second->context == context) all.push_back(entry.second);
    }
    for (const auto &stream : all) finish(*stream);
    return health(context);
}

bool advance(Stream &stream, unsigned long long number) {
    if (stream.done >= number) return true;
    execute_first(stream);
    return false;
}

}
