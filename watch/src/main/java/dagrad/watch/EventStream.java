package dagrad.watch;

import io.javalin.http.ServiceUnavailableResponse;
import io.javalin.http.sse.SseClient;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/// Sends the browsers what is new. Each has a thread of its own, so that a slow one holds up no other, and is first sent
/// all there is: one that was cut off and comes back needs to remember nothing.
///
/// Events are `runs`, all runs without their metrics, and `metrics`, new lines of one run.
final class EventStream {
    private static final int MOST_CLIENTS = 64;

    /// A browser that went away is noticed when it is sent something.
    private static final Duration SILENCE = Duration.ofSeconds(15);

    /// What a browser has of a run.
    private record Sent(long generation, int rows) {}

    /// A browser that takes nothing any more is not waited for longer when all ends.
    private static final Duration PATIENCE = Duration.ofSeconds(3);

    private final Runs runs;
    private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
    private final AtomicInteger clients = new AtomicInteger();

    EventStream(Runs runs) {
        this.runs = runs;
    }

    /// Serves a browser until it goes away or the runs are closed.
    void serve(SseClient client) {
        if (clients.incrementAndGet() > MOST_CLIENTS) {
            clients.decrementAndGet();
            throw new ServiceUnavailableResponse("too many pages are open: close some");
        }
        client.keepAlive();
        Thread.ofVirtual().name("dagrad-events").start(() -> {
            threads.add(Thread.currentThread());
            try {
                follow(client);
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            } finally {
                clients.decrementAndGet();
                client.close();
                threads.remove(Thread.currentThread());
            }
        });
    }

    /// Waits for all threads to end, once the runs are closed: what is sent by a server that has stopped ends in a loop
    /// within Javalin.
    void awaitEnd() {
        long until = System.nanoTime() + PATIENCE.toNanos();
        try {
            while (clients.get() > 0 && System.nanoTime() < until) {
                for (Thread thread : threads) {
                    thread.join(PATIENCE.dividedBy(10));
                }
                Thread.sleep(1);
            }
            for (Thread thread : threads) {
                thread.join(PATIENCE.dividedBy(10));
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void follow(SseClient client) throws InterruptedException {
        Map<String, Sent> sent = new HashMap<>();
        long seen = 0;
        while (!client.terminated()) {
            Optional<Runs.View> next = runs.await(seen, SILENCE);
            if (next.isEmpty()) {
                return;
            }
            if (next.get().version() == seen) {
                client.sendComment("nothing new");
            } else {
                seen = next.get().version();
                client.sendEvent("runs", RunsJson.runs(next.get()));
                next.get().runs().forEach(run -> send(client, run, sent));
            }
        }
    }

    private static void send(SseClient client, RunState run, Map<String, Sent> sent) {
        MetricsLog.Contents metrics = run.metrics();
        Sent before = sent.get(run.id());
        boolean goesOn = before != null && before.generation() == metrics.generation();
        int from = goesOn ? before.rows() : 0;
        if (!goesOn || from < metrics.rows().size()) {
            client.sendEvent("metrics", RunsJson.metrics(run, from));
            sent.put(run.id(), new Sent(metrics.generation(), metrics.rows().size()));
        }
    }
}
