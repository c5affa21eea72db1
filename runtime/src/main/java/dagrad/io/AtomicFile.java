package dagrad.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// Files that are there whole or not at all: written beside their place under another name, forced to the disk, and
/// then renamed. Whoever reads at any moment, or after a crash at any moment, finds the old content or the new.
public final class AtomicFile {
    private static final String PART = ".part";

    private AtomicFile() {}

    /// Puts the content into a new file, front to back.
    @FunctionalInterface
    public interface Content {
        void writeTo(FileChannel channel) throws IOException;
    }

    /// Writes a file, in the place of one of that name if there is one. Its folder must exist.
    ///
    /// @throws FileException if that fails; nothing is left behind then
    public static void write(Path file, Content content) {
        Path absolute = file.toAbsolutePath();
        Path folder = absolute.getParent();
        if (folder == null || Files.isDirectory(absolute)) {
            throw new FileException("cannot write " + file + ": it is a folder");
        }
        if (!Files.isDirectory(folder)) {
            throw new FileException("cannot write " + file + ": there is no folder " + folder);
        }
        try {
            Path temporary = beside(absolute);
            try {
                writeNew(temporary, content);
                move(temporary, absolute);
            } finally {
                Files.deleteIfExists(temporary);
            }
            forceNames(folder);
        } catch (IOException e) {
            throw FileException.writing(file, e);
        }
    }

    /// The same for a content in memory.
    ///
    /// @throws FileException if that fails; nothing is left behind then
    public static void write(Path file, byte[] bytes) {
        write(file, channel -> writeAll(ByteBuffer.wrap(bytes), channel));
    }

    /// Writes what remains in a buffer, however many writes that takes.
    public static void writeAll(ByteBuffer bytes, FileChannel channel) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /// Writes a folder that is there whole or not at all, in the place of one of that name if there is one; its parent
    /// must exist. If the process ends meanwhile, what is left behind ([#isLeftBehind]) has another name.
    ///
    /// @param content writes files into the folder given, each forced to the disk, as [#write] does
    /// @throws FileException if that fails; nothing is left behind then
    public static void writeFolder(Path folder, Consumer<Path> content) {
        Path absolute = folder.toAbsolutePath();
        Path parent = absolute.getParent();
        if (parent == null || !Files.isDirectory(parent)) {
            throw new FileException("cannot write " + folder + ": there is no folder to put it in");
        }
        if (Files.exists(absolute) && !Files.isDirectory(absolute)) {
            throw new FileException("cannot write " + folder + ": a file of that name is in the way");
        }
        Path temporary = beside(absolute);
        Path old = beside(absolute);
        try {
            try {
                Files.createDirectory(temporary);
                content.accept(temporary);
                forceNames(temporary);
                replace(absolute, temporary, old);
            } finally {
                deleteFolder(temporary);
                deleteFolder(old);
            }
            forceNames(parent);
        } catch (IOException e) {
            throw FileException.writing(folder, e);
        }
    }

    /// No file system exchanges two folders at once: for a moment there is none of that name.
    private static void replace(Path folder, Path by, Path old) throws IOException {
        boolean replaces = Files.exists(folder);
        if (replaces) {
            Files.move(folder, old, StandardCopyOption.ATOMIC_MOVE);
        }
        try {
            Files.move(by, folder, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            if (replaces) {
                Files.move(old, folder, StandardCopyOption.ATOMIC_MOVE);
            }
            throw e;
        }
    }

    private static Path beside(Path absolute) {
        return absolute.resolveSibling("." + absolute.getFileName() + "." + UUID.randomUUID() + PART);
    }

    /// Whether a file or folder is what a process left behind that ended while it wrote.
    public static boolean isLeftBehind(Path path) {
        String name = path.getFileName().toString();
        return name.startsWith(".") && name.endsWith(PART);
    }

    /// Deletes a folder of files, so that it is gone at once for whoever looks for its name; nothing happens if there
    /// is none.
    ///
    /// @throws IOException if that fails
    public static void deleteFolder(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        Path going = isLeftBehind(folder)
                ? folder
                : Files.move(folder, beside(folder.toAbsolutePath()), StandardCopyOption.ATOMIC_MOVE);
        try (Stream<Path> inside = Files.list(going)) {
            for (Path file : inside.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(going);
    }

    private static void writeNew(Path file, Content content) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            content.writeTo(channel);
            channel.force(true);
        }
    }

    private static void move(Path from, Path to) throws IOException {
        try {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    /// A rename survives a power failure once the folder is on the disk. Windows opens no folders, and needs none of
    /// this.
    private static void forceNames(Path folder) throws IOException {
        if (folder.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }
}
