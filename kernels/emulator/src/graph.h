// Recording what streams are given into graphs.
#pragma once

#include "context.h"

namespace dagrad_emu {

// Adds the work to the graph that the stream records.
CUresult record(Stream &stream, Work work);

// Whether a stream of the context that waits for the default stream records a graph.
bool is_captured_by_blocking(const Context *context);

// Marks the recording as spoiled; returns the status for the call that spoiled it.
CUresult spoil(Stream &stream);

// The stream waits for an event that was recorded in a stream under capture: from now on it belongs to that capture.
CUresult join(Stream &stream, const Event &event);

// Takes the recorded graph from the stream that the recording began with.
CUresult end_capture(Stream &stream, CUgraph *graph);

// The graph's new node with that work.
Node *add_node(Graph &graph, Work work, std::vector<Node *> after);

// A shared graph, known by its handle.
CUgraph publish(std::shared_ptr<Graph> graph);

}
