package dagrad.models.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.SimpleFileServer;
import dagrad.data.DataException;
import dagrad.io.FormatException;
import dagrad.tensor.HostTensor;
import dagrad.tensor.TensorSpec;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FashionMnistTest {
    /// No server listens there.
    private static final URI NOWHERE = URI.create("http://127.0.0.1:9/");

    @TempDir
    private Path folder = Path.of("");

    private static void ignore(long done, long all) {
        assertThat(done).isLessThanOrEqualTo(all);
    }

    /// A file of the data set's form: the last byte is as given, the others are 0.
    private static void write(Path file, int last, int... dims) throws IOException {
        int size = 1;
        ByteBuffer header = ByteBuffer.allocate(4 + 4 * dims.length).putInt(0x800 + dims.length);
        for (int dim : dims) {
            header.putInt(dim);
            size *= dim;
        }
        byte[] data = new byte[size];
        data[size - 1] = (byte) last;
        try (OutputStream stream = Files.newOutputStream(file);
                OutputStream out = file.toString().endsWith(".gz") ? new GZIPOutputStream(stream) : stream) {
            out.write(header.array());
            out.write(data);
        }
    }

    private static Path madeUp(Path folder) throws IOException {
        Files.createDirectories(folder);
        write(folder.resolve("train-images-idx3-ubyte.gz"), 255, 60_000, 28, 28);
        write(folder.resolve("train-labels-idx1-ubyte"), 3, 60_000);
        write(folder.resolve("t10k-images-idx3-ubyte.gz"), 51, 10_000, 28, 28);
        write(folder.resolve("t10k-labels-idx1-ubyte.gz"), 9, 10_000);
        return folder;
    }

    private FashionMnistFiles files(Path... folders) {
        return new FashionMnistFiles(List.of(folders), folder.resolve("cache"), NOWHERE);
    }

    @Test
    void theFirstFolderThatHasAllFilesIsRead() throws IOException {
        Path empty = Files.createDirectory(folder.resolve("empty"));
        Path full = madeUp(folder.resolve("full"));
        FashionMnist data = files(folder.resolve("missing"), empty, full).load(FashionMnistTest::ignore);
        assertThat(data.folder()).isEqualTo(full);
        assertThat(data.training().size()).isEqualTo(60_000);
        assertThat(data.test().size()).isEqualTo(10_000);
        Map<String, HostTensor> last = data.test()
                .examples("x", "y", 784)
                .select(9_999)
                .inOrder(1)
                .iterator()
                .next();
        assertThat(last.get("x").spec()).isEqualTo(TensorSpec.f32(1, 784));
        assertThat(last.get("x").get(783)).isEqualTo((double) (51 * (1 / 255f)));
        assertThat(last.get("y").ints()).containsExactly(9);
    }

    @Test
    void theCacheIsLookedInto() throws IOException {
        madeUp(folder.resolve("cache"));
        assertThat(files().load(FashionMnistTest::ignore).folder()).isEqualTo(folder.resolve("cache"));
    }

    @Test
    void ifItIsNowhereOneSentenceSaysWhatWasTriedAndWhatToDo() throws IOException {
        Path missing = folder.resolve("missing");
        Path partial = madeUp(folder.resolve("partial"));
        Files.delete(partial.resolve("t10k-labels-idx1-ubyte.gz"));
        Path cache = folder.resolve("cache");
        assertThatThrownBy(() -> files(missing, partial).load(FashionMnistTest::ignore))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith(
                        "Fashion-MNIST is neither in " + missing + " nor in " + partial
                                + " (which lacks t10k-labels-idx1-ubyte.gz) nor in " + cache
                                + ", and cannot download http://127.0.0.1:9/train-images-idx3-ubyte.gz: no connection to 127.0.0.1")
                .hasMessageEndingWith(
                        "; name a folder that has its four files by --data, or install Debian's package of it"
                                + " by apt install dataset-fashion-mnist")
                .message()
                .doesNotContain("\n");
    }

    @Test
    void anotherDataSetIsToldFromThisOne() throws IOException {
        Path other = madeUp(folder.resolve("other"));
        write(other.resolve("t10k-images-idx3-ubyte.gz"), 0, 10_000, 32, 32);
        assertThatThrownBy(() -> files(other).load(FashionMnistTest::ignore))
                .isInstanceOf(FormatException.class)
                .hasMessage(other.resolve("t10k-images-idx3-ubyte.gz")
                        + ": it should hold U8[10000,28,28], and has U8[10000,32,32]; is it another data set's?");
        madeUp(other);
        write(other.resolve("t10k-labels-idx1-ubyte.gz"), 10, 10_000);
        assertThatThrownBy(() -> files(other).load(FashionMnistTest::ignore))
                .isInstanceOf(FormatException.class)
                .hasMessage(other.resolve("t10k-labels-idx1-ubyte.gz")
                        + ": the class of picture 9999 is 10; there are 10, from 0");
    }

    @Test
    void aPictureHas784Pixels() throws IOException {
        FashionMnist data = files(madeUp(folder.resolve("full"))).load(FashionMnistTest::ignore);
        assertThatThrownBy(() -> data.test().examples("x", "y", 28, 27))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a picture has 784 pixels, not the shape [28,27]");
    }

    /// The real data, where Debian's package is installed.
    @Test
    void theRealDataIsBalancedAndAsItIsDescribed() {
        assumeThat(FashionMnistFiles.DEBIAN).isDirectory();
        FashionMnist data = FashionMnist.load(Optional.empty(), FashionMnistTest::ignore);
        assertThat(data.folder()).isEqualTo(FashionMnistFiles.DEBIAN);
        Map<Byte, Integer> count = new HashMap<>();
        for (byte label : data.training().labels()) {
            count.merge(label, 1, Integer::sum);
        }
        assertThat(count).hasSize(10).allSatisfy((label, n) -> assertThat(n).isEqualTo(6000));
        assertThat(FashionMnist.CLASSES.get(data.training().labels()[0])).isEqualTo("Ankle boot");
        double sum = 0;
        for (byte pixel : data.training().pixels()) {
            sum += (pixel & 0xff) / 255.0;
        }
        // The mean that is published for normalising it.
        assertThat(sum / data.training().pixels().length).isCloseTo(0.2860, within(5e-5));
    }

    /// The real data from a server: Debian has compressed it anew, but the content is the authors'.
    @Test
    void whatIsNowhereIsDownloadedOnceAndCheckedIntoTheCache() throws IOException {
        assumeThat(FashionMnistFiles.DEBIAN).isDirectory();
        HttpServer server = SimpleFileServer.createFileServer(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                FashionMnistFiles.DEBIAN,
                SimpleFileServer.OutputLevel.NONE);
        server.start();
        Path cache = folder.resolve("deep").resolve("cache");
        URI web = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/");
        var files = new FashionMnistFiles(List.of(folder.resolve("missing")), cache, web);
        List<Long> progress = new ArrayList<>();
        FashionMnist data;
        try {
            data = files.load((done, all) -> {
                assertThat(all).isEqualTo(54_950_048);
                progress.add(done);
            });
        } finally {
            server.stop(0);
        }
        assertThat(progress).isSorted().endsWith(54_950_048L);
        assertThat(data.folder()).isEqualTo(cache);
        try (Stream<Path> cached = Files.list(cache)) {
            assertThat(cached).hasSize(4);
        }
        FashionMnist again = files.load(
                (done, all) -> assertThat(done).as("no second download").isNegative());
        assertThat(again.test().labels()).isEqualTo(data.test().labels());
    }

    @Test
    void aFolderWithoutItIsNotPassedOver() {
        assertThatThrownBy(() -> FashionMnist.load(Optional.of(folder), FashionMnistTest::ignore))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("is not in " + folder + ", which lacks train-images-idx3-ubyte.gz, ");
        Path missing = folder.resolve("missing");
        assertThatThrownBy(() -> FashionMnist.load(Optional.of(missing), FashionMnistTest::ignore))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("is not in " + missing + ", which is no folder");
    }
}
