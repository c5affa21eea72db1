package dagrad.watch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// A run's folder, made by hand.
record Folder(Path path) {
    static Folder make(Path path) {
        try {
            Files.createDirectories(path);
            return new Folder(path).write("config.json", "{\"job\": \"names\", \"steps\": 200}\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Puts a text into a file.
    Folder write(String name, String text) {
        try {
            Files.writeString(path.resolve(name), text);
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Adds a text to the metrics.
    Folder log(String text) {
        try {
            Files.writeString(
                    path.resolve("metrics.jsonl"), text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
