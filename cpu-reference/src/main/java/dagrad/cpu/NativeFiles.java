package dagrad.cpu;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/// Native libraries that are resources, unpacked once for each user and version into a folder of the user's own. The
/// folder comes into being complete, by one rename, with a list of its files' sizes and digests; a folder that does
/// not agree with its list is made anew.
///
/// @param cache where the folders are
/// @param folder the name of this one
/// @param resources where the libraries are on the class path, `/org/bytedeco/openblas/linux-x86_64/`
/// @param names of the files, each after those that it needs
record NativeFiles(Path cache, String folder, String resources, List<String> names) {
    private static final String LIST = "files.sha256";

    /// The files' paths, after unpacking them if they are not there.
    ///
    /// @throws IOException if they cannot be unpacked; the message says which
    List<Path> paths() throws IOException {
        Path ready = cache.resolve(folder);
        if (!isComplete(ready)) {
            unpack(ready);
        }
        return names.stream().map(ready::resolve).toList();
    }

    /// Compares sizes alone: digests of 40 MB would take longer than all else at a start.
    private boolean isComplete(Path ready) throws IOException {
        try {
            List<String> lines = Files.readAllLines(ready.resolve(LIST));
            if (lines.size() != names.size()) {
                return false;
            }
            for (int i = 0; i < lines.size(); i++) {
                String[] fields = lines.get(i).split(" ");
                if (fields.length != 3
                        || !fields[2].equals(names.get(i))
                        || !fields[1].equals(String.valueOf(Files.size(ready.resolve(names.get(i)))))) {
                    return false;
                }
            }
            return true;
        } catch (NoSuchFileException _) {
            return false;
        }
    }

    private void unpack(Path ready) throws IOException {
        Files.createDirectories(cache);
        // Readable by this user alone, where the file system knows users.
        Path fresh = Files.createTempDirectory(cache, folder + ".");
        try {
            List<String> list = new ArrayList<>();
            for (String name : names) {
                list.add(unpack(name, fresh.resolve(name)));
            }
            Files.write(fresh.resolve(LIST), list);
            moveInto(fresh, ready);
        } finally {
            delete(fresh);
        }
    }

    /// @return the file's line in the list
    private String unpack(String name, Path to) throws IOException {
        MessageDigest digest = sha256();
        long size;
        try (InputStream in = NativeFiles.class.getResourceAsStream(resources + name);
                DigestOutputStream out = new DigestOutputStream(Files.newOutputStream(to), digest)) {
            if (in == null) {
                throw new IOException("there is no " + resources + name + " on the class path");
            }
            size = in.transferTo(out);
        }
        byte[] written = digest.digest();
        if (!Arrays.equals(written, sha256().digest(Files.readAllBytes(to)))) {
            throw new IOException(to + " does not hold what was written to it");
        }
        return HexFormat.of().formatHex(written) + " " + size + " " + name;
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /// If another process was faster, its folder is as good.
    private void moveInto(Path fresh, Path ready) throws IOException {
        if (Files.exists(ready) && !isComplete(ready)) {
            delete(ready);
        }
        try {
            Files.move(fresh, ready, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            throw e;
        } catch (IOException e) {
            if (!isComplete(ready)) {
                throw e;
            }
        }
    }

    private static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
