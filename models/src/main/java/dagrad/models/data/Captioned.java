package dagrad.models.data;

import dagrad.data.Column;
import dagrad.data.Examples;
import dagrad.tensor.HostTensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Images, each of a subject, and what is said of each subject. Where images have classes, the classes are the subjects
/// and each has a caption from every template; where images have captions, each different caption is a subject.
///
/// @param images f32 `[c, h, w]` each
/// @param subjects their names, for people
/// @param captions one or more for each subject
/// @param subjectOf the subject of each image; not to be changed
public record Captioned(Column images, List<String> subjects, List<List<String>> captions, int[] subjectOf) {
    /// What can be said of something whose class is known, `{}` in its place.
    public static final List<String> TEMPLATES = List.of(
            "a photo of a {}",
            "a picture of a {}",
            "a grey picture of a {}",
            "a small photo of the {}",
            "this is a {}",
            "an image of one {}",
            "the {} on a dark background",
            "one {} from a shop",
            "{}");

    public Captioned {
        subjects = List.copyOf(subjects);
        captions = captions.stream().map(List::copyOf).toList();
    }

    /// Images of classes, captioned by the templates.
    public static Captioned ofClasses(Column images, List<String> classes, int[] labels) {
        List<List<String>> captions = classes.stream()
                .map(name -> TEMPLATES.stream()
                        .map(template -> template.replace("{}", spoken(name)))
                        .toList())
                .toList();
        return new Captioned(images, classes, captions, labels);
    }

    /// `T-shirt/top` as one says it: `t shirt top`.
    private static String spoken(String name) {
        return name.toLowerCase(Locale.ROOT).replaceAll("[^\\p{L}\\p{N}]+", " ").strip();
    }

    /// Images of a folder.
    ///
    /// @param channels 1 for grey, 3 for colours
    public static Captioned of(ImageFolder folder, int channels, int side) {
        Column images = folder.images(channels, side);
        if (!folder.classes().isEmpty()) {
            return ofClasses(images, folder.classes(), folder.labels().ints());
        }
        Map<String, Integer> numbers = new LinkedHashMap<>();
        int[] subjectOf = folder.items().stream()
                .mapToInt(item -> numbers.computeIfAbsent(item.words(), _ -> numbers.size()))
                .toArray();
        List<String> subjects = List.copyOf(numbers.keySet());
        return new Captioned(images, subjects, subjects.stream().map(List::of).toList(), subjectOf);
    }

    /// All that is said.
    public List<String> said() {
        return captions.stream().flatMap(List::stream).toList();
    }

    /// The images as `x`, in each epoch one of their captions as `caption`, and the subject's number as `subject`.
    public Examples examples(Words words) {
        int[][][] numbers = captions.stream()
                .map(each -> each.stream().map(words::numbers).toArray(int[][]::new))
                .toArray(int[][][]::new);
        Map<String, Column> columns = new LinkedHashMap<>();
        columns.put("x", images);
        columns.put("caption", new CaptionChoice(numbers, subjectOf, words.length()));
        columns.put("subject", Column.of(HostTensor.of(Arrays.copyOf(subjectOf, subjectOf.length), subjectOf.length)));
        return Examples.of(columns);
    }
}
