package dagrad.models.bench;

/// How large a workload is.
public enum Extent {
    /// As it is measured.
    STANDARD,
    /// To be computed by plain loops or by an emulated GPU, where no time means anything.
    SMALL;

    int of(int standard, int small) {
        return this == SMALL ? small : standard;
    }
}
