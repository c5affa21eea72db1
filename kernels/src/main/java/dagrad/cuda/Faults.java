package dagrad.cuda;

import dagrad.backend.DeviceException;
import dagrad.cuda.driver.Context;
import dagrad.cuda.driver.Copy;
import dagrad.cuda.driver.DeviceMemory;
import dagrad.cuda.driver.PinnedMemory;
import dagrad.cuda.driver.Resource;
import dagrad.cuda.driver.Resources;
import dagrad.cuda.driver.Stream;
import dagrad.plan.Launch;
import dagrad.plan.Plan;
import java.lang.foreign.ValueLayout;

/// The two words in which kernels tell of bad data: the number of the launch plus one, and the value.
final class Faults implements Resource {
    static final long BYTES = 2 * Integer.BYTES;

    private final Resources owned = new Resources();
    private final Plan plan;
    private final DeviceMemory words;

    /// Words that hold nothing yet, once the stream comes to it.
    Faults(Context context, Plan plan, Stream stream) {
        this.plan = plan;
        try {
            this.words = owned.add(DeviceMemory.allocate(context, BYTES, "the fault words"));
            words.clear(0, BYTES, stream);
        } catch (RuntimeException e) {
            owned.close();
            throw e;
        }
    }

    DeviceMemory words() {
        return words;
    }

    Copy copyTo(PinnedMemory pinned, long offset) {
        return Copy.toHost(words, 0, pinned, offset, BYTES);
    }

    /// Looks at words that were copied, and forgets them on the GPU if they tell of something.
    ///
    /// @throws DeviceException that names the launch and the value
    void check(PinnedMemory pinned, long offset, Stream stream) {
        int number = pinned.segment().get(ValueLayout.JAVA_INT, offset);
        if (number != 0) {
            int value = pinned.segment().get(ValueLayout.JAVA_INT, offset + Integer.BYTES);
            words.clear(0, BYTES, stream);
            Launch launch = plan.launches().get(number - 1);
            throw new DeviceException(launch.kind() + ": index " + value + " is out of range (" + launch.label() + ")");
        }
    }

    @Override
    public void close() {
        owned.close();
    }
}
