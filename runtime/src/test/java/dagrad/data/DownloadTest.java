package dagrad.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dagrad.io.FileException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DownloadTest {
    private static final byte[] CONTENT = content();

    @TempDir
    private Path folder = Path.of("");

    private final HttpServer server = start();
    private final CountDownLatch tested = new CountDownLatch(1);

    private static byte[] content() {
        byte[] content = new byte[300_000];
        new Random(1).nextBytes(content);
        return content;
    }

    private static HttpServer start() {
        try {
            HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            server.start();
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @AfterEach
    void stop() {
        tested.countDown();
        server.stop(0);
    }

    private Download download(String path, boolean compressed) {
        return new Download(address(path), compressed, CONTENT.length, sha256(CONTENT));
    }

    private URI address(String path) {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + path);
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private void serve(String path, int status, byte[] body) {
        server.createContext(path, exchange -> {
            exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
    }

    private Path file() {
        return folder.resolve("sub").resolve("data");
    }

    private static void ignore(long done, long all) {
        assertThat(done).isLessThanOrEqualTo(all);
    }

    private void assertFails(Download download, String message) {
        assertThatThrownBy(() -> download.to(file(), DownloadTest::ignore, Duration.ofSeconds(1)))
                .isInstanceOf(DataException.class)
                .hasMessage("cannot download " + download.from() + ": " + message);
        assertNothingIsLeft();
    }

    private void assertNothingIsLeft() {
        if (Files.exists(file().getParent())) {
            try (Stream<Path> left = Files.list(file().getParent())) {
                assertThat(left).isEmpty();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @Test
    void aFileComesWithProgress() {
        serve("/a", 200, CONTENT);
        List<Long> progress = new ArrayList<>();
        download("/a", false).to(file(), (done, all) -> {
            assertThat(all).isEqualTo(CONTENT.length);
            progress.add(done);
        });
        assertThat(file()).hasBinaryContent(CONTENT);
        assertThat(progress).isSorted().doesNotHaveDuplicates().endsWith((long) CONTENT.length);
    }

    @Test
    void aCompressedFileIsUnpackedAndReplacesAnOldOne() throws IOException {
        serve("/a.gz", 200, IdxTest.compressed(CONTENT));
        Files.createDirectories(file().getParent());
        Files.writeString(file(), "old");
        download("/a.gz", true).to(file(), DownloadTest::ignore);
        assertThat(file()).hasBinaryContent(CONTENT);
    }

    @Test
    void aRedirectionIsFollowed() {
        serve("/new", 200, CONTENT);
        server.createContext("/old", exchange -> {
            exchange.getResponseHeaders().add("Location", "/new");
            exchange.sendResponseHeaders(302, -1);
            exchange.close();
        });
        download("/old", false).to(file(), DownloadTest::ignore);
        assertThat(file()).hasBinaryContent(CONTENT);
    }

    @Test
    void whatIsNotThereIsSaidSo() {
        assertFails(download("/none", false), "the server answers 404 Not Found");
    }

    @Test
    void anotherFileIsNotKept() {
        byte[] other = CONTENT.clone();
        other[777] ^= 1;
        serve("/a", 200, other);
        assertFails(
                download("/a", false),
                "what is there now is another file: its SHA-256 is " + sha256(other) + " and not " + sha256(CONTENT));
    }

    @Test
    void longerAndShorterFilesAreNotKept() {
        serve("/long", 200, new byte[CONTENT.length + 1]);
        assertFails(
                download("/long", false), "there are more than the " + CONTENT.length + " bytes that there should be");
        serve("/short", 200, new byte[1000]);
        assertFails(download("/short", false), "it ended after 1000 of " + CONTENT.length + " bytes; try again");
    }

    @Test
    void aBombIsNotUnpacked() {
        serve("/bomb", 200, IdxTest.compressed(new byte[50_000_000]));
        assertFails(
                download("/bomb", true), "there are more than the " + CONTENT.length + " bytes that there should be");
    }

    @Test
    void aPageInTheFilesPlaceIsSaidSo() {
        serve("/page", 200, "<html>Please log in</html>".getBytes(StandardCharsets.UTF_8));
        assertFails(
                download("/page", true),
                "what came is not compressed by gzip; does a proxy answer in the server's place?");
    }

    @Test
    void aBrokenConnectionIsSaidSo() {
        byte[] packed = IdxTest.compressed(CONTENT);
        server.createContext("/broken", exchange -> {
            exchange.sendResponseHeaders(200, packed.length);
            exchange.getResponseBody().write(packed, 0, 200_000);
            exchange.close();
        });
        assertThatThrownBy(() -> download("/broken", true).to(file(), DownloadTest::ignore))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("the connection broke after ")
                .hasMessageContaining(" of 300000 bytes");
        assertNothingIsLeft();
    }

    @Test
    void aServerThatFallsSilentIsGivenUp() {
        server.createContext("/slow", exchange -> {
            exchange.sendResponseHeaders(200, CONTENT.length);
            exchange.getResponseBody().write(CONTENT, 0, 1000);
            exchange.getResponseBody().flush();
            waitForTheTest();
        });
        assertFails(download("/slow", false), "the server has been silent for 1 s; try again later");
    }

    private void waitForTheTest() throws IOException {
        try {
            tested.await();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    @Test
    void aHostThatIsNotThereIsSaidSo() {
        int port = server.getAddress().getPort();
        server.stop(0);
        assertThatThrownBy(() -> download("/a", false).to(file(), DownloadTest::ignore))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith(
                        "cannot download http://127.0.0.1:" + port + "/a: no connection to 127.0.0.1 (");
        URI nowhere = URI.create("http://no-such-host.invalid/a");
        assertThatThrownBy(() -> new Download(nowhere, false, 1, "").to(file(), DownloadTest::ignore))
                .isInstanceOf(DataException.class)
                .hasMessage("cannot download " + nowhere
                        + ": the host no-such-host.invalid is not known; is this machine offline?");
        assertNothingIsLeft();
    }

    @Test
    void aFolderThatCannotBeMadeIsNamed() throws IOException {
        serve("/a", 200, CONTENT);
        Files.writeString(file().getParent(), "no folder");
        assertThatThrownBy(() -> download("/a", false).to(file(), DownloadTest::ignore))
                .isInstanceOf(FileException.class)
                .hasMessageStartingWith("cannot write " + file().getParent() + ": ");
    }

    @Test
    void otherAddressesAreRefused() {
        assertThatThrownBy(() -> new Download(URI.create("file:/etc/passwd"), false, 1, ""))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("downloads come from http or https addresses, not from file:/etc/passwd");
    }
}
