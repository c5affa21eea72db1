package dagrad.watch;

import dagrad.io.FileException;
import dagrad.io.FormatException;
import dagrad.io.Json;
import dagrad.train.Run;
import io.javalin.Javalin;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.Cookie;
import io.javalin.http.HttpResponseException;
import io.javalin.http.HttpStatus;
import io.javalin.http.NotFoundResponse;
import io.javalin.http.SameSite;
import io.javalin.util.JavalinBindException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A web server that shows runs while they train.
///
/// ```java
/// try (Dashboard dashboard = Dashboard.start(List.of(Path.of("runs")), Dashboard.Options.STANDARD)) {
///     System.out.println(dashboard.url());
///     …
/// }
/// ```
///
/// Addresses: `/` the page; `/events` what changes, as server-sent events; `/api/runs` all runs;
/// `/api/runs/{id}` one with its configuration; below that `metrics`, `plan`, `launches` as JSON and `files/{name}`;
/// `/metrics` for Prometheus, if that is wanted.
public final class Dashboard implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Dashboard.class);

    /// Nothing from elsewhere, nothing inline, in nobody's frame.
    private static final String POLICY =
            "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'";

    private static final Map<String, String> HEADERS = Map.of(
            "Content-Security-Policy", POLICY,
            "X-Content-Type-Options", "nosniff",
            "Referrer-Policy", "no-referrer",
            "Cross-Origin-Resource-Policy", "same-origin",
            "Cross-Origin-Opener-Policy", "same-origin",
            "Cache-Control", "no-store");

    private static final String JSON = "application/json";
    /// For requests; pages that stay open take none of them.
    private static final int THREADS = 16;

    private static final long LONGEST_PLAN = 64L << 20;

    /// How it is served.
    ///
    /// @param host name or address to listen on
    /// @param port 0 for any that is free
    /// @param token whether a token is needed even on the loopback interface
    /// @param prometheus whether `/metrics` is served
    /// @param every how often the folders are looked at
    public record Options(String host, int port, boolean token, boolean prometheus, Duration every) {
        public static final int PORT = 7171;
        public static final Options STANDARD = new Options("127.0.0.1", PORT, false, false, Duration.ofMillis(500));
    }

    private final Options options;
    private final Access access;
    private final Runs runs;
    private final EventStream events;
    private final Javalin server;

    private Dashboard(List<Path> roots, Options options) {
        this.options = options;
        this.access = Access.to(options.host(), options.token());
        this.runs = new Runs(roots, options.every(), InstantSource.system());
        this.events = new EventStream(runs);
        this.server = Javalin.create(this::configure);
    }

    /// Starts to listen.
    ///
    /// @param roots folders of runs, or folders with such folders
    /// @throws WatchException if the port is taken, or there is no such host
    public static Dashboard start(List<Path> roots, Options options) {
        Dashboard dashboard = new Dashboard(roots, options);
        try {
            dashboard.server.start();
        } catch (JavalinBindException e) {
            dashboard.close();
            throw new WatchException(
                    "cannot listen on port " + options.port() + " of " + options.host()
                            + ": it is in use, or not for you; choose another with --port, or any with --port 0",
                    e);
        }
        return dashboard;
    }

    /// Where a browser finds it, with the token if one is needed.
    public String url() {
        boolean isAny = options.host().equals("0.0.0.0") || options.host().equals("::");
        String host = isAny ? Access.ownName() : options.host();
        return "http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + server.port() + "/"
                + access.token()
                        .map(token -> "?" + Access.PARAMETER + "=" + token)
                        .orElse("");
    }

    /// How many runs there are at the moment.
    public int size() {
        return runs.view().runs().size();
    }

    private void configure(JavalinConfig config) {
        config.startup.showJavalinBanner = false;
        config.startup.showOldJavalinVersionWarning = false;
        QueuedThreadPool threads = new QueuedThreadPool(THREADS);
        threads.setName("dagrad-http");
        threads.setDaemon(true);
        config.jetty.threadPool = threads;
        config.http.prefer405over404 = true;
        config.jetty.host = options.host();
        config.jetty.port = options.port();
        config.routes.before(request -> {
            HEADERS.forEach(request::header);
            access.check(request);
        });
        config.routes.exception(FormatException.class, (e, request) -> fail(request, e));
        config.routes.exception(FileException.class, (e, request) -> fail(request, e));
        config.routes.exception(Exception.class, (e, request) -> fault(request, e));
        config.routes.exception(
                HttpResponseException.class,
                (e, request) -> answer(request, HttpStatus.forStatus(e.getStatus()), String.valueOf(e.getMessage())));
        config.routes.get("/", this::page);
        Assets.NAMES.forEach(name -> config.routes.get("/" + name, request -> asset(request, name)));
        config.routes.sse("/events", events::serve);
        if (options.prometheus()) {
            Prometheus prometheus = new Prometheus();
            config.routes.get(
                    "/metrics", request -> request.contentType(Prometheus.TYPE).result(prometheus.text(runs.view())));
        }
        config.routes.get("/api/runs", request -> json(request, RunsJson.runs(runs.view())));
        config.routes.get("/api/runs/{id}", request -> json(request, RunsJson.run(run(request))));
        config.routes.get("/api/runs/{id}/metrics", request -> json(request, RunsJson.metrics(run(request), 0)));
        config.routes.get("/api/runs/{id}/plan", request -> json(request, saved(run(request), Run.PLAN)));
        config.routes.get("/api/runs/{id}/launches", request -> json(request, saved(run(request), Run.LAUNCHES)));
        config.routes.get("/api/runs/{id}/files/{name}", this::file);
    }

    /// Something is wrong with a file of the run's, and the page says what.
    private static void fail(Context request, Exception e) {
        answer(request, HttpStatus.UNPROCESSABLE_CONTENT, String.valueOf(e.getMessage()));
    }

    private static void fault(Context request, Exception e) {
        LOG.warn("a fault of the program; please report it: {}", request.path(), e);
        answer(request, HttpStatus.INTERNAL_SERVER_ERROR, "A fault of the program: its terminal tells more.");
    }

    private static void answer(Context request, HttpStatus status, String text) {
        request.status(status).contentType("text/plain;charset=utf-8").result(text);
    }

    /// Who comes with the token gets the cookie, and an address without the token.
    private void page(Context request) {
        if (access.token().isPresent() && request.queryParam(Access.PARAMETER) != null) {
            Cookie cookie = new Cookie(access.cookie(), access.token().get());
            cookie.setHttpOnly(true);
            cookie.setSameSite(SameSite.STRICT);
            cookie.setPath("/");
            request.cookie(cookie);
            request.redirect("/", HttpStatus.SEE_OTHER);
            return;
        }
        asset(request, Assets.PAGE);
    }

    private static void asset(Context request, String name) {
        request.contentType(Assets.type(name)).result(Assets.bytes(name));
    }

    private static void json(Context request, String text) {
        request.contentType(JSON).result(text);
    }

    private RunState run(Context request) {
        return runs.view()
                .run(request.pathParam("id"))
                .orElseThrow(() -> new NotFoundResponse("There is no such run."));
    }

    /// A JSON file of the run's.
    private static String saved(RunState run, String name) {
        Path file = run.folder().resolve(name);
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            throw new NotFoundResponse("The run has no " + name + ".");
        }
        String text = Json.text(file, LONGEST_PLAN);
        Json.parse(text, name);
        return text;
    }

    /// Only what was listed is served, so a name cannot lead elsewhere; nor can a link that takes a file's place.
    private void file(Context request) {
        RunState run = run(request);
        RunFile file = run.file(request.pathParam("name"))
                .orElseThrow(() -> new NotFoundResponse("The run has no such picture or text."));
        try (InputStream stream = Files.newInputStream(
                run.folder().resolve(file.name()), StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
            request.contentType(file.kind().type())
                    .result(stream.readNBytes((int) file.kind().mostBytes()));
        } catch (IOException _) {
            throw new NotFoundResponse("It cannot be read any more.");
        }
    }

    /// Ends all connections and frees the port.
    @Override
    public void close() {
        runs.close();
        events.awaitEnd();
        server.stop();
    }
}
