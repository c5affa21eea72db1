package dagrad.io;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Locale;

/// A file that cannot be read or written: not there, forbidden, or no room for it. The message is one line that names
/// the file and says what to do.
public final class FileException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public FileException(String message) {
        super(message);
    }

    private FileException(String message, IOException cause) {
        super(message, cause);
    }

    public static FileException reading(Path file, IOException cause) {
        return new FileException("cannot read " + file + ": " + reason(cause), cause);
    }

    public static FileException writing(Path file, IOException cause) {
        return new FileException("cannot write " + file + ": " + reason(cause), cause);
    }

    private static String reason(IOException e) {
        String said = e instanceof FileSystemException f && f.getReason() != null ? f.getReason() : e.getMessage();
        String text = said == null
                ? e.getClass().getSimpleName()
                : said.lines().findFirst().orElse("");
        return switch (e) {
            case NoSuchFileException missing -> "there is no " + missing.getFile();
            case AccessDeniedException denied -> "permission for " + denied.getFile() + " is denied";
            case NotDirectoryException file -> file.getFile() + " is no folder";
            default -> isFull(text) ? "the disk is full; free some space, or choose a folder on another disk" : text;
        };
    }

    /// What Linux, macOS and Windows say of a full disk and of a used-up quota.
    private static boolean isFull(String text) {
        String lower = text.toLowerCase(Locale.ROOT);
        return lower.contains("no space left")
                || lower.contains("not enough space")
                || lower.contains("quota exceeded");
    }
}
