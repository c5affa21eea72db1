package dagrad.models.bench;

import dagrad.io.Json;
import dagrad.models.bench.Profile.Timed;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// A profile as people and programs read it.
public record ProfileReport(Profile profile) {
    /// A table of the kinds of launches, then one of those that take longest.
    ///
    /// @param most how many of these
    public String toText(int most) {
        StringBuilder text = new StringBuilder(String.format(
                Locale.ROOT,
                "a step of %s on %s: %.3f ms; its %d launches one by one: %.3f ms%n"
                        + "the device copies %.1f GB/s and multiplies matrices at %.1f GFLOP/s%n%n",
                profile.model(),
                profile.device(),
                profile.whole() * 1e3,
                profile.launches().size(),
                profile.sum() * 1e3,
                profile.rates().bytes() / 1e9,
                profile.rates().operations() / 1e9));
        text.append(String.format("%-16s %7s %10s %7s %9s%n", "kind", "number", "ms", "share", "of bound"));
        kinds().forEach((kind, all) -> text.append(String.format(
                Locale.ROOT,
                "%-16s %7d %10.3f %6.1f%% %8.0f%%%n",
                kind,
                all.size(),
                seconds(all) * 1e3,
                100 * seconds(all) / profile.sum(),
                100 * bound(all) / seconds(all))));
        text.append(String.format(
                "%n%6s %-12s %10s %7s %9s %9s %9s  %s%n",
                "launch", "kind", "ms", "share", "GB/s", "GFLOP/s", "of bound", "computes"));
        longest(most)
                .forEach(t -> text.append(String.format(
                        Locale.ROOT,
                        "%6d %-12s %10.3f %6.1f%% %9.1f %9.1f %8.0f%%  %s%n",
                        t.number(),
                        t.kind(),
                        t.median() * 1e3,
                        100 * t.median() / profile.sum(),
                        t.cost().bytes() / t.median() / 1e9,
                        t.cost().flops() / t.median() / 1e9,
                        100 * t.bound() / t.median(),
                        t.label())));
        return text.toString();
    }

    /// The launches that take longest, the longest first.
    public List<Timed> longest(int most) {
        return profile.launches().stream()
                .sorted(Comparator.comparingDouble(t -> -t.median()))
                .limit(most)
                .toList();
    }

    /// The kind that takes longest first.
    private Map<String, List<Timed>> kinds() {
        Map<String, List<Timed>> kinds = new LinkedHashMap<>();
        profile.launches()
                .forEach(t ->
                        kinds.computeIfAbsent(t.kind(), _ -> new ArrayList<>()).add(t));
        Map<String, List<Timed>> sorted = new LinkedHashMap<>();
        kinds.entrySet().stream()
                .sorted(Comparator.comparingDouble(kind -> -seconds(kind.getValue())))
                .forEach(kind -> sorted.put(kind.getKey(), kind.getValue()));
        return sorted;
    }

    private static double seconds(List<Timed> launches) {
        return launches.stream().mapToDouble(Timed::median).sum();
    }

    private static double bound(List<Timed> launches) {
        return launches.stream().mapToDouble(Timed::bound).sum();
    }

    /// All numbers: seconds, bytes, operations.
    public String toJson() {
        ObjectNode json = Json.mapper().createObjectNode();
        json.put("format", "dagrad-profile").put("version", 1);
        json.put("model", profile.model()).put("device", profile.device());
        json.put("step_seconds", profile.whole());
        json.put("bytes_per_second", profile.rates().bytes());
        json.put("operations_per_second", profile.rates().operations());
        ArrayNode launches = json.putArray("launches");
        profile.launches()
                .forEach(t -> launches.addObject()
                        .put("number", t.number())
                        .put("kind", t.kind())
                        .put("label", t.label())
                        .put("bytes", t.cost().bytes())
                        .put("operations", t.cost().flops())
                        .put("median_seconds", t.median())
                        .put("bound_seconds", t.bound()));
        return Json.mapper().writerWithDefaultPrettyPrinter().writeValueAsString(json) + "\n";
    }

    /// One step in Chrome's trace event format, which chrome://tracing and ui.perfetto.dev show: times in microseconds.
    public String toTrace() {
        ObjectNode json = Json.mapper().createObjectNode();
        json.put("displayTimeUnit", "ms");
        ArrayNode events = json.putArray("traceEvents");
        events.addObject()
                .put("name", "thread_name")
                .put("ph", "M")
                .put("pid", 1)
                .put("tid", 1)
                .putObject("args")
                .put("name", profile.device());
        profile.launches()
                .forEach(t -> events.addObject()
                        .put("name", t.kind())
                        .put("cat", "launch")
                        .put("ph", "X")
                        .put("pid", 1)
                        .put("tid", 1)
                        .put("ts", t.begun() * 1e6)
                        .put("dur", t.taken() * 1e6)
                        .putObject("args")
                        .put("number", t.number())
                        .put("computes", t.label())
                        .put("bytes", t.cost().bytes())
                        .put("operations", t.cost().flops())
                        .put("bound_us", t.bound() * 1e6));
        return Json.mapper().writeValueAsString(json) + "\n";
    }
}
