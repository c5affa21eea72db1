// Graphs: made node by node, or recorded; instantiated; launched.
#include "context.h"
#include "graph.h"
#include "launch.h"

#include <cstring>

using namespace dagrad_emu;

namespace {

Graph *find(CUgraph graph) { return driver().graphs.count(graph) ? graph : nullptr; }

Node *find_node(const Graph &graph, CUgraphNode node) {
    for (const auto &each : graph.nodes) {
        if (each.get() == node) return node;
    }
    return nullptr;
}

CUresult add(CUgraphNode *result, CUgraph handle, const CUgraphNode *after, size_t count, Work work) {
    Graph *graph = find(handle);
    if (!result || !graph || (count && !after)) return CUDA_ERROR_INVALID_VALUE;
    for (size_t i = 0; i < count; i++) {
        if (!find_node(*graph, after[i])) return CUDA_ERROR_INVALID_VALUE;
    }
    *result = add_node(*graph, std::move(work), std::vector<Node *>(after, after + count));
    return CUDA_SUCCESS;
}

CUresult work_of(KernelWork *work, const CUDA_KERNEL_NODE_PARAMS *p) {
    if (!p) return CUDA_ERROR_INVALID_VALUE;
    return kernel_work(work, p->func, {p->gridDimX, p->gridDimY, p->gridDimZ},
                       {p->blockDimX, p->blockDimY, p->blockDimZ}, p->sharedMemBytes, p->kernelParams, p->extra);
}

FillWork work_of(const CUDA_MEMSET_NODE_PARAMS &p) {
    return {
        reinterpret_cast<char *>(static_cast<uintptr_t>(p.dst)), p.value, p.elementSize, p.width, p.height, p.pitch};
}

CopyWork work_of(const CUDA_MEMCPY3D &p) {
    bool from_device = p.srcMemoryType == CU_MEMORYTYPE_DEVICE, to_device = p.dstMemoryType == CU_MEMORYTYPE_DEVICE;
    using Way = CopyWork::Way;
    const char *from = from_device ? reinterpret_cast<const char *>(static_cast<uintptr_t>(p.srcDevice))
                                   : static_cast<const char *>(p.srcHost);
    char *to =
        to_device ? reinterpret_cast<char *>(static_cast<uintptr_t>(p.dstDevice)) : static_cast<char *>(p.dstHost);
    size_t from_plane = p.srcPitch * p.srcHeight, to_plane = p.dstPitch * p.dstHeight;
    from += p.srcXInBytes + p.srcY * p.srcPitch + p.srcZ * from_plane;
    to += p.dstXInBytes + p.dstY * p.dstPitch + p.dstZ * to_plane;
    Way way = from_device ? to_device ? Way::ON_DEVICE : Way::TO_HOST : to_device ? Way::TO_DEVICE : Way::ON_HOST;
    return {way, from, to, p.WidthInBytes, p.Height, p.Depth, p.srcPitch, from_plane, p.dstPitch, to_plane};
}

// A node of the executable for one of the graph that it was made of, to be changed. Launches that wait keep what they
// were asked with.
Node *changeable(CUgraphExec executable, CUgraphNode node) {
    if (driver().executables.count(executable) == 0) return nullptr;
    if (executable->graph.use_count() > 1) {
        std::map<const Node *, Node *> copies;
        executable->graph = executable->graph->copy(&copies);
        for (auto &entry : executable->nodes) entry.second = copies[entry.second];
    }
    auto found = executable->nodes.find(node);
    return found == executable->nodes.end() ? nullptr : found->second;
}

template <class W>
CUresult change(CUgraphExec executable, CUgraphNode node, W work) {
    Node *own = changeable(executable, node);
    if (!own || !std::holds_alternative<W>(own->work)) return CUDA_ERROR_INVALID_VALUE;
    own->work = std::move(work);
    return CUDA_SUCCESS;
}

CUgraphNodeType type_of(const Work &work) {
    struct {
        CUgraphNodeType operator()(const EmptyWork &) { return CU_GRAPH_NODE_TYPE_EMPTY; }
        CUgraphNodeType operator()(const KernelWork &) { return CU_GRAPH_NODE_TYPE_KERNEL; }
        CUgraphNodeType operator()(const CopyWork &) { return CU_GRAPH_NODE_TYPE_MEMCPY; }
        CUgraphNodeType operator()(const FillWork &) { return CU_GRAPH_NODE_TYPE_MEMSET; }
        CUgraphNodeType operator()(const HostWork &) { return CU_GRAPH_NODE_TYPE_HOST; }
        CUgraphNodeType operator()(const OtherWork &) { return CU_GRAPH_NODE_TYPE_KERNEL; }
        CUgraphNodeType operator()(const RecordWork &) { return CU_GRAPH_NODE_TYPE_EVENT_RECORD; }
        CUgraphNodeType operator()(const WaitWork &) { return CU_GRAPH_NODE_TYPE_WAIT_EVENT; }
        CUgraphNodeType operator()(const GraphWork &) { return CU_GRAPH_NODE_TYPE_GRAPH; }
        CUgraphNodeType operator()(const FreeWork &) { return CU_GRAPH_NODE_TYPE_EMPTY; }
    } types;
    return std::visit(types, work);
}

// Copies what there is room for, and says how much there is.
CUresult list(const std::vector<Node *> &nodes, CUgraphNode *to, size_t *count) {
    if (!count) return CUDA_ERROR_INVALID_VALUE;
    for (size_t i = 0; to && i < *count; i++) to[i] = i < nodes.size() ? nodes[i] : nullptr;
    if (!to || *count > nodes.size()) *count = nodes.size();
    return CUDA_SUCCESS;
}

CUresult instantiate(CUgraphExec *result, CUgraph graph) {
    if (!result || !find(graph)) return CUDA_ERROR_INVALID_VALUE;
    auto executable = std::make_unique<Executable>();
    executable->graph = graph->copy(&executable->nodes);
    if (executable->graph->order.size() != graph->nodes.size()) return CUDA_ERROR_INVALID_VALUE;
    *result = executable.release();
    driver().executables.insert(*result);
    return CUDA_SUCCESS;
}

}

