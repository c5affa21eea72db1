// Streams and events.
#include "context.h"
#include "graph.h"

using namespace dagrad_emu;

namespace {

bool is_event(CUevent event) { return driver().events.count(event) != 0; }

bool is_done(const Mark &mark) { return !mark.stream || mark.stream->done >= mark.number; }

template <class F>
CUresult with_stream(CUstream handle, F body) {
    return enter(Need::CONTEXT, [&] {
        std::shared_ptr<Stream> stream = stream_of(handle);
        return stream ? body(stream) : CUDA_ERROR_INVALID_HANDLE;
    });
}

}

CUDA_API cuStreamCreateWithPriority(CUstream *result, unsigned flags, int priority) {
    return enter(Need::CONTEXT, [&] {
        if (!result || flags > CU_STREAM_NON_BLOCKING) return CUDA_ERROR_INVALID_VALUE;
        auto stream = std::make_shared<Stream>();
        stream->context = current_context();
        stream->flags = flags;
        stream->priority = priority > 0 ? 0 : priority < -5 ? -5 : priority;
        *result = stream.get();
        driver().streams[*result] = std::move(stream);
        return CUDA_SUCCESS;
    });
}
CUDA_API cuStreamCreate(CUstream *result, unsigned flags) { return cuStreamCreateWithPriority(result, flags, 0); }

CUDA_API cuStreamDestroy_v2(CUstream handle) {
    return enter(Need::RELEASE, [&] {
        auto found = driver().streams.find(handle);
        if (found == driver().streams.end() || found->second->is_default()) return CUDA_ERROR_INVALID_HANDLE;
        std::shared_ptr<Stream> stream = found->second;
        if (stream->capture) {
            stream->capture->broken = true;
            stream->capture->streams.erase(handle);
        }
        finish(*stream);
        driver().streams.erase(found);
        return CUDA_SUCCESS;
    });
}

CUDA_API cuStreamSynchronize(CUstream handle) {
    return with_stream(handle, [](const std::shared_ptr<Stream> &stream) {
        if (stream->capture) return spoil(*stream);
        // The default stream is done when those that it waits for are.
        if (stream->is_default()) submit(stream, EmptyWork{});
        return finish(*stream);
    });
}

CUDA_API cuStreamQuery(CUstream handle) {
    return with_stream(handle, [](const std::shared_ptr<Stream> &stream) {
        if (stream->capture) return spoil(*stream);
        bool done = advance(*stream, stream->issued);
        if (CUresult status = health(stream->context)) return status;
        return done ? CUDA_SUCCESS : CUDA_ERROR_NOT_READY;
    });
}

CUDA_API cuStreamGetPriority(CUstream handle, int *priority) {
    return with_stream(handle, [&](const std::shared_ptr<Stream> &stream) {
        if (!priority) return CUDA_ERROR_INVALID_VALUE;
        *priority = stream->priority;
        return CUDA_SUCCESS;
    });
}

CUDA_API cuStreamGetFlags(CUstream handle, unsigned *flags) {
    return with_stream(handle, [&](const std::shared_ptr<Stream> &stream) {
        if (!flags) return CUDA_ERROR_INVALID_VALUE;
        *flags = stream->flags;
        return CUDA_SUCCESS;
    });
}

CUDA_API cuStreamGetCtx(CUstream handle, CUcontext *context) {
    return with_stream(handle, [&](const std::shared_ptr<Stream> &stream) {
        if (!context) return CUDA_ERROR_INVALID_VALUE;
        *context = stream->context;
        return CUDA_SUCCESS;
    });
}

CUDA_API cuStreamWaitEvent(CUstream handle, CUevent event, unsigned) {
    return with_stream(handle, [&](const std::shared_ptr<Stream> &stream) {
        if (!is_event(event)) return CUDA_ERROR_INVALID_HANDLE;
        if (event->capture) return join(*stream, *event);
        if (stream->capture) {
            // What is not part of the graph cannot be waited for by a part of it.
            stream->capture->broken = true;
            return CUDA_ERROR_STREAM_CAPTURE_ISOLATION;
        }
        if (!is_done(event->mark)) stream->after.push_back(event->mark);
        return CUDA_SUCCESS;
    });
}

CUDA_API cuLaunchHostFunc(CUstream handle, CUhostFn function, void *data) {
    return with_stream(handle, [&](const std::shared_ptr<Stream> &stream) {
        return function ? submit(stream, HostWork{function, data}) : CUDA_ERROR_INVALID_VALUE;
    });
}

CUDA_API cuEventCreate(CUevent *event, unsigned flags) {
    return enter(Need::CONTEXT, [&] {
        if (!event || flags > 7) return CUDA_ERROR_INVALID_VALUE;
        *event = new Event{current_context(), flags, 0, {}, {}, nullptr, {}};
        driver().events.insert(*event);
        return CUDA_SUCCESS;
    });
}

CUDA_API cuEventDestroy_v2(CUevent event) {
    return enter(Need::RELEASE, [&] {
        if (driver().events.erase(event) == 0) return CUDA_ERROR_INVALID_HANDLE;
        delete event;
        return CUDA_SUCCESS;
    });
}

