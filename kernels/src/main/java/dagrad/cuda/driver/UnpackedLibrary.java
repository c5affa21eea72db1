package dagrad.cuda.driver;

import dagrad.io.AtomicFile;
import dagrad.io.FileException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Set;

/// A native library that is a resource, as a file that no other user can have put there: in a folder of the user's own,
/// named by the library's SHA-256, and compared byte by byte each time before it is used. Two processes that unpack at
/// once write the same, each by one rename.
///
/// @param name of the file
/// @param content of the resource
record UnpackedLibrary(String name, byte[] content) {
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rwx------");
    private static final Set<PosixFilePermission> WRITING_OTHERS =
            EnumSet.of(PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_WRITE);

    /// @param resource where it is on the class path, `/lib/libJNvrtc.so`
    /// @throws FileException if it is not there
    static UnpackedLibrary ofResource(String resource) {
        try (InputStream in = UnpackedLibrary.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new FileException("there is no " + resource + " on the class path");
            }
            return new UnpackedLibrary(resource.substring(resource.lastIndexOf('/') + 1), in.readAllBytes());
        } catch (IOException e) {
            throw FileException.reading(Path.of(resource), e);
        }
    }

    String sha256() {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /// Its path below a folder, after writing it if it is not there as it should be.
    ///
    /// @throws IOException if it cannot be written, or the folder is not this user's alone
    Path in(Path root) throws IOException {
        Path folder = root.resolve(sha256());
        Files.createDirectories(root);
        if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
            Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
        }
        demandPrivate(folder);
        Path file = folder.resolve(name);
        if (!holdsContent(file)) {
            AtomicFile.write(file, this::writeTo);
        }
        if (!holdsContent(file)) {
            throw new IOException(file + " does not hold what was written to it");
        }
        return file;
    }

    private void writeTo(FileChannel channel) throws IOException {
        ByteBuffer rest = ByteBuffer.wrap(content);
        while (rest.hasRemaining()) {
            channel.write(rest);
        }
    }

    private boolean holdsContent(Path file) throws IOException {
        return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                && Files.size(file) == content.length
                && Arrays.equals(Files.readAllBytes(file), content);
    }

    /// A folder that someone else owns, or may write to, can change between the comparison and the use. Linux shows
    /// each process its own folder in /proc, which belongs to the process's user.
    private static void demandPrivate(Path folder) throws IOException {
        PosixFileAttributes attributes =
                Files.readAttributes(folder, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        boolean own = attributes.owner().equals(Files.getOwner(Path.of("/proc/self")));
        if (!own || attributes.permissions().stream().anyMatch(WRITING_OTHERS::contains)) {
            throw new IOException(folder + " belongs to " + attributes.owner().getName() + " with permissions "
                    + PosixFilePermissions.toString(attributes.permissions()) + ", and has to be this user's alone");
        }
    }
}
