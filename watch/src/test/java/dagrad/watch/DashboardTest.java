package dagrad.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dagrad.io.Json;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// Over real connections.
class DashboardTest {
    private static final String LINES = """
            {"step":1,"loss":3.4417057037353516,"accuracy":0.046875,"learning_rate":3.0000000000000003E-4,"items_per_s":313.4}
            {"step":2,"loss":3.388284683227539,"val_loss":3.1,"learning_rate":6.000000000000001E-4,"items_per_s":1.0E7}
            {"step":3,"loss":null,"learning_rate":9.0E-4,"gradient_norm":5e-324,"items_per_s":0}
            """;

    @TempDir
    Path folder;

    private static Dashboard.Options options(String host, boolean token) {
        return new Dashboard.Options(host, 0, token, true, Duration.ofMillis(10));
    }

    private static Dashboard start(Path root) {
        return Dashboard.start(List.of(root), options("127.0.0.1", false));
    }

    @Test
    void theNumbersAreThoseOfTheLog() throws Exception {
        Folder.make(folder).log(LINES);
        try (Dashboard dashboard = start(folder);
                Browser browser = Browser.of(dashboard)) {
            JsonNode told = browser.json("/api/runs/1/metrics");
            assertThat(told.path("rows")).hasSize(3);
            List<String> lines = LINES.lines().toList();
            for (int i = 0; i < lines.size(); i++) {
                assertThat(told.path("rows").get(i)).isEqualTo(Json.parse(lines.get(i), "line"));
            }
            assertThat(browser.get("/api/runs/1/metrics").body())
                    .as("to the letter")
                    .contains(lines);
        }
    }

    @Test
    void aRunIsToldOfWithItsConfiguration() throws Exception {
        Folder.make(folder.resolve("names-1")).log(LINES).write("samples.txt", "a text\n");
        try (Dashboard dashboard = start(folder);
                Browser browser = Browser.of(dashboard)) {
            JsonNode run = browser.json("/api/runs/1");
            assertThat(run.path("name").stringValue()).isEqualTo("names-1");
            assertThat(run.path("phase").stringValue()).isEqualTo("training");
            assertThat(run.path("config").path("steps").asInt()).isEqualTo(200);
            assertThat(run.path("files").get(0).path("name").stringValue()).isEqualTo("samples.txt");
            assertThat(browser.get("/api/runs/2").statusCode()).isEqualTo(404);
        }
    }

    @Test
    void newLinesAreSentAsTheyCome() throws Exception {
        Folder run = Folder.make(folder).log(LINES);
        try (Dashboard dashboard = start(folder);
                Browser browser = Browser.of(dashboard);
                Browser.Events events = browser.events()) {
            assertThat(events.next("metrics").path("rows")).hasSize(3);
            run.log("{\"step\":4,");
            run.log("\"loss\":2.5}\n");
            JsonNode more = events.next("metrics");
            assertThat(more.path("from").asInt()).isEqualTo(3);
            assertThat(more.path("rows").toString()).isEqualTo("[{\"step\":4,\"loss\":2.5}]");
        }
    }

    @Test
    void aRunThatGoesBackToACheckpointIsReadAnew() throws Exception {
        Folder run = Folder.make(folder).log(LINES);
        try (Dashboard dashboard = start(folder);
                Browser browser = Browser.of(dashboard);
                Browser.Events events = browser.events()) {
            assertThat(events.next("metrics").path("rows")).hasSize(3);
            run.write("metrics.jsonl", LINES.lines().findFirst().orElseThrow() + "\n{\"step\":2,\"loss\":3.0}\n");
            JsonNode again = events.next("metrics");
            assertThat(again.path("from").asInt()).isZero();
            assertThat(again.path("rows").get(1).path("loss").doubleValue()).isEqualTo(3.0);
        }
    }

    @Test
    void aRunThatBeginsLaterAppears() throws Exception {
        try (Dashboard dashboard = start(folder);
                Browser browser = Browser.of(dashboard);
                Browser.Events events = browser.events()) {
            assertThat(events.next("runs").path("runs")).isEmpty();
            Folder.make(folder.resolve("late")).log(LINES);
            JsonNode runs = events.next("runs").path("runs");
            assertThat(runs.get(0).path("name").stringValue()).isEqualTo("late");
        }
    }