CUDA_API cuGraphCreate(CUgraph *graph, unsigned flags) {
    return enter(Need::CONTEXT, [&] {
        if (!graph || flags) return CUDA_ERROR_INVALID_VALUE;
        *graph = publish(std::make_shared<Graph>());
        return CUDA_SUCCESS;
    });
}

CUDA_API cuGraphClone(CUgraph *result, CUgraph graph) {
    return enter(Need::CONTEXT, [&] {
        if (!result || !find(graph)) return CUDA_ERROR_INVALID_VALUE;
        *result = publish(graph->copy(nullptr));
        return CUDA_SUCCESS;
    });
}

CUDA_API cuGraphDestroy(CUgraph graph) {
    return enter(Need::RELEASE, [&] { return driver().graphs.erase(graph) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE; });
}

CUDA_API cuGraphAddKernelNode_v2(CUgraphNode *node, CUgraph graph, const CUgraphNode *after, size_t count,
                                 const CUDA_KERNEL_NODE_PARAMS *p) {
    return enter(Need::CONTEXT, [&] {
        KernelWork work;
        CUresult status = work_of(&work, p);
        return status != CUDA_SUCCESS ? status : add(node, graph, after, count, std::move(work));
    });
}

CUDA_API cuGraphAddMemcpyNode(CUgraphNode *node, CUgraph graph, const CUgraphNode *after, size_t count,
                              const CUDA_MEMCPY3D *p, CUcontext) {
    return enter(Need::CONTEXT,
                 [&] { return p ? add(node, graph, after, count, work_of(*p)) : CUDA_ERROR_INVALID_VALUE; });
}

CUDA_API cuGraphAddMemsetNode(CUgraphNode *node, CUgraph graph, const CUgraphNode *after, size_t count,
                              const CUDA_MEMSET_NODE_PARAMS *p, CUcontext) {
    return enter(Need::CONTEXT, [&] {
        bool good = p && (p->elementSize == 1 || p->elementSize == 2 || p->elementSize == 4);
        return good ? add(node, graph, after, count, work_of(*p)) : CUDA_ERROR_INVALID_VALUE;
    });
}

CUDA_API cuGraphAddHostNode(CUgraphNode *node, CUgraph graph, const CUgraphNode *after, size_t count,
                            const CUDA_HOST_NODE_PARAMS *p) {
    return enter(Need::CONTEXT, [&] {
        return p && p->fn ? add(node, graph, after, count, HostWork{p->fn, p->userData}) : CUDA_ERROR_INVALID_VALUE;
    });
}

CUDA_API cuGraphAddEmptyNode(CUgraphNode *node, CUgraph graph, const CUgraphNode *after, size_t count) {
    return enter(Need::CONTEXT, [&] { return add(node, graph, after, count, EmptyWork{}); });
}

CUDA_API cuGraphAddChildGraphNode(CUgraphNode *node, CUgraph graph, const CUgraphNode *after, size_t count,
                                  CUgraph child) {
    return enter(Need::CONTEXT, [&] {
        return find(child) ? add(node, graph, after, count, GraphWork{child->copy(nullptr), false})
                           : CUDA_ERROR_INVALID_VALUE;
    });
}

CUDA_API cuGraphAddEventRecordNode(CUgraphNode *node, CUgraph graph, const CUgraphNode *after, size_t count,
                                   CUevent event) {
    return enter(Need::CONTEXT, [&] {
        return driver().events.count(event) ? add(node, graph, after, count, RecordWork{event, 0})
                                            : CUDA_ERROR_INVALID_HANDLE;
    });
}

CUDA_API cuGraphAddEventWaitNode(CUgraphNode *node, CUgraph graph, const CUgraphNode *after, size_t count,
                                 CUevent event) {
    return enter(Need::CONTEXT, [&] {
        return driver().events.count(event) ? add(node, graph, after, count, WaitWork{event})
                                            : CUDA_ERROR_INVALID_HANDLE;
    });
}

