package dagrad.models.jobs;

/// Nothing more is to come of a training, and that is as it should be: it was stopped, or was there to be looked at.
/// The message says so, for people.
public final class TrainingEnded extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final boolean asHoped;

    public TrainingEnded(String message, boolean asHoped) {
        super(message);
        this.asHoped = asHoped;
    }

    /// False if what was to be checked turned out not to hold.
    public boolean asHoped() {
        return asHoped;
    }
}