    @Test
    void runsOfOneNameAreToldApart() throws Exception {
        Folder.make(folder.resolve("a/names-1"));
        Folder.make(folder.resolve("b/names-1"));
        try (Dashboard dashboard = Dashboard.start(
                        List.of(folder.resolve("a"), folder.resolve("b")), options("127.0.0.1", false));
                Browser browser = Browser.of(dashboard)) {
            assertThat(browser.json("/api/runs").path("runs"))
                    .extracting(run -> run.path("name").stringValue())
                    .doesNotHaveDuplicates()
                    .hasSize(2);
        }
    }

    @Test
    void damagedLinesAreToldOfAndLeftOut() throws Exception {
        Folder.make(folder)
                .log(
                        "{\"step\":1,\"loss\":1}\nnonsense\n{\"step\":-1}\n{\"loss\":2}\n[1]\n\n{\"step\":2,\"loss\":\"x\"}\n")
                .log(
                        "{\"step\":3,\"loss\":1e999}\n{\"step\":4,\"step\":5}\n{\"step\":6,\"loss\":0.5}\n{\"step\":7,\"lo");
        try (Dashboard dashboard = start(folder);
                Browser browser = Browser.of(dashboard)) {
            JsonNode run = browser.json("/api/runs/1");
            assertThat(run.path("damaged"))
                    .extracting(d -> d.path("line").asInt())
                    .containsExactly(2, 3, 4, 5, 6, 7, 8, 9);
            assertThat(run.path("damaged"))
                    .extracting(d -> d.path("why").stringValue())
                    .allSatisfy(why -> assertThat(why).isNotBlank().doesNotContain("Exception"));
            assertThat(run.path("unfinished").booleanValue()).isTrue();
            assertThat(browser.json("/api/runs/1/metrics").path("rows").toString())
                    .isEqualTo("[{\"step\":1,\"loss\":1},{\"step\":6,\"loss\":0.5}]");
        }
    }

    @Test
    void aFolderThatGoesAwayIsToldOf() throws Exception {
        Path run = folder.resolve("run");
        Folder.make(run).log(LINES);
        try (Dashboard dashboard = start(run);
                Browser browser = Browser.of(dashboard);
                Browser.Events events = browser.events()) {
            assertThat(events.next("metrics").path("rows")).hasSize(3);
            Files.delete(run.resolve("metrics.jsonl"));
            Files.delete(run.resolve("config.json"));
            Files.delete(run);
            JsonNode told = events.next("runs").path("runs").get(0);
            while (!told.path("message").asString("").contains("not there any more")) {
                told = events.next("runs").path("runs").get(0);
            }
            assertThat(told.path("phase").stringValue()).isEqualTo("missing");
            assertThat(browser.json("/api/runs/1/metrics").path("rows")).isEmpty();
        }
    }

    @Test
    void aDamagedConfigurationIsToldOf() throws Exception {
        Folder.make(folder).write("config.json", "{\"job\": ").log(LINES);
        try (Dashboard dashboard = start(folder);
                Browser browser = Browser.of(dashboard)) {
            JsonNode run = browser.json("/api/runs/1");
            assertThat(run.path("message").stringValue()).contains("config.json", "ends in the middle");
            assertThat(run.path("config")).isEmpty();
            assertThat(run.path("lines").asInt()).isEqualTo(3);
        }
    }

    @Test
    void onlyThePageItselfMayLoadOrRunAnything() throws Exception {
        Folder.make(folder);
        try (Dashboard dashboard = start(folder);
                Browser browser = Browser.of(dashboard)) {
            for (String path : List.of("/", "/main.js", "/api/runs", "/api/runs/9", "/nowhere")) {
                HttpResponse<String> answer = browser.get(path);
                assertThat(answer.headers()
                                .firstValue("Content-Security-Policy")
                                .orElse(""))
                        .as(path)
                        .startsWith("default-src 'self'; ")
                        .doesNotContain("unsafe");
                assertThat(answer.headers().firstValue("X-Content-Type-Options"))
                        .as(path)
                        .contains("nosniff");
            }
        }
    }

    @Test
    void thePageHasAllItNamesAndNothingInline() throws Exception {
        try (Dashboard dashboard = start(folder);
                Browser browser = Browser.of(dashboard)) {
            String page = browser.get("/").body();
            assertThat(page).doesNotContain("<style", "style=", "onclick", "http:", "https:");
            assertThat(Pattern.compile("<script(?![^>]* src=\"/)").matcher(page).find())
                    .isFalse();
            for (String name : Assets.NAMES) {
                HttpResponse<String> asset = browser.get("/" + name);
                assertThat(asset.statusCode()).as(name).isEqualTo(200);
                assertThat(asset.headers().firstValue("Content-Type")).contains(Assets.type(name));
                Pattern.compile("(?:from|src=|href=) ?\"\\.?/?([a-z]+\\.[a-z]+)\"")
                        .matcher(asset.body())
                        .results()
                        .forEach(named -> assertThat(Assets.NAMES).as(name).contains(named.group(1)));
                if (name.endsWith(".js")) {
                    assertThat(asset.body().replace("http://www.w3.org/2000/svg", ""))
                            .as(name)
                            .doesNotContain("innerHTML", "eval(", "http:", "https:");
                }
            }
        }
    }

