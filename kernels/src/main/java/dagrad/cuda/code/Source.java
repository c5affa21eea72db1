package dagrad.cuda.code;

/// Where a kernel's text is.
public sealed interface Source {
    /// A file among the resources, `softmax.cu`, compiled ahead where the build could.
    record Shipped(String file) implements Source {}

    /// The text of one `extern "C" __global__` function, to stand after the inclusion of `dagrad.cuh`. Its name says
    /// what it does and ends in a hash of the text, so that equal code is one kernel.
    record Generated(String text) implements Source {}
}
