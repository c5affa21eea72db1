package dagrad.models.jobs;

import dagrad.data.Column;
import dagrad.data.Examples;
import dagrad.data.Parts;
import dagrad.models.data.FashionMnist;
import dagrad.models.data.ImageFolder;
import dagrad.tensor.Shape;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Images to learn from, Fashion-MNIST's or a folder's: `x` f32[n, channels, side, side] from 0 to 1, and `y` i32[n],
/// the numbers of the classes.
///
/// @param test what is looked at once, at the end
/// @param shape of an image, `[channels, side, side]`
/// @param classes their names; empty if the images have none
record Images(Parts<Examples> parts, Examples test, Shape shape, List<String> classes) {
    /// Of a folder's images.
    static final double TEST_SHARE = 0.1;

    /// What can be chosen about a folder's images.
    static Hyperparameters declared() {
        return Hyperparameters.of(
                Hyperparameter.whole("side", FashionMnist.SIDE, 1, 1024, "pixels of a folder's images"),
                Hyperparameter.flag("colour", false, "whether a folder's images are seen in colour"));
    }

    /// The shape that [#load] will find: Fashion-MNIST's unless a folder is chosen.
    static Shape shape(Hyperparameters chosen) {
        int side = isFolder(chosen) ? chosen.integer("side") : FashionMnist.SIDE;
        return Shape.of(isFolder(chosen) && chosen.flag("colour") ? 3 : 1, side, side);
    }

    private static boolean isFolder(Hyperparameters chosen) {
        return folder(chosen).isPresent();
    }

    /// The folder of images that is chosen in the place of Fashion-MNIST.
    static Optional<Path> folder(Hyperparameters chosen) {
        return new Common(chosen).data().filter(given -> !FashionMnist.isIn(given));
    }

    /// The folder that `data` names, or else Fashion-MNIST.
    ///
    /// @throws dagrad.data.DataException if there are no images
    static Images load(Hyperparameters chosen, Workplace at) {
        Common common = new Common(chosen);
        Shape shape = shape(chosen);
        Optional<Path> folder = folder(chosen);
        if (folder.isPresent()) {
            ImageFolder images = ImageFolder.open(folder.get());
            Map<String, Column> columns = new LinkedHashMap<>();
            columns.put("x", images.images(shape.dim(0), shape.dim(1)));
            columns.put("y", Column.of(images.labels()));
            Parts<Examples> parts = Examples.of(columns).split(common.seed(), common.validation(), TEST_SHARE);
            return new Images(parts, parts.test(), shape, images.classes());
        }
        FashionMnist data = FashionMnist.load(common.data(), Remarks.download("Fashion-MNIST", at));
        int[] dims = shape.dims().stream().mapToInt(i -> i).toArray();
        Examples training = data.training().examples("x", "y", dims);
        return new Images(
                training.split(common.seed(), common.validation(), 0),
                data.test().examples("x", "y", dims),
                shape,
                FashionMnist.CLASSES);
    }
}
