package dagrad.watch;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import tools.jackson.databind.JsonNode;

/// Asks a dashboard over HTTP, as a browser would, and in ways that none would.
record Browser(HttpClient client, URI base) implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    static Browser of(Dashboard dashboard) {
        return new Browser(HttpClient.newHttpClient(), URI.create(dashboard.url()));
    }

    HttpResponse<String> get(String path, String... headers) throws IOException, InterruptedException {
        return client.send(request(path, headers), HttpResponse.BodyHandlers.ofString());
    }

    private HttpRequest request(String path, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(base.resolve(path)).timeout(PATIENCE);
        if (headers.length > 0) {
            request.headers(headers);
        }
        return request.build();
    }

    JsonNode json(String path) throws IOException, InterruptedException {
        return dagrad.io.Json.parse(get(path).body(), path);
    }

    /// Sends lines as they are, so also what a client library would refuse to send.
    ///
    /// @return the first line of the answer
    String raw(String... lines) throws IOException {
        try (Socket socket = new Socket(base.getHost(), base.getPort())) {
            socket.setSoTimeout((int) PATIENCE.toMillis());
            String text = String.join("\r\n", lines) + "\r\nConnection: close\r\n\r\n";
            socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
            return reader(socket.getInputStream()).readLine();
        }
    }

    /// The stream of events, from its beginning.
    Events events() throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(base.resolve("/events"))
                .header("Accept", "text/event-stream")
                .build();
        return new Events(reader(
                client.send(request, HttpResponse.BodyHandlers.ofInputStream()).body()));
    }

    private static BufferedReader reader(InputStream stream) {
        return new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8));
    }

    /// Server-sent events.
    record Events(BufferedReader lines) implements AutoCloseable {
        /// The data of the next event of that name; those before it are passed over.
        JsonNode next(String name) throws IOException {
            String event = "";
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("event:")) {
                    event = line.substring("event:".length()).strip();
                } else if (line.startsWith("data:") && event.equals(name)) {
                    return dagrad.io.Json.parse(line.substring("data:".length()), name);
                }
            }
            throw new IOException("the stream ended");
        }

        @Override
        public void close() throws IOException {
            lines.close();
        }
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
