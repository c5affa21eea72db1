package dagrad.watch;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;

/// The page's own files, which are in the jar: nothing is loaded from elsewhere.
final class Assets {
    static final String PAGE = "index.html";

    static final List<String> NAMES = List.of(
            PAGE,
            "page.css",
            "icon.svg",
            "main.js",
            "runs.js",
            "charts.js",
            "chart.js",
            "format.js",
            "elements.js",
            "details.js",
            "memory.js",
            "graph.js",
            "layout.js",
            "launches.js",
            "samples.js",
            "settings.js");

    private static final Map<String, String> TYPES = Map.of(
            "html", "text/html;charset=utf-8",
            "css", "text/css;charset=utf-8",
            "js", "text/javascript;charset=utf-8",
            "svg", "image/svg+xml");

    private Assets() {}

    static byte[] bytes(String name) {
        try (InputStream stream = Assets.class.getResourceAsStream("page/" + name)) {
            if (stream == null) {
                throw new IllegalStateException("the jar lacks page/" + name);
            }
            return stream.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String type(String name) {
        return TYPES.getOrDefault(name.substring(name.lastIndexOf('.') + 1), "application/octet-stream");
    }
}