CUDA_API cuGraphAddDependencies(CUgraph graph, const CUgraphNode *from, const CUgraphNode *to, size_t count) {
    return enter(Need::CONTEXT, [&] {
        if (!find(graph) || (count && (!from || !to))) return CUDA_ERROR_INVALID_VALUE;
        for (size_t i = 0; i < count; i++) {
            if (!find_node(*graph, from[i]) || !find_node(*graph, to[i])) return CUDA_ERROR_INVALID_VALUE;
            to[i]->after.push_back(from[i]);
        }
        return CUDA_SUCCESS;
    });
}

CUDA_API cuGraphGetNodes(CUgraph graph, CUgraphNode *nodes, size_t *count) {
    return enter(Need::CONTEXT, [&] {
        if (!find(graph)) return CUDA_ERROR_INVALID_VALUE;
        std::vector<Node *> all;
        for (const auto &node : graph->nodes) all.push_back(node.get());
        return list(all, nodes, count);
    });
}

CUDA_API cuGraphGetRootNodes(CUgraph graph, CUgraphNode *nodes, size_t *count) {
    return enter(Need::CONTEXT, [&] {
        if (!find(graph)) return CUDA_ERROR_INVALID_VALUE;
        std::vector<Node *> roots;
        for (const auto &node : graph->nodes) {
            if (node->after.empty()) roots.push_back(node.get());
        }
        return list(roots, nodes, count);
    });
}

CUDA_API cuGraphGetEdges(CUgraph graph, CUgraphNode *from, CUgraphNode *to, size_t *count) {
    return enter(Need::CONTEXT, [&] {
        if (!find(graph) || !from != !to) return CUDA_ERROR_INVALID_VALUE;
        std::vector<Node *> begins, ends;
        for (const auto &node : graph->nodes) {
            for (Node *before : node->after) {
                begins.push_back(before);
                ends.push_back(node.get());
            }
        }
        size_t room = count ? *count : 0;
        if (CUresult status = list(begins, from, count)) return status;
        return list(ends, to, &room);
    });
}

CUDA_API cuGraphNodeGetType(CUgraphNode node, CUgraphNodeType *type) {
    return enter(Need::CONTEXT, [&] {
        if (!node || !type) return CUDA_ERROR_INVALID_VALUE;
        *type = type_of(node->work);
        return CUDA_SUCCESS;
    });
}

CUDA_API cuGraphNodeGetDependencies(CUgraphNode node, CUgraphNode *nodes, size_t *count) {
    return enter(Need::CONTEXT, [&] { return node ? list(node->after, nodes, count) : CUDA_ERROR_INVALID_VALUE; });
}

CUDA_API cuGraphInstantiateWithFlags(CUgraphExec *executable, CUgraph graph, unsigned long long) {
    return enter(Need::CONTEXT, [&] { return instantiate(executable, graph); });
}

CUDA_API cuGraphUpload(CUgraphExec executable, CUstream handle) {
    return enter(Need::CONTEXT, [&] {
        return driver().executables.count(executable) && stream_of(handle) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
    });
}

CUDA_API cuGraphLaunch(CUgraphExec executable, CUstream handle) {
    return enter(Need::CONTEXT, [&] {
        std::shared_ptr<Stream> stream = stream_of(handle);
        if (!stream) return CUDA_ERROR_INVALID_HANDLE;
        if (driver().executables.count(executable) == 0) return CUDA_ERROR_INVALID_VALUE;
        bool recording = stream->capture != nullptr;
        return submit(stream, GraphWork{executable->graph, !recording});
    });
}

CUDA_API cuGraphExecDestroy(CUgraphExec executable) {
    return enter(Need::RELEASE, [&] {
        if (driver().executables.erase(executable) == 0) return CUDA_ERROR_INVALID_VALUE;
        delete executable;
        return CUDA_SUCCESS;
    });
}

CUDA_API cuGraphExecKernelNodeSetParams_v2(CUgraphExec executable, CUgraphNode node, const CUDA_KERNEL_NODE_PARAMS *p) {
    return enter(Need::CONTEXT, [&] {
        KernelWork work;
        CUresult status = work_of(&work, p);
        return status != CUDA_SUCCESS ? status : change(executable, node, std::move(work));
    });
}

CUDA_API cuGraphExecMemcpyNodeSetParams(CUgraphExec executable, CUgraphNode node, const CUDA_MEMCPY3D *p, CUcontext) {
    return enter(Need::CONTEXT, [&] { return p ? change(executable, node, work_of(*p)) : CUDA_ERROR_INVALID_VALUE; });
}

CUDA_API cuGraphExecMemsetNodeSetParams(CUgraphExec executable, CUgraphNode node, const CUDA_MEMSET_NODE_PARAMS *p,
                                        CUcontext) {
    return enter(Need::CONTEXT, [&] { return p ? change(executable, node, work_of(*p)) : CUDA_ERROR_INVALID_VALUE; });
}

CUDA_API cuGraphExecHostNodeSetParams(CUgraphExec executable, CUgraphNode node, const CUDA_HOST_NODE_PARAMS *p) {
    return enter(Need::CONTEXT,
                 [&] { return p ? change(executable, node, HostWork{p->fn, p->userData}) : CUDA_ERROR_INVALID_VALUE; });
}