    @Test
    void aServerOfThisMachineGoesByNoOtherName() throws Exception {
        Folder.make(folder);
        try (Dashboard dashboard = start(folder);
                Browser browser = Browser.of(dashboard)) {
            List<String> hosts = List.of(
                    "evil.example",
                    "evil.example:80",
                    "127.0.0.1.evil.example",
                    "localhost.evil.example",
                    "localhost@evil.example",
                    "192.168.0.1",
                    "[::2]",
                    "127.0.0.1:80:80",
                    "localhost x",
                    "");
            for (String host : hosts) {
                assertThat(browser.raw("GET /api/runs HTTP/1.1", "Host: " + host))
                        .as(host)
                        .matches("HTTP/1.1 40[03] .*");
            }
        }
    }

    @Test
    void aServerOfThisMachineGoesByItsNames() throws Exception {
        Folder.make(folder);
        try (Dashboard dashboard = start(folder);
                Browser browser = Browser.of(dashboard)) {
            for (String host : List.of("localhost", "LOCALHOST:7171", "127.0.0.1", "127.0.0.2:1", "[::1]:7171")) {
                assertThat(browser.raw("GET /api/runs HTTP/1.1", "Host: " + host))
                        .as(host)
                        .startsWith("HTTP/1.1 200");
            }
        }
    }

    @Test
    void elsewhereATokenIsNeeded() throws Exception {
        Folder.make(folder).write("samples.txt", "secret");
        try (Dashboard dashboard = Dashboard.start(List.of(folder), options("0.0.0.0", false))) {
            URI url = URI.create(dashboard.url());
            String token = url.getQuery().substring("token=".length());
            assertThat(token).hasSize(48);
            try (Browser browser = new Browser(
                    java.net.http.HttpClient.newHttpClient(), URI.create("http://127.0.0.1:" + url.getPort() + "/"))) {
                for (String path : List.of("/", "/main.js", "/events", "/api/runs", "/api/runs/1/files/samples.txt")) {
                    assertThat(browser.get(path).statusCode()).as(path).isEqualTo(401);
                    assertThat(browser.get(path + "?token=" + token.replace(token.charAt(0), 'x'))
                                    .statusCode())
                            .as(path)
                            .isEqualTo(401);
                }
                assertThat(browser.get("/api/runs?token=" + token).statusCode()).isEqualTo(200);
                HttpResponse<String> first = browser.get("/?token=" + token);
                assertThat(first.statusCode()).isEqualTo(303);
                assertThat(first.headers().firstValue("Location").orElse(""))
                        .endsWith("/")
                        .doesNotContain(token);
                String cookie = first.headers().firstValue("Set-Cookie").orElseThrow();
                assertThat(cookie).contains("HttpOnly", "SameSite=Strict");
                String pair = cookie.substring(0, cookie.indexOf(';'));
                assertThat(browser.get("/api/runs", "Cookie", pair).statusCode())
                        .isEqualTo(200);
                assertThat(browser.raw("GET /api/runs HTTP/1.1", "Host: evil.example", "Cookie: " + pair))
                        .startsWith("HTTP/1.1 403");
            }
        }
    }

    @Test
    void aTokenMayBeAskedForHereToo() throws Exception {
        Folder.make(folder);
        try (Dashboard dashboard = Dashboard.start(List.of(folder), options("127.0.0.1", true));
                Browser browser = Browser.of(dashboard)) {
            assertThat(browser.get("/api/runs").statusCode()).isEqualTo(401);
            assertThat(browser.get(dashboard.url().replace("/?", "/api/runs?")).statusCode())
                    .isEqualTo(200);
        }
    }

