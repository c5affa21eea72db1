package dagrad.cli;

import java.io.PrintStream;

/// Where a command prints: results to `out`, all else to `err`.
record Output(PrintStream out, PrintStream err) {
    /// The process's own streams.
    static Output standard() {
        return new Output(System.out, System.err);
    }

    void print(String text) {
        out.println(text);
    }

    /// For progress and remarks, which a pipe should not carry.
    void remark(String text) {
        err.println(text);
    }
}
