#include "graph.h"

#include <algorithm>

namespace dagrad_emu {

Node *add_node(Graph &graph, Work work, std::vector<Node *> after) {
    std::sort(after.begin(), after.end());
    after.erase(std::unique(after.begin(), after.end()), after.end());
    graph.nodes.push_back(std::make_unique<Node>(Node{&graph, std::move(work), std::move(after)}));
    return graph.nodes.back().get();
}

CUgraph publish(std::shared_ptr<Graph> graph) {
    CUgraph handle = graph.get();
    driver().graphs[handle] = std::move(graph);
    return handle;
}

CUresult record(Stream &stream, Work work) {
    Capture &capture = *stream.capture;
    if (capture.broken) return CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;
    if (std::holds_alternative<FreeWork>(work)) return spoil(stream);
    stream.last = {add_node(*capture.graph, std::move(work), std::move(stream.last))};
    return CUDA_SUCCESS;
}

CUresult spoil(Stream &stream) {
    stream.capture->broken = true;
    return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
}

CUresult join(Stream &stream, const Event &event) {
    Capture &capture = *event.capture;
    if (capture.streams.empty()) return CUDA_ERROR_CAPTURED_EVENT;
    if (capture.broken) return CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;
    if (stream.is_default()) return CUDA_ERROR_STREAM_CAPTURE_IMPLICIT;
    if (stream.capture && stream.capture != event.capture) {
        capture.broken = stream.capture->broken = true;
        return CUDA_ERROR_STREAM_CAPTURE_MERGE;
    }
    if (!stream.capture) {
        stream.capture = event.capture;
        capture.streams.insert(&stream);
        stream.last.clear();
    }
    stream.last.insert(stream.last.end(), event.nodes.begin(), event.nodes.end());
    return CUDA_SUCCESS;
}

namespace {

// Whether all nodes are among those that the given ones come after, or are these.
bool reach_all(const std::vector<Node *> &last, const Graph &graph) {
    std::set<const Node *> reached;
    std::vector<const Node *> open(last.begin(), last.end());
    while (!open.empty()) {
        const Node *node = open.back();
        open.pop_back();
        if (reached.insert(node).second) open.insert(open.end(), node->after.begin(), node->after.end());
    }
    return reached.size() == graph.nodes.size();
}

}

CUresult end_capture(Stream &stream, CUgraph *graph) {
    std::shared_ptr<Capture> capture = stream.capture;
    bool joined = reach_all(stream.last, *capture->graph);
    for (Stream *member : capture->streams) {
        member->capture = nullptr;
        member->last.clear();
    }
    capture->streams.clear();
    // Events may outlive the recording, but they need not keep the graph.
    std::shared_ptr<Graph> recorded = std::move(capture->graph);
    if (capture->broken) return CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;
    if (!joined) return CUDA_ERROR_STREAM_CAPTURE_UNJOINED;
    *graph = publish(std::move(recorded));
    return CUDA_SUCCESS;
}

bool is_captured_by_blocking(const Context *context) {
    for (const auto &entry : driver().streams) {
        const Stream &stream = *entry.second;
        if (stream.context == context && stream.capture && stream.is_blocking()) return true;
    }
    return false;
}

CUresult forbid_in_capture() {
    for (const auto &entry : driver().streams) {
        Stream &stream = *entry.second;
        if (!stream.capture || stream.capture->mode == CU_STREAM_CAPTURE_MODE_RELAXED) continue;
        bool mine = stream.capture->thread == std::this_thread::get_id();
        if (mine || stream.capture->mode == CU_STREAM_CAPTURE_MODE_GLOBAL) return spoil(stream);
    }
    return CUDA_SUCCESS;
}

std::vector<const Node *> Graph::ordered() const {
    std::map<const Node *, size_t> missing;
    std::map<const Node *, std::vector<const Node *>> followers;
    std::vector<const Node *> free, result;
    for (const auto &node : nodes) {
        missing[node.get()] = node->after.size();
        for (const Node *before : node->after) followers[before].push_back(node.get());
        if (node->after.empty()) free.push_back(node.get());
    }
    uint64_t random = settings().seed;
    while (!free.empty()) {
        // The order of blocks is that of nodes which do not depend on each other, too.
        size_t chosen = 0;
        if (settings().blocks == Order::REVERSE) chosen = free.size() - 1;
        if (settings().blocks == Order::SHUFFLED)
            chosen = (random = random * 6364136223846793005u + 1442695040888963407u) / 4294967296u % free.size();
        const Node *node = free[chosen];
        free.erase(free.begin() + static_cast<std::ptrdiff_t>(chosen));
        result.push_back(node);
        for (const Node *follower : followers[node]) {
            if (--missing[follower] == 0) free.push_back(follower);
        }
    }
    return result;
}

std::shared_ptr<Graph> Graph::copy(std::map<const Node *, Node *> *copies) const {
    auto result = std::make_shared<Graph>();
    std::map<const Node *, Node *> here;
    for (const auto &node : nodes) here[node.get()] = add_node(*result, node->work, {});
    for (const auto &node : nodes) {
        for (const Node *before : node->after) here[node.get()]->after.push_back(here[before]);
    }
    result->order = result->ordered();
    if (copies) *copies = std::move(here);
    return result;
}

}
