package dagrad.graph;

import java.util.Locale;

/// Class names in snake case, each made once: checks want names before they know whether they will need them.
final class OpNames extends ClassValue<String> {
    static final OpNames OF = new OpNames();

    private OpNames() {}

    @Override
    protected String computeValue(Class<?> type) {
        return type.getSimpleName().replaceAll("(?<=[a-z0-9])(?=[A-Z])", "_").toLowerCase(Locale.ROOT);
    }
}
