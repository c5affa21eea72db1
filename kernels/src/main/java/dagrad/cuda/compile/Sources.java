package dagrad.cuda.compile;

import dagrad.backend.DeviceException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The kernels' text and code among the resources, below `dagrad/cuda/`: `softmax.cu`, `dagrad.cuh`, and where the
/// build had CUDA's own compiler, `softmax.fatbin`, which holds the code for every card that is meant.
public final class Sources {
    private static final String FOLDER = "/dagrad/cuda/";
    private static final Pattern INCLUDE = Pattern.compile("^\\s*#\\s*include\\s+\"([^\"]+)\"", Pattern.MULTILINE);

    private Sources() {}

    /// The text of a source or header.
    ///
    /// @throws DeviceException if there is none of that name
    public static String text(String file) {
        return new String(
                bytes(file)
                        .orElseThrow(() ->
                                new DeviceException("the kernel source " + file + " is missing from Dagrad's jars")),
                StandardCharsets.UTF_8);
    }

    /// The headers that a text includes, and those that these include, by name.
    public static SortedMap<String, String> headers(String text) {
        SortedMap<String, String> found = new TreeMap<>();
        Deque<String> texts = new ArrayDeque<>();
        texts.add(text);
        while (!texts.isEmpty()) {
            Matcher include = INCLUDE.matcher(texts.remove());
            while (include.find()) {
                String name = include.group(1);
                if (!found.containsKey(name)) {
                    found.put(name, text(name));
                    texts.add(found.get(name));
                }
            }
        }
        return found;
    }

    /// The code that the build compiled a source to, if it did.
    static Optional<byte[]> compiled(String file) {
        return bytes(file.replaceFirst("\\.cu$", ".fatbin"));
    }

    private static Optional<byte[]> bytes(String file) {
        try (InputStream in = Sources.class.getResourceAsStream(FOLDER + file)) {
            return in == null ? Optional.empty() : Optional.of(in.readAllBytes());
        } catch (IOException e) {
            throw new DeviceException("cannot read " + file + " from Dagrad's jars: " + e.getMessage(), e);
        }
    }
}
