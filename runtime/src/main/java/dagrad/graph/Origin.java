package dagrad.graph;

import java.util.Optional;

/// Where a node was built: the scopes open at the time (`gpt/block0/attention`) and the user's source line
/// (`CharGpt.java:41`); either may be empty.
public record Origin(String scope, String location) {
    private static final StackWalker STACK = StackWalker.getInstance();

    /// The nearest caller outside of the packages that build graphs on others' behalf.
    static Origin here(String scope) {
        Optional<StackWalker.StackFrame> frame = STACK.walk(
                frames -> frames.filter(f -> !isLibrary(f.getClassName())).findFirst());
        return new Origin(
                scope, frame.map(f -> f.getFileName() + ":" + f.getLineNumber()).orElse(""));
    }

    private static boolean isLibrary(String className) {
        return className.startsWith("dagrad.graph.") && !className.endsWith("Test")
                || className.startsWith("dagrad.gradient.")
                || className.startsWith("dagrad.optimizer.")
                || className.startsWith("java.");
    }

    /// `gpt/block0 (CharGpt.java:41)`
    @Override
    public String toString() {
        if (location.isEmpty()) {
            return scope;
        }
        return scope.isEmpty() ? location : scope + " (" + location + ")";
    }
}