CUDA_API cuEventRecord(CUevent event, CUstream handle) {
    return with_stream(handle, [&](const std::shared_ptr<Stream> &stream) {
        if (!is_event(event)) return CUDA_ERROR_INVALID_HANDLE;
        event->version++;
        if (stream->capture) {
            if (stream->capture->broken) return CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;
            event->capture = stream->capture;
            event->nodes = stream->last;
            return CUDA_SUCCESS;
        }
        event->capture = nullptr;
        CUresult status = submit(stream, RecordWork{event, event->version});
        event->mark = {stream, stream->issued};
        return status;
    });
}
CUDA_API cuEventRecordWithFlags(CUevent event, CUstream stream, unsigned) { return cuEventRecord(event, stream); }

CUDA_API cuEventSynchronize(CUevent event) {
    return enter(Need::CONTEXT, [&] {
        if (!is_event(event)) return CUDA_ERROR_INVALID_HANDLE;
        if (event->capture) return CUDA_ERROR_CAPTURED_EVENT;
        return event->mark.stream ? finish(*event->mark.stream, event->mark.number) : CUDA_SUCCESS;
    });
}

CUDA_API cuEventQuery(CUevent event) {
    return enter(Need::CONTEXT, [&] {
        if (!is_event(event)) return CUDA_ERROR_INVALID_HANDLE;
        if (event->capture) return CUDA_ERROR_CAPTURED_EVENT;
        bool done = !event->mark.stream || advance(*event->mark.stream, event->mark.number);
        if (CUresult status = health(event->context)) return status;
        return done ? CUDA_SUCCESS : CUDA_ERROR_NOT_READY;
    });
}

CUDA_API cuEventElapsedTime(float *milliseconds, CUevent start, CUevent end) {
    return enter(Need::CONTEXT, [&] {
        if (!milliseconds) return CUDA_ERROR_INVALID_VALUE;
        if (!is_event(start) || !is_event(end) || (start->flags | end->flags) & CU_EVENT_DISABLE_TIMING)
            return CUDA_ERROR_INVALID_HANDLE;
        if (!start->mark.stream || !end->mark.stream) return CUDA_ERROR_INVALID_HANDLE;
        if (!is_done(start->mark) || !is_done(end->mark)) return CUDA_ERROR_NOT_READY;
        *milliseconds = std::chrono::duration<float, std::milli>(end->time - start->time).count();
        return CUDA_SUCCESS;
    });
}
CUDA_API cuEventElapsedTime_v2(float *milliseconds, CUevent start, CUevent end) {
    return cuEventElapsedTime(milliseconds, start, end);
}

CUDA_API cuStreamBeginCapture_v2(CUstream handle, CUstreamCaptureMode mode) {
    return with_stream(handle, [&](const std::shared_ptr<Stream> &stream) {
        if (mode < 0 || mode > CU_STREAM_CAPTURE_MODE_RELAXED) return CUDA_ERROR_INVALID_VALUE;
        if (stream->is_default()) return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
        if (stream->capture) return CUDA_ERROR_ILLEGAL_STATE;
        stream->capture = std::make_shared<Capture>();
        stream->capture->origin = stream.get();
        stream->capture->mode = mode;
        stream->capture->thread = std::this_thread::get_id();
        stream->capture->streams.insert(stream.get());
        stream->last.clear();
        return CUDA_SUCCESS;
    });
}

CUDA_API cuStreamIsCapturing(CUstream handle, CUstreamCaptureStatus *state) {
    return with_stream(handle, [&](const std::shared_ptr<Stream> &stream) {
        if (!state) return CUDA_ERROR_INVALID_VALUE;
        *state = !stream->capture          ? CU_STREAM_CAPTURE_STATUS_NONE
                 : stream->capture->broken ? CU_STREAM_CAPTURE_STATUS_INVALIDATED
                                           : CU_STREAM_CAPTURE_STATUS_ACTIVE;
        return CUDA_SUCCESS;
    });
}

CUDA_API cuStreamEndCapture(CUstream handle, CUgraph *graph) {
    return with_stream(handle, [&](const std::shared_ptr<Stream> &stream) {
        if (!graph) return CUDA_ERROR_INVALID_VALUE;
        *graph = nullptr;
        if (!stream->capture) return CUDA_ERROR_ILLEGAL_STATE;
        if (stream->capture->origin != stream.get()) return CUDA_ERROR_STREAM_CAPTURE_UNMATCHED;
        bool elsewhere = stream->capture->thread != std::this_thread::get_id();
        if (elsewhere && stream->capture->mode != CU_STREAM_CAPTURE_MODE_RELAXED)
            return CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD;
        return end_capture(*stream, graph);
    });
}

CUDA_API cuThreadExchangeStreamCaptureMode(CUstreamCaptureMode *mode) {
    static thread_local CUstreamCaptureMode mine = CU_STREAM_CAPTURE_MODE_GLOBAL;
    if (!mode) return CUDA_ERROR_INVALID_VALUE;
    std::swap(*mode, mine);
    return CUDA_SUCCESS;
}
