package dagrad.models.data;

import dagrad.data.Column;
import dagrad.data.Download;
import dagrad.data.Examples;
import dagrad.tensor.HostTensor;
import dagrad.tensor.Shape;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Fashion-MNIST, 70,000 grey pictures of articles of clothing in ten classes: Xiao, Rasul and Vollgraf (2017),
/// <https://arxiv.org/abs/1708.07747>, licensed under MIT.
///
/// @param training 60,000 pictures
/// @param test 10,000 pictures, to be looked at once, at the end
/// @param folder where the files were found
public record FashionMnist(Pictures training, Pictures test, Path folder) {
    /// The names of the classes, by number.
    public static final List<String> CLASSES = List.of(
            "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot");

    /// Width and height of a picture.
    public static final int SIDE = 28;

    /// Pictures and their classes.
    ///
    /// @param pixels `[n, 28, 28]`, 0 for the background, 255 for the brightest; not to be changed
    /// @param labels `[n]`, from 0 to 9; not to be changed
    public record Pictures(byte[] pixels, byte[] labels) {
        public int size() {
            return labels.length;
        }

        /// The pictures alone: pixels from 0 to 1 as f32.
        ///
        /// @param shape of 784 elements
        public Column column(int... shape) {
            if (Shape.of(shape).size() != SIDE * SIDE) {
                throw new IllegalArgumentException(
                        "a picture has " + SIDE * SIDE + " pixels, not the shape " + Shape.of(shape));
            }
            return Column.scaled(pixels, 1 / 255f, shape);
        }

        /// The pictures as examples: pixels from 0 to 1 as f32 of the shape given, the class as i32.
        ///
        /// @param picture name of the input for pictures
        /// @param label name of the input for classes
        /// @param shape of 784 elements, such as `784` or `1, 28, 28`
        public Examples examples(String picture, String label, int... shape) {
            int[] classes = new int[labels.length];
            for (int i = 0; i < classes.length; i++) {
                classes[i] = labels[i];
            }
            Map<String, Column> columns = new LinkedHashMap<>();
            columns.put(picture, column(shape));
            columns.put(label, Column.of(HostTensor.of(classes, classes.length)));
            return Examples.of(columns);
        }
    }

    /// Whether a folder has the four files.
    public static boolean isIn(Path folder) {
        return FashionMnistFiles.isIn(folder);
    }

    /// Reads the data set from the folder given; without one, from the folder of Debian's package
    /// `dataset-fashion-mnist`, or else the user's cache, into which it is downloaded if it is nowhere.
    ///
    /// @param data a folder with the four files, compressed or not
    /// @param progress is told of a download
    /// @throws DataException if it is not in the folder given, or nowhere and cannot be downloaded
    /// @throws FileException if a file cannot be read or written
    /// @throws FormatException if a file is damaged
    public static FashionMnist load(Optional<Path> data, Download.Progress progress) {
        return FashionMnistFiles.standard(data).load(progress);
    }
}
