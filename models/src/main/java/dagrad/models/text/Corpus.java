package dagrad.models.text;

import dagrad.data.DataException;
import dagrad.data.TokenFile;
import dagrad.io.FileException;
import dagrad.io.FormatException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// Text in one or more files, of any size: it is read in pieces and never as a whole.
///
/// @param files in the order in which they are read
public record Corpus(List<Path> files) {
    private static final int PIECE = 1 << 16;

    public Corpus {
        files = List.copyOf(files);
    }

    /// A file, or all files of a folder and the folders in it by the order of their names, hidden ones aside.
    ///
    /// @throws DataException if there is no such file, or nothing in it
    /// @throws FileException if a folder cannot be read
    public static Corpus at(Path path) {
        if (!Files.exists(path)) {
            throw new DataException("there is no text " + path + "; give a file, or a folder of files, of text");
        }
        try (Stream<Path> inside = Files.walk(path)) {
            List<Path> files = inside.filter(file -> Files.isRegularFile(file) && !isHidden(path, file))
                    .sorted()
                    .toList();
            long bytes = 0;
            for (Path file : files) {
                bytes += Files.size(file);
            }
            if (bytes == 0) {
                throw new DataException("there is no text in " + path + ": "
                        + (Files.isDirectory(path) ? "it has no files with anything in them" : "the file is empty"));
            }
            return new Corpus(files);
        } catch (IOException e) {
            throw FileException.reading(path, e);
        }
    }

    private static boolean isHidden(Path root, Path file) {
        for (Path part : root.relativize(file)) {
            if (part.toString().startsWith(".")) {
                return true;
            }
        }
        return false;
    }

    /// Takes the next piece of a text.
    @FunctionalInterface
    public interface Pieces {
        void accept(String piece) throws IOException;
    }

    /// The text in pieces of up to 65536 characters: each ends after a line, if any line ends in it, and with its
    /// file.
    ///
    /// @throws FormatException if a file is not UTF-8
    /// @throws IOException what the pieces' taker throws, or if a file cannot be read
    public void pieces(Pieces into) throws IOException {
        for (Path file : files) {
            try (InputStream in = Files.newInputStream(file)) {
                new Decoding(file, into).decode(in);
            }
        }
    }

    /// The same for a taker that throws nothing.
    ///
    /// @throws FileException if a file cannot be read
    void characters(Consumer<String> into) {
        try {
            pieces(into::accept);
        } catch (IOException e) {
            throw FileException.reading(files.getFirst(), e);
        }
    }

    /// A file while it becomes characters.
    private static final class Decoding {
        private final Path file;
        private final Pieces into;
        private final CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        private final ByteBuffer bytes = ByteBuffer.allocate(PIECE);
        private final CharBuffer characters = CharBuffer.allocate(PIECE);
        private long before;

        Decoding(Path file, Pieces into) {
            this.file = file;
            this.into = into;
        }

        void decode(InputStream in) throws IOException {
            boolean ended = false;
            while (!ended) {
                int read = in.read(bytes.array(), bytes.position(), bytes.remaining());
                ended = read < 0;
                bytes.position(bytes.position() + Math.max(0, read)).flip();
                decode(ended);
                before += bytes.position();
                bytes.compact();
            }
            hand(characters.position());
        }

        private void decode(boolean ended) throws IOException {
            CoderResult result = decoder.decode(bytes, characters, ended);
            while (result.isOverflow()) {
                hand(end());
                result = decoder.decode(bytes, characters, ended);
            }
            if (result.isError()) {
                throw new FormatException(file + ": it is no text in UTF-8: byte " + (before + bytes.position() + 1)
                        + " begins no character; convert it, or train on bytes (--set tokenizer=bytes)");
            }
        }

        /// After the last line that ends before something that is no space, or after all there is; but never between
        /// the halves of a character.
        private int end() {
            int end = characters.position();
            for (int i = end - 1; i > 0; i--) {
                if (characters.get(i - 1) == '\n' && !Character.isWhitespace(characters.get(i))) {
                    return i;
                }
            }
            return Character.isHighSurrogate(characters.get(end - 1)) ? end - 1 : end;
        }

        private void hand(int end) throws IOException {
            int all = characters.position();
            if (end > 0) {
                into.accept(new String(characters.array(), 0, end));
            }
            characters.position(end).limit(all);
            characters.compact();
        }
    }

    /// What tells this text from all others: a digest of its bytes, and of where files end.
    ///
    /// @throws FileException if a file cannot be read
    public String digest() {
        MessageDigest digest = sha256();
        byte[] chunk = new byte[PIECE];
        for (Path file : files) {
            try (InputStream in = Files.newInputStream(file)) {
                for (int length = in.read(chunk); length >= 0; length = in.read(chunk)) {
                    digest.update(chunk, 0, length);
                }
                digest.update(ByteBuffer.allocate(Long.BYTES).putLong(0, Files.size(file)));
            } catch (IOException e) {
                throw FileException.reading(file, e);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /// The corpus as tokens, to be closed by the caller. They are made once and kept in a folder, named by what they
    /// are made of.
    ///
    /// @param folder is made if it is not there
    /// @param making is called if they are not there yet
    /// @throws FileException if a file cannot be read or written
    /// @throws FormatException if a file is not what the tokenizer can read
    public TokenFile tokens(Tokenizer tokenizer, Path folder, Runnable making) {
        byte[] key = (digest() + " " + tokenizer.identity()).getBytes(StandardCharsets.UTF_8);
        Path file = folder.resolve(HexFormat.of().formatHex(sha256().digest(key)) + ".tokens");
        if (!Files.exists(file)) {
            making.run();
            try {
                Files.createDirectories(folder);
            } catch (IOException e) {
                throw FileException.writing(folder, e);
            }
            TokenFile.write(file, tokenizer.vocabulary(), sink -> tokenizer.encode(this, sink));
        }
        return TokenFile.open(file, tokenizer.vocabulary());
    }
}