    @Test
    void nothingElseOfTheDiskIsServed() throws Exception {
        Files.writeString(folder.resolve("secret.txt"), "the secret");
        Path run = folder.resolve("run");
        Folder.make(run).write("samples.txt", "a text");
        Files.createSymbolicLink(run.resolve("link.txt"), folder.resolve("secret.txt"));
        Files.createSymbolicLink(run.resolve("linked"), folder);
        try (Dashboard dashboard = start(run);
                Browser browser = Browser.of(dashboard)) {
            assertThat(browser.get("/api/runs/1/files/samples.txt").body()).isEqualTo("a text");
            List<String> names = List.of(
                    "../secret.txt",
                    "..%2fsecret.txt",
                    "%2e%2e/secret.txt",
                    "%2e%2e%2fsecret.txt",
                    "..%5csecret.txt",
                    "link.txt",
                    "linked/secret.txt",
                    "config.json",
                    "metrics.jsonl",
                    "samples.txt%00.png",
                    "/etc/passwd",
                    ".txt/../../secret.txt");
            for (String name : names) {
                assertThat(browser.raw("GET /api/runs/1/files/" + name + " HTTP/1.1", "Host: localhost"))
                        .as(name)
                        .matches("HTTP/1.1 40[04] .*");
            }
        }
    }

    @Test
    void aFileThatALinkReplacedIsNotServed() throws Exception {
        Files.writeString(folder.resolve("secret.txt"), "the secret");
        Path run = folder.resolve("run");
        Folder.make(run).write("samples.txt", "a text");
        var options = new Dashboard.Options("127.0.0.1", 0, false, false, Duration.ofHours(1)); // it looks once
        try (Dashboard dashboard = Dashboard.start(List.of(run), options);
                Browser browser = Browser.of(dashboard)) {
            Files.delete(run.resolve("samples.txt"));
            Files.createSymbolicLink(run.resolve("samples.txt"), folder.resolve("secret.txt"));
            HttpResponse<String> answer = browser.get("/api/runs/1/files/samples.txt");
            assertThat(answer.statusCode()).isEqualTo(404);
            assertThat(answer.body()).doesNotContain("secret");
        }
    }

    @Test
    void nothingCanBeChanged() throws Exception {
        Folder.make(folder);
        try (Dashboard dashboard = start(folder);
                Browser browser = Browser.of(dashboard)) {
            for (String method : List.of("POST", "PUT", "DELETE", "PATCH")) {
                assertThat(browser.raw(method + " /api/runs/1 HTTP/1.1", "Host: localhost", "Content-Length: 0"))
                        .as(method)
                        .startsWith("HTTP/1.1 405");
            }
        }
    }

    @Test
    void prometheusReadsTheLastNumberOfEachName() throws Exception {
        Folder.make(folder.resolve("a")).log(LINES);
        Folder.make(folder.resolve("b")).log("{\"step\":7,\"loss\":0.25}\nrubbish\n");
        try (Dashboard dashboard = start(folder);
                Browser browser = Browser.of(dashboard)) {
            HttpResponse<String> answer = browser.get("/metrics");
            assertThat(answer.headers().firstValue("Content-Type").orElse("")).startsWith("text/plain");
            assertThat(answer.body().lines())
                    .contains(
                            "# TYPE dagrad_loss gauge",
                            "dagrad_loss{run=\"a\"} NaN",
                            "dagrad_loss{run=\"b\"} 0.25",
                            "dagrad_val_loss{run=\"a\"} 3.1",
                            "dagrad_learning_rate{run=\"a\"} 9.0E-4",
                            "dagrad_step{run=\"b\"} 7.0",
                            "dagrad_training{run=\"a\"} 1.0",
                            "dagrad_damaged_lines{run=\"b\"} 1.0");
            Files.delete(folder.resolve("b/metrics.jsonl"));
            for (String text = answer.body(); text.contains("dagrad_loss{run=\"b\"}"); ) {
                text = browser.get("/metrics").body(); // until it is noticed
            }
        }
    }

    @Test
    void itEndsWithPagesOpen() throws Exception {
        Folder.make(folder).log(LINES);
        Dashboard dashboard = start(folder);
        try (Browser browser = Browser.of(dashboard);
                Browser.Events events = browser.events()) {
            assertThat(events.next("metrics").path("rows")).hasSize(3);
            dashboard.close();
            assertThatThrownBy(() -> events.next("metrics")).isInstanceOf(IOException.class);
            assertThatThrownBy(() -> browser.get("/")).isInstanceOf(IOException.class);
        }
    }

    @Test
    void aPortInUseIsToldOf() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, java.net.InetAddress.getLoopbackAddress())) {
            var options = new Dashboard.Options("127.0.0.1", taken.getLocalPort(), false, false, Duration.ofSeconds(1));
            assertThatThrownBy(() -> Dashboard.start(List.of(folder), options))
                    .isInstanceOf(WatchException.class)
                    .hasMessageContaining("port " + taken.getLocalPort())
                    .hasMessageContaining("--port");
        }
    }
}
