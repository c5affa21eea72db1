package dagrad.watch;

import dagrad.io.Json;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.util.RawValue;

/// Runs as the browser is told of them. The lines of metrics are passed on as they are in their file, so that no number
/// changes on the way.
final class RunsJson {
    private RunsJson() {}

    /// `{"runs": […]}`, all but the metrics, the configuration and the plan.
    static String runs(Runs.View view) {
        ObjectNode json = Json.mapper().createObjectNode();
        ArrayNode runs = json.putArray("runs");
        view.runs().forEach(run -> runs.add(summary(run)));
        return text(json);
    }

    /// The same of one run, with its configuration.
    static String run(RunState run) {
        ObjectNode json = summary(run);
        json.putRawValue("config", new RawValue(run.config()));
        return text(json);
    }

    private static ObjectNode summary(RunState run) {
        ObjectNode json = Json.mapper().createObjectNode();
        json.put("id", run.id())
                .put("name", run.name())
                .put("folder", run.folder().toString())
                .put("phase", run.phase().name().toLowerCase(Locale.ROOT))
                .put("lines", run.metrics().rows().size())
                .put("unfinished", run.metrics().unfinished())
                .put("changed", run.changed())
                .put("plan", run.plan())
                .put("launches", run.launches());
        run.message().ifPresent(message -> json.put("message", message));
        ArrayNode damaged = json.putArray("damaged");
        run.metrics()
                .damaged()
                .forEach(d -> damaged.addObject().put("line", d.line()).put("why", d.why()));
        ArrayNode files = json.putArray("files");
        run.files()
                .forEach(file -> files.addObject()
                        .put("name", file.name())
                        .put("kind", file.kind().name().toLowerCase(Locale.ROOT))
                        .put("bytes", file.bytes())
                        .put("changed", file.changed()));
        return json;
    }

    /// `{"id": …, "from": …, "rows": […]}`: the lines of metrics from one on, counted from 0.
    static String metrics(RunState run, int from) {
        List<String> rows = run.metrics().rows();
        ObjectNode json = Json.mapper().createObjectNode();
        json.put("id", run.id()).put("from", from);
        json.putRawValue("rows", new RawValue("[" + String.join(",", rows.subList(from, rows.size())) + "]"));
        return text(json);
    }

    private static String text(ObjectNode json) {
        return Json.mapper().writeValueAsString(json);
    }
}
