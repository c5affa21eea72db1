package dagrad.models.data;

import dagrad.data.DataException;
import dagrad.data.Download;
import dagrad.data.Idx;
import dagrad.io.FormatException;
import dagrad.io.UserCache;
import dagrad.models.data.FashionMnist.Pictures;
import dagrad.tensor.Shape;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Where Fashion-MNIST may be.
///
/// @param folders in the order they are looked into
/// @param cache the folder that it is downloaded to; looked into last
/// @param web what the files' names are appended to
record FashionMnistFiles(List<Path> folders, Path cache, URI web) {
    /// Where Debian's package dataset-fashion-mnist puts it.
    static final Path DEBIAN = Path.of("/usr/share/datasets/fashion-mnist");

    /// The authors' own server, named in <https://github.com/zalandoresearch/fashion-mnist>. It speaks http alone; the
    /// checksums make up for it.
    private static final URI WEB = URI.create("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/");

    /// A file, its length and SHA-256, all of it uncompressed.
    private enum File {
        TRAINING_PICTURES(
                "train-images-idx3-ubyte",
                47_040_016,
                "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"),
        TRAINING_LABELS(
                "train-labels-idx1-ubyte", 60_008, "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"),
        TEST_PICTURES(
                "t10k-images-idx3-ubyte",
                7_840_016,
                "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"),
        TEST_LABELS(
                "t10k-labels-idx1-ubyte", 10_008, "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34");

        private final String title;
        private final long bytes;
        private final String sha256;

        File(String title, long bytes, String sha256) {
            this.title = title;
            this.bytes = bytes;
            this.sha256 = sha256;
        }

        private Optional<Path> in(Path folder) {
            return Stream.of(title, title + ".gz")
                    .map(folder::resolve)
                    .filter(Files::isRegularFile)
                    .findFirst();
        }

        private static long allBytes() {
            return Arrays.stream(values()).mapToLong(file -> file.bytes).sum();
        }
    }

    static FashionMnistFiles standard(Optional<Path> data) {
        List<Path> folders = List.of(data.map(FashionMnistFiles::required).orElse(DEBIAN));
        return new FashionMnistFiles(folders, UserCache.folder().resolve("fashion-mnist"), WEB);
    }

    FashionMnist load(Download.Progress progress) {
        Optional<Path> found = Stream.concat(folders.stream(), Stream.of(cache))
                .filter(FashionMnistFiles::isIn)
                .findFirst();
        if (found.isEmpty()) {
            download(progress);
        }
        return read(found.orElse(cache));
    }

    static boolean isIn(Path folder) {
        return Arrays.stream(File.values()).allMatch(file -> file.in(folder).isPresent());
    }

    /// Downloads what the cache lacks.
    private void download(Download.Progress progress) {
        long before = 0;
        for (File file : File.values()) {
            if (file.in(cache).isEmpty()) {
                long start = before;
                try {
                    new Download(web.resolve(file.title + ".gz"), true, file.bytes, file.sha256)
                            .to(cache.resolve(file.title), (done, all) -> progress.at(start + done, File.allBytes()));
                } catch (DataException e) {
                    throw new DataException(nowhere(e), e);
                }
            }
            before += file.bytes;
        }
    }

    private String nowhere(DataException e) {
        StringBuilder text = new StringBuilder("Fashion-MNIST is neither in ");
        folders.forEach(folder -> text.append(folder).append(lacks(folder)).append(" nor in "));
        return text.append(cache)
                .append(", and ")
                .append(e.getMessage())
                .append("; name a folder that has its four files by --data, or install Debian's package of it by")
                .append(" apt install dataset-fashion-mnist")
                .toString();
    }

    /// A folder that somebody named.
    ///
    /// @throws DataException naming what it lacks
    static Path required(Path folder) {
        if (!isIn(folder)) {
            throw new DataException("Fashion-MNIST is not in " + folder + ", which "
                    + (Files.isDirectory(folder) ? "lacks " + String.join(", ", missing(folder)) : "is no folder")
                    + "; without a folder given, the usual places are looked into");
        }
        return folder;
    }

    private static List<String> missing(Path folder) {
        return Arrays.stream(File.values())
                .filter(file -> file.in(folder).isEmpty())
                .map(file -> file.title + ".gz")
                .toList();
    }

    /// What a folder lacks that has a part of the files.
    private static String lacks(Path folder) {
        List<String> missing = missing(folder);
        return missing.size() == File.values().length ? "" : " (which lacks " + String.join(", ", missing) + ")";
    }

    private static FashionMnist read(Path folder) {
        return new FashionMnist(
                read(folder, File.TRAINING_PICTURES, File.TRAINING_LABELS, 60_000),
                read(folder, File.TEST_PICTURES, File.TEST_LABELS, 10_000),
                folder);
    }

    private static Pictures read(Path folder, File pictures, File labels, int size) {
        byte[] pixels = read(folder, pictures, Shape.of(size, FashionMnist.SIDE, FashionMnist.SIDE));
        byte[] classes = read(folder, labels, Shape.of(size));
        for (int i = 0; i < classes.length; i++) {
            if (classes[i] < 0 || classes[i] >= FashionMnist.CLASSES.size()) {
                throw new FormatException(path(folder, labels) + ": the class of picture " + i + " is "
                        + (classes[i] & 0xff) + "; there are " + FashionMnist.CLASSES.size() + ", from 0");
            }
        }
        return new Pictures(pixels, classes);
    }

    private static byte[] read(Path folder, File file, Shape shape) {
        Path path = path(folder, file);
        Idx idx = Idx.read(path);
        if (idx.type() != Idx.Type.U8 || !idx.shape().equals(shape)) {
            throw new FormatException(path + ": it should hold U8" + shape + ", and has " + idx.type() + idx.shape()
                    + "; is it another data set's?");
        }
        return idx.data();
    }

    private static Path path(Path folder, File file) {
        return file.in(folder)
                .orElseThrow(() -> new DataException(folder.resolve(file.title) + " has just been deleted; try again"));
    }
}
