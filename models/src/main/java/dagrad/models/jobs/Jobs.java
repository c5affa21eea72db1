package dagrad.models.jobs;

import dagrad.io.Nearest;
import java.util.List;

/// All jobs.
public final class Jobs {
    private static final List<Job> ALL = List.of(new NamesJob(), new FashionJob(), new TextJob());

    private Jobs() {}

    /// In the order in which help lists them.
    public static List<Job> all() {
        return ALL;
    }

    public static List<String> names() {
        return ALL.stream().map(Job::name).toList();
    }

    /// @throws IllegalArgumentException if there is none of that name
    public static Job named(String name) {
        return ALL.stream().filter(job -> job.name().equals(name)).findFirst().orElseThrow(() -> {
            String hint = Nearest.hint(name, names());
            return new IllegalArgumentException("there is no job \"" + name + "\""
                    + (hint.isEmpty() ? "; there are " + String.join(", ", names()) : hint));
        });
    }
}
