package dagrad.train.checkpoint;

import dagrad.io.FileException;
import dagrad.io.FormatException;
import dagrad.io.Json;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The SHA-256 of each file of a folder, in a file that `sha256sum --check` reads, too.
final class Checksums {
    static final String FILE = "SHA256SUMS";

    private static final Pattern LINE = Pattern.compile("([0-9a-f]{64})  ([A-Za-z0-9_.-]+)");
    private static final long LONGEST = 1 << 16;
    private static final int CHUNK = 1 << 16;

    private Checksums() {}

    /// Writes those of all files that are there.
    ///
    /// @throws FileException if that fails
    static void write(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            String text = files.sorted(Comparator.comparing(Path::toString))
                    .map(file -> sum(file) + "  " + file.getFileName() + "\n")
                    .collect(Collectors.joining());
            CheckpointFiles.text(folder.resolve(FILE), text);
        } catch (IOException e) {
            throw FileException.reading(folder, e);
        }
    }

    /// @param required files that must be listed
    /// @throws FormatException naming a file that is missing, not listed, or not what was written
    static void verify(Path folder, List<String> required) {
        Path list = folder.resolve(FILE);
        if (!Files.exists(list)) {
            throw new FormatException(list + " is missing");
        }
        Map<String, String> sums = new LinkedHashMap<>();
        String text = Json.text(list, LONGEST);
        if (!text.endsWith("\n")) {
            throw new FormatException(list + " was changed or cut off: its last line has no end");
        }
        text.lines().forEach(line -> {
            Matcher matcher = LINE.matcher(line);
            if (!matcher.matches()) {
                throw new FormatException(
                        list + " was changed or cut off: " + FormatException.quoted(line) + " is no checksum and name");
            }
            sums.put(matcher.group(2), matcher.group(1));
        });
        for (String name : required) {
            if (!sums.containsKey(name)) {
                throw new FormatException(list + " was changed or cut off: it does not list " + name);
            }
        }
        sums.forEach((name, sum) -> {
            Path file = folder.resolve(name);
            if (!Files.exists(file)) {
                throw new FormatException(file + ", which " + FILE + " lists, is missing");
            }
            if (!sum(file).equals(sum)) {
                throw new FormatException(file + " was changed or cut off: its SHA-256 is not that in " + FILE);
            }
        });
    }

    private static String sum(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            byte[] chunk = new byte[CHUNK];
            for (int length = in.read(chunk); length >= 0; length = in.read(chunk)) {
                digest.update(chunk, 0, length);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (IOException e) {
            throw FileException.reading(file, e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
