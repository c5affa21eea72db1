package dagrad.data;

import dagrad.tensor.HostTensor;
import java.util.Iterator;
import java.util.Map;

/// Batches for training that can be gone on with from any place, and looked at again. **A batch is valid until the next
/// one is asked for.** Used by one thread.
public interface BatchSource extends Iterator<Map<String, HostTensor>> {
    /// Where the batch begins that [#next] will give: to be saved together with what was learnt from the ones before.
    Batches.Position position();

    /// The batch that begins at a position, in memory of its own: what [#next] gave there.
    Map<String, HostTensor> batch(Batches.Position position);

    /// Which examples of the data set that batch is made of, for people who want to look at them.
    int[] numbers(Batches.Position position);
}
