package dagrad.data;

import dagrad.io.AtomicFile;
import dagrad.io.FileException;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/// A file that is on the web, known by what is in it: content of another length or checksum is never kept. What the web
/// has compressed by gzip is kept uncompressed, so that the checksum does not depend on who compressed it, and how.
///
/// @param from an http or https address
/// @param compressed whether what is there is compressed
/// @param bytes length of the content, uncompressed
/// @param sha256 of the content, uncompressed, in lower-case hexadecimal digits
public record Download(URI from, boolean compressed, long bytes, String sha256) {
    private static final int CHUNK = 1 << 16;

    /// How long a server may be silent.
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /// Is told how far a download is.
    @FunctionalInterface
    public interface Progress {
        /// @param done bytes of content that have come
        /// @param all bytes that will have come at the end
        void at(long done, long all);
    }

    /// @throws IllegalArgumentException if the address is no http or https one
    public Download {
        if (!"http".equals(from.getScheme()) && !"https".equals(from.getScheme())) {
            throw new IllegalArgumentException("downloads come from http or https addresses, not from " + from);
        }
    }

    /// Downloads to a file, which is there at the end as a whole or not at all. Folders on the way are made.
    ///
    /// @throws DataException if the file cannot be had, or is not the right one
    /// @throws FileException if it cannot be written
    public void to(Path file, Progress progress) {
        to(file, progress, PATIENCE);
    }

    void to(Path file, Progress progress, Duration patience) {
        HttpURLConnection connection = connect(patience);
        try (InputStream in = open(connection, patience)) {
            makeFolder(file.toAbsolutePath().getParent());
            AtomicFile.write(file, channel -> copy(in, channel, progress, patience));
        } catch (IOException e) {
            throw failure(e, 0, patience); // on closing
        } finally {
            connection.disconnect();
        }
    }

    private static void makeFolder(Path folder) {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw FileException.writing(folder, e);
        }
    }

    /// This old class, as `java.net.http` has no time limit for a server that stops in the middle of a body.
    private HttpURLConnection connect(Duration patience) {
        try {
            HttpURLConnection connection = (HttpURLConnection) from.toURL().openConnection();
            connection.setConnectTimeout((int) patience.toMillis());
            connection.setReadTimeout((int) patience.toMillis());
            return connection;
        } catch (IOException e) {
            throw failure(e, 0, patience);
        }
    }

    private InputStream open(HttpURLConnection connection, Duration patience) {
        try {
            int status = connection.getResponseCode();
            if (status != HttpURLConnection.HTTP_OK) {
                String said = connection.getResponseMessage();
                throw new DataException(cannot() + "the server answers " + status + (said == null ? "" : " " + said));
            }
            InputStream in = connection.getInputStream();
            return compressed ? new GZIPInputStream(in, CHUNK) : in;
        } catch (IOException e) {
            throw failure(e, 0, patience);
        }
    }

    /// @throws IOException of the channel alone
    private void copy(InputStream in, WritableByteChannel channel, Progress progress, Duration patience)
            throws IOException {
        MessageDigest digest = digest();
        byte[] chunk = new byte[CHUNK];
        long done = 0;
        for (int read = read(in, chunk, done, patience); read >= 0; read = read(in, chunk, done, patience)) {
            done += read;
            if (done > bytes) {
                throw new DataException(cannot() + "there are more than the " + bytes + " bytes that there should be");
            }
            digest.update(chunk, 0, read);
            ByteBuffer rest = ByteBuffer.wrap(chunk, 0, read);
            while (rest.hasRemaining()) {
                channel.write(rest);
            }
            progress.at(done, bytes);
        }
        if (done < bytes) {
            throw new DataException(cannot() + "it ended after " + done + " of " + bytes + " bytes; try again");
        }
        String found = HexFormat.of().formatHex(digest.digest());
        if (!found.equals(sha256)) {
            throw new DataException(
                    cannot() + "what is there now is another file: its SHA-256 is " + found + " and not " + sha256);
        }
    }

    private int read(InputStream in, byte[] chunk, long done, Duration patience) {
        try {
            return in.read(chunk);
        } catch (IOException e) {
            throw failure(e, done, patience);
        }
    }

    private static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private DataException failure(IOException e, long done, Duration patience) {
        String reason = switch (e) {
            case UnknownHostException _ -> "the host " + from.getHost() + " is not known; is this machine offline?";
            case SocketTimeoutException _ ->
                "the server has been silent for " + patience.toSeconds() + " s; try again later";
            case ZipException _ -> "what came is not compressed by gzip; does a proxy answer in the server's place?";
            default ->
                (done == 0
                                ? "no connection to " + from.getHost()
                                : "the connection broke after " + done + " of " + bytes + " bytes")
                        + " (" + e.getMessage() + "); try again later";
        };
        return new DataException(cannot() + reason, e);
    }

    private String cannot() {
        return "cannot download " + from + ": ";
    }
}
