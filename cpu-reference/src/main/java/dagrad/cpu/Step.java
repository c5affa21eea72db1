package dagrad.cpu;

/// A launch, compiled: everything it needs is bound, and running it allocates nothing.
@FunctionalInterface
interface Step {
    void run(Workers workers);
}
