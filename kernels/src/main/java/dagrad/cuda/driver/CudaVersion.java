package dagrad.cuda.driver;

import java.util.Comparator;

/// A version of CUDA, of one of its libraries, or a compute capability: `12.6`.
public record CudaVersion(int major, int minor) implements Comparable<CudaVersion> {
    private static final Comparator<CudaVersion> ORDER =
            Comparator.comparingInt(CudaVersion::major).thenComparingInt(CudaVersion::minor);

    /// From the driver's form, `1000 · major + 10 · minor`.
    static CudaVersion ofDriver(int number) {
        return new CudaVersion(number / 1000, number % 1000 / 10);
    }

    public boolean isBefore(CudaVersion other) {
        return compareTo(other) < 0;
    }

    @Override
    public int compareTo(CudaVersion other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return major + "." + minor;
    }
}
