package dagrad.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dagrad.data.Csv;
import dagrad.data.DataException;
import dagrad.data.Idx;
import dagrad.data.ImageFiles;
import dagrad.data.Npy;
import dagrad.graph.Graph;
import dagrad.graph.GraphException;
import dagrad.graph.ShapeException;
import dagrad.models.data.ImageFolder;
import dagrad.models.network.NetworkException;
import dagrad.models.network.NetworkJson;
import dagrad.models.text.HuggingFace;
import dagrad.models.transformer.HuggingFaceGpt2;
import dagrad.tensor.HostTensor;
import dagrad.tensor.TensorSpec;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.IntUnaryOperator;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Files that were damaged, at random or on purpose: reading one gives what is in it or a sentence about it, never
/// another exception, an exhausted memory or a depleted stack. `-Dhostile.tries=100000` tries more of them.
class HostileFilesTest {
    private static final int TRIES = Integer.getInteger("hostile.tries", 250);

    /// More bytes than any of these files has reason to make a reader allocate.
    private static final int LONGEST = 1 << 20;

    @TempDir
    private Path folder;

    private enum Kind {
        SAFETENSORS("safetensors", Safetensors::read) {
            @Override
            byte[] valid(Path folder) throws IOException {
                Path file = folder.resolve("valid");
                Safetensors.write(
                        file,
                        Map.of(
                                "a",
                                HostTensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3),
                                "b",
                                HostTensor.of(new int[] {7}, 1)));
                return Files.readAllBytes(file);
            }
        },
        GRAPH("json", GraphJson::read) {
            @Override
            byte[] valid(Path folder) {
                return utf8(GraphJson.text(Graph.build(g -> {
                    var x = g.input("x", TensorSpec.f32(2, 3));
                    var w = g.parameter("w", TensorSpec.f32(4, 3));
                    g.output("loss", g.mean(g.softmax(g.linear(x, w), -1)));
                })));
            }
        },
        NETWORK("json", NetworkJson::read) {
            @Override
            byte[] valid(Path folder) throws IOException {
                return Files.readAllBytes(Path.of("../examples/lecture.json"));
            }
        },
        YAML("yaml", Yaml::read) {
            @Override
            byte[] valid(Path folder) {
                return utf8("batch: 64\nhidden: [512, 256]\nname: &a {x: 1.5e-3, y: \"z\"}\nother: *a\n");
            }
        },
        IDX("idx", Idx::read) {
            @Override
            byte[] valid(Path folder) {
                return ByteBuffer.allocate(16 + 8)
                        .put(new byte[] {0, 0, 8, 3})
                        .putInt(2)
                        .putInt(2)
                        .putInt(2)
                        .put(new byte[] {1, 2, 3, 4, 5, 6, 7, 8})
                        .array();
            }
        },
        NPY("npy", Npy::read) {
            @Override
            byte[] valid(Path folder) {
                String header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }";
                byte[] padded = utf8(header + " ".repeat(117 - header.length()) + "\n");
                return ByteBuffer.allocate(10 + padded.length + 16)
                        .put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0})
                        .put((byte) padded.length)
                        .put((byte) 0)
                        .put(padded)
                        .array();
            }
        },
        CSV("csv", Csv::read) {
            @Override
            byte[] valid(Path folder) {
                return utf8("a,b,\"c d\"\n1,2.5,-3e4\n4,5,6\n");
            }
        },
        PNG("png", HostileFilesTest::image) {
            @Override
            byte[] valid(Path folder) throws IOException {
                return image("png");
            }
        },
        JPEG("jpg", HostileFilesTest::image) {
            @Override
            byte[] valid(Path folder) throws IOException {
                return image("jpg");
            }
        },
        CAPTIONS("jsonl", file -> {
            Path captions = file.resolveSibling("captions.jsonl");
            move(file, captions);
            ImageFolder.open(captions.getParent());
        }) {
            @Override
            byte[] valid(Path folder) {
                return utf8(
                        "{\"file\":\"1.png\",\"caption\":\"a boot\"}\n{\"file\":\"a/2.png\",\"caption\":\"bag\"}\n");
            }
        },
        TOKENIZER("json", HuggingFace::read) {
            @Override
            byte[] valid(Path folder) throws IOException {
                return Files.readAllBytes(Path.of("src/test/resources/gpt2/tokenizer.json"));
            }
        },
        GPT2("json", HuggingFaceGpt2::model) {
            @Override
            byte[] valid(Path folder) throws IOException {
                return Files.readAllBytes(Path.of("src/test/resources/gpt2/config.json"));
            }
        };

        private final String ending;
        private final Consumer<Path> reader;

        Kind(String ending, Consumer<Path> reader) {
            this.ending = ending;
            this.reader = reader;
        }

        abstract byte[] valid(Path folder) throws IOException;

        private static byte[] utf8(String text) {
            return text.getBytes(StandardCharsets.UTF_8);
        }

        private static byte[] image(String format) throws IOException {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            ImageIO.write(new BufferedImage(9, 7, BufferedImage.TYPE_INT_RGB), format, out);
            return out.toByteArray();
        }
    }

    private static void image(Path file) {
        new ImageFiles(List.of(file), 1, 4).gather(new int[] {0}, 0, 1, HostTensor.zeros(TensorSpec.f32(1, 1, 4, 4)));
    }

    private static void move(Path from, Path to) {
        try {
            Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Ways to damage a file.
    private static List<UnaryOperator<byte[]>> damages(SplittableRandom random) {
        return List.of(
                bytes -> changed(bytes, random, b -> b ^ 1 << random.nextInt(8)),
                bytes ->
                        changed(bytes, random, _ -> List.of(0, 0xff, 0x7f, 0x80).get(random.nextInt(4))),
                bytes -> Arrays.copyOf(bytes, random.nextInt(bytes.length)),
                bytes -> put(bytes, random, part(bytes, random)),
                bytes -> put(bytes, random, new byte[1 + random.nextInt(8)]),
                bytes -> put(
                        bytes, random, "[".repeat(random.nextInt(LONGEST / 4)).getBytes(StandardCharsets.US_ASCII)),
                bytes -> put(
                        bytes,
                        random,
                        "{\"a\":".repeat(random.nextInt(LONGEST / 16)).getBytes(StandardCharsets.US_ASCII)),
                bytes -> numbers(bytes, random, "99999999999999999999"),
                bytes -> numbers(bytes, random, "-1"),
                bytes -> numbers(bytes, random, "1e999"),
                bytes -> numbers(bytes, random, "2147483647"),
                bytes -> numbers(bytes, random, "null"));
    }

    private static byte[] changed(byte[] bytes, SplittableRandom random, IntUnaryOperator how) {
        byte[] copy = bytes.clone();
        int at = random.nextInt(copy.length);
        copy[at] = (byte) how.applyAsInt(copy[at]);
        return copy;
    }

    private static byte[] part(byte[] bytes, SplittableRandom random) {
        int from = random.nextInt(bytes.length);
        return Arrays.copyOfRange(bytes, from, from + random.nextInt(bytes.length - from + 1));
    }

    private static byte[] put(byte[] bytes, SplittableRandom random, byte[] what) {
        int at = random.nextInt(bytes.length + 1);
        return ByteBuffer.allocate(bytes.length + what.length)
                .put(bytes, 0, at)
                .put(what)
                .put(bytes, at, bytes.length - at)
                .array();
    }

    /// One of the numbers in a text becomes another.
    private static byte[] numbers(byte[] bytes, SplittableRandom random, String other) {
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        var numbers =
                Pattern.compile("-?[0-9][0-9.eE+-]*").matcher(text).results().toList();
        if (numbers.isEmpty()) {
            return bytes;
        }
        var number = numbers.get(random.nextInt(numbers.size()));
        return (text.substring(0, number.start()) + other + text.substring(number.end()))
                .getBytes(StandardCharsets.ISO_8859_1);
    }

    @ParameterizedTest
    @EnumSource
    void whatIsValidIsRead(Kind kind) throws IOException {
        Files.createFile(folder.resolve("1.png"));
        Files.createDirectories(folder.resolve("a"));
        Files.createFile(folder.resolve("a/2.png"));
        kind.reader.accept(Files.write(folder.resolve("whole." + kind.ending), kind.valid(folder)));
    }

    @ParameterizedTest
    @EnumSource
    void whatIsDamagedIsSaid(Kind kind) throws IOException {
        byte[] valid = kind.valid(folder);
        int refused = 0;
        for (int attempt = 0; attempt < TRIES; attempt++) {
            SplittableRandom random = new SplittableRandom(attempt);
            List<UnaryOperator<byte[]>> damages = damages(random);
            byte[] damaged = valid;
            for (int i = 0; i <= random.nextInt(3) && damaged.length > 0; i++) {
                damaged = damages.get(random.nextInt(damages.size())).apply(damaged);
            }
            Path file = Files.write(folder.resolve("hostile." + kind.ending), damaged);
            try {
                kind.reader.accept(file);
            } catch (FormatException
                    | FileException
                    | DataException
                    | GraphException
                    | ShapeException
                    | NetworkException e) {
                refused++;
                assertThat(e.getMessage()).isNotBlank();
                assertThat(e.getMessage().length()).as("length of the message").isLessThan(2000);
            } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
                fail(kind + ", attempt " + attempt + ": " + e, e);
            }
        }
        assertThat(refused).as("files that were refused").isGreaterThan(TRIES / 10);
    }
}
