package dagrad.cuda.compile;

import dagrad.io.AtomicFile;
import dagrad.io.FileException;
import dagrad.io.UserCache;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.slf4j.LoggerFactory;

/// Compiled code on disk, by the digest of all that it depends on. Any number of processes may use one folder: a file
/// appears whole, by one rename, and begins with its content's digest, so what is damaged is not used. Where the folder
/// cannot be used or written, there is one warning and no cache.
///
/// A file is `digest of the rest, 32 bytes | code`. The folder is this user's alone, since its content gets run.
public final class CodeCache {
    private static final long BYTES = 256L << 20;
    private static final int DIGEST = 32;
    private static final String SUFFIX = ".code";

    private final Path folder;
    private final long limit;
    private final boolean usable;
    private final AtomicBoolean warned = new AtomicBoolean();

    /// @param limit bytes that the files have together, about; those unused for longest go first
    CodeCache(Path folder, long limit) {
        this.folder = folder;
        this.limit = limit;
        this.usable = prepare();
    }

    /// The one in the user's cache folder.
    public static CodeCache standard() {
        return new CodeCache(UserCache.folder().resolve("cuda"), BYTES);
    }

    private boolean prepare() {
        try {
            Files.createDirectories(folder.toAbsolutePath().getParent());
            if (!Files.isDirectory(folder)) {
                createPrivate();
            }
            Set<PosixFilePermission> permissions = permissions();
            if (permissions.contains(PosixFilePermission.OTHERS_WRITE)
                    || permissions.contains(PosixFilePermission.GROUP_WRITE)) {
                warn("other users may write to it; chmod 700 it, or remove it");
                return false;
            }
            return true;
        } catch (IOException e) {
            warn(e.toString());
            return false;
        }
    }

    private void createPrivate() throws IOException {
        try {
            Files.createDirectory(
                    folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (UnsupportedOperationException e) {
            Files.createDirectory(folder);
        } catch (IOException e) {
            // Another process may have been faster.
            if (!Files.isDirectory(folder)) {
                throw e;
            }
        }
    }

    private Set<PosixFilePermission> permissions() throws IOException {
        try {
            return Files.getPosixFilePermissions(folder);
        } catch (UnsupportedOperationException e) {
            return new HashSet<>();
        }
    }

    /// The key of code that depends on those texts.
    static String key(List<String> dependencies) {
        MessageDigest digest = sha256();
        for (String text : dependencies) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            digest.update(
                    ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
            digest.update(bytes);
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /// The code kept for a key; empty if there is none, or what there is is damaged.
    Optional<byte[]> get(String key) {
        if (!usable) {
            return Optional.empty();
        }
        Path file = file(key);
        try {
            byte[] content = Files.readAllBytes(file);
            byte[] code = Arrays.copyOfRange(content, Math.min(DIGEST, content.length), content.length);
            if (!Arrays.equals(sha256().digest(code), Arrays.copyOf(content, DIGEST))) {
                return Optional.empty();
            }
            markUsed(file);
            return Optional.of(code);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            warn(e.toString());
            return Optional.empty();
        }
    }

    private static void markUsed(Path file) {
        try {
            Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
        } catch (IOException _) {
            // Then it seems unused for longer than it is, and may go sooner.
        }
    }

    /// Keeps code for a key, instead of what was kept for it.
    void put(String key, byte[] code) {
        if (!usable) {
            return;
        }
        try {
            AtomicFile.write(file(key), channel -> {
                ByteBuffer content = ByteBuffer.allocate(DIGEST + code.length)
                        .put(sha256().digest(code))
                        .put(code)
                        .flip();
                while (content.hasRemaining()) {
                    channel.write(content);
                }
            });
            removeOldest();
        } catch (FileException | IOException e) {
            warn(e.getMessage());
        }
    }

    private Path file(String key) {
        return folder.resolve(key + SUFFIX);
    }

    private record Entry(Path file, long bytes, FileTime used) {}

    private void removeOldest() throws IOException {
        List<Entry> entries;
        try (Stream<Path> files = Files.list(folder)) {
            entries = files.filter(file -> file.toString().endsWith(SUFFIX))
                    .flatMap(CodeCache::entry)
                    .sorted(Comparator.comparing(Entry::used).reversed())
                    .toList();
        }
        long total = 0;
        for (Entry entry : entries) {
            total += entry.bytes();
            if (total > limit) {
                Files.deleteIfExists(entry.file());
            }
        }
    }

    /// Nothing if another process has just removed it.
    private static Stream<Entry> entry(Path file) {
        try {
            return Stream.of(new Entry(file, Files.size(file), Files.getLastModifiedTime(file)));
        } catch (IOException e) {
            return Stream.empty();
        }
    }

    private void warn(String reason) {
        if (warned.compareAndSet(false, true)) {
            // Asked for here, as starting a logging library takes longer than all else that a cache does.
            LoggerFactory.getLogger(CodeCache.class)
                    .warn(
                            "kernels are compiled anew at each start, as {} cannot be used: {}. DAGRAD_CACHE names another folder",
                            folder,
                            reason);
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
