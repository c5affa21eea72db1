package dagrad.cuda;

import dagrad.cuda.driver.Copy;
import dagrad.cuda.driver.DeviceMemory;
import dagrad.cuda.driver.Event;
import dagrad.cuda.driver.PinnedMemory;
import dagrad.cuda.driver.Resource;
import dagrad.cuda.driver.Resources;
import dagrad.cuda.driver.Stream;
import java.lang.foreign.MemorySegment;

/// Copies of any size between the host's memory and the GPU's, through two pieces of pinned memory in turn: one is
/// filled while the GPU empties the other.
final class Transfers implements Resource {
    private static final long PIECE = 4L << 20;

    private final Resources owned = new Resources();
    private final Stream stream;
    private final long piece;
    private final PinnedMemory[] pinned = new PinnedMemory[2];
    private final Event[] done = new Event[2];
    private int next;

    /// @param stream that the copies are queued in
    /// @param largest bytes that will be copied at once
    Transfers(Stream stream, long largest) {
        this.stream = stream;
        this.piece = Math.min(PIECE, Math.max(largest, 1));
        try {
            for (int i = 0; i < 2; i++) {
                pinned[i] = owned.add(new PinnedMemory(piece));
                done[i] = owned.add(new Event());
            }
        } catch (RuntimeException e) {
            owned.close();
            throw e;
        }
    }

    /// Queues a copy to the GPU; the host's memory may be changed when this returns.
    void upload(MemorySegment from, DeviceMemory to, long offset) {
        for (long at = 0; at < from.byteSize(); at += piece) {
            long bytes = Math.min(piece, from.byteSize() - at);
            done[next].synchronize();
            MemorySegment.copy(from, at, pinned[next].segment(), 0, bytes);
            Copy.toDevice(pinned[next], 0, to, offset + at, bytes).enqueue(stream);
            done[next].record(stream);
            next = 1 - next;
        }
    }

    /// Copies to the host what is there after all that is queued.
    void download(DeviceMemory from, long offset, MemorySegment to) {
        long bytes = to.byteSize();
        for (long at = 0; at < bytes + piece; at += piece) {
            if (at < bytes) {
                Copy.toHost(from, offset + at, pinned[next], 0, Math.min(piece, bytes - at))
                        .enqueue(stream);
                done[next].record(stream);
            }
            next = 1 - next;
            if (at > 0) {
                done[next].synchronize();
                MemorySegment.copy(pinned[next].segment(), 0, to, at - piece, Math.min(piece, bytes - (at - piece)));
            }
        }
    }

    @Override
    public void close() {
        owned.close();
    }
}
