package dagrad.models.data;

import dagrad.data.Column;
import dagrad.data.DataException;
import dagrad.data.ImageFiles;
import dagrad.io.FileException;
import dagrad.tensor.HostTensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// A folder of PNG and JPEG images with words about them, in one of two forms:
///
/// - a subfolder for each class, whose name is the class's: `boots/1.png`, `bags/7.jpg`;
/// - images anywhere in it, and a file `captions.csv`, `captions.tsv` or `captions.jsonl` that gives each a caption
///   ([Captions]).
///
/// The images are read when they are needed, not here.
///
/// @param items in the order of the caption file, or of the classes and in each of the names
/// @param classes names in alphabetical order; empty if there are captions
public record ImageFolder(Path folder, List<Item> items, List<String> classes) {
    /// @param words the caption, or the class's name
    /// @param label number of the class; 0 if there are captions
    public record Item(Path file, String words, int label) {}

    public ImageFolder {
        items = List.copyOf(items);
        classes = List.copyOf(classes);
    }

    /// Looks what is in a folder.
    ///
    /// @throws FileException if it cannot be read
    /// @throws DataException if it has no images
    /// @throws dagrad.io.FormatException if its caption file is no good
    public static ImageFolder open(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new DataException("there is no folder " + folder);
        }
        Optional<Path> captions = Captions.in(folder);
        return captions.isPresent()
                ? new ImageFolder(folder, Captions.read(captions.get()), List.of())
                : ofClasses(folder);
    }

    private static ImageFolder ofClasses(Path folder) {
        List<Item> items = new ArrayList<>();
        List<String> classes = new ArrayList<>();
        for (Path each : subfolders(folder)) {
            List<Path> images = images(each);
            if (!images.isEmpty()) {
                String name = each.getFileName().toString();
                images.forEach(file -> items.add(new Item(file, name, classes.size())));
                classes.add(name);
            }
        }
        if (items.isEmpty()) {
            throw new DataException(folder + " has no images: it should have a subfolder of PNG or JPEG files for each"
                    + " class, or a file " + String.join(" or ", Captions.NAMES) + " with the images' captions");
        }
        return new ImageFolder(folder, items, classes);
    }

    private static List<Path> subfolders(Path folder) {
        return listed(folder).stream().filter(Files::isDirectory).toList();
    }

    private static List<Path> images(Path folder) {
        return listed(folder).stream()
                .filter(file -> Files.isRegularFile(file) && ImageFiles.isNamed(file))
                .toList();
    }

    /// By name, hidden ones left out.
    private static List<Path> listed(Path folder) {
        try (Stream<Path> all = Files.list(folder)) {
            return all.filter(file -> !file.getFileName().toString().startsWith("."))
                    .sorted(Comparator.comparing(file -> file.getFileName().toString()))
                    .toList();
        } catch (IOException e) {
            throw FileException.reading(folder, e);
        } catch (UncheckedIOException e) {
            throw FileException.reading(folder, e.getCause());
        }
    }

    public int size() {
        return items.size();
    }

    /// The images, read anew each time they are gathered.
    ///
    /// @param channels 1 for grey, 3 for colours
    public Column images(int channels, int side) {
        return new ImageFiles(items.stream().map(Item::file).toList(), channels, side);
    }

    /// The classes' numbers, i32 `[n]`.
    public HostTensor labels() {
        return HostTensor.of(items.stream().mapToInt(Item::label).toArray(), items.size());
    }
}
