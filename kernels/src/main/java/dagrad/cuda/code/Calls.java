package dagrad.cuda.code;

import java.util.List;

/// What one launch becomes.
///
/// @param calls in order, one after the other
/// @param workspace bytes that they need beside the arena
public record Calls(List<Call> calls, long workspace) {
    public Calls {
        calls = List.copyOf(calls);
    }

    public static Calls of(Call... calls) {
        return new Calls(List.of(calls), 0);
    }

    public Calls withWorkspace(long bytes) {
        return new Calls(calls, bytes);
    }
}
