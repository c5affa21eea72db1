package dagrad.models.jobs;

import dagrad.graph.Graph;
import dagrad.io.Nearest;
import dagrad.models.bench.Extent;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/// All jobs.
public final class Jobs {
    private static final List<Job> ALL = List.of(
            new NamesJob(),
            new FashionJob(),
            new RegressionJob(),
            new NetworkJob(),
            new TextJob(),
            new FinetuneJob(),
            new ClipJob(),
            new VaeJob(),
            new DiffusionJob());

    private Jobs() {}

    /// In the order in which help lists them.
    public static List<Job> all() {
        return ALL;
    }

    public static List<String> names() {
        return ALL.stream().map(Job::name).toList();
    }

    /// The graphs of all jobs' models by name.
    public static Map<String, Function<Extent, Graph>> losses() {
        Map<String, Function<Extent, Graph>> losses = new LinkedHashMap<>();
        ALL.forEach(job -> losses.putAll(new TreeMap<>(job.losses())));
        return losses;
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
