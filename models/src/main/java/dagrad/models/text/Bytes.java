package dagrad.models.text;

import dagrad.data.TokenFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/// A token for each byte, whatever the bytes mean: any file is a text. What is asked and answered is UTF-8.
public record Bytes() implements Tokenizer {
    private static final int CHUNK = 1 << 16;

    @Override
    public int vocabulary() {
        return 256;
    }

    @Override
    public int[] encode(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        int[] tokens = new int[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            tokens[i] = Byte.toUnsignedInt(bytes[i]);
        }
        return tokens;
    }

    @Override
    public String decode(int[] tokens) {
        require(tokens);
        byte[] bytes = new byte[tokens.length];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) tokens[i];
        }
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @Override
    public void encode(Corpus corpus, TokenFile.Sink into) throws IOException {
        byte[] chunk = new byte[CHUNK];
        for (Path file : corpus.files()) {
            try (InputStream in = Files.newInputStream(file)) {
                for (int length = in.read(chunk); length >= 0; length = in.read(chunk)) {
                    for (int i = 0; i < length; i++) {
                        into.accept(Byte.toUnsignedInt(chunk[i]));
                    }
                }
            }
        }
    }

    @Override
    public void write(Path folder) {}

    @Override
    public String identity() {
        return "bytes";
    }

    @Override
    public String text() {
        return "256 bytes";
    }
}
