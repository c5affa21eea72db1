package dagrad.models.jobs;

import dagrad.backend.Backend;
import dagrad.tensor.HostTensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;

/// What a trained classifier makes of images that were drawn.
///
/// @param wanted the class that each image was to be of
/// @param seen the class that the classifier sees in it
record Judgement(List<String> wanted, List<String> seen) {
    Judgement {
        wanted = List.copyOf(wanted);
        seen = List.copyOf(seen);
    }

    /// @param judge a run of [FashionJob]
    /// @param images f32[n, 1, 28, 28] from 0 to 1
    /// @throws IllegalArgumentException if the images have another size
    static Judgement of(Backend device, SavedRun judge, HostTensor images, List<String> wanted) {
        if (images.size() != (long) wanted.size() * FashionJob.PIXELS) {
            throw new IllegalArgumentException(
                    "the judge looks at images of 28 x 28 grey pixels, and these are " + images.spec());
        }
        HostTensor rows = images.reshape(wanted.size(), FashionJob.PIXELS);
        return new Judgement(
                wanted,
                FashionJob.predict(device, judge, rows).stream()
                        .map(FashionJob.Prediction::name)
                        .toList());
    }

    /// The share of the images that are of the class wanted.
    double share() {
        return share(wanted.stream().distinct().toList());
    }

    private double share(List<String> classes) {
        int all = 0;
        int right = 0;
        for (int i = 0; i < wanted.size(); i++) {
            if (classes.contains(wanted.get(i))) {
                all++;
                right += wanted.get(i).equals(seen.get(i)) ? 1 : 0;
            }
        }
        return (double) right / all;
    }

    /// A line for each class and one for all.
    String text() {
        List<String> lines = new ArrayList<>();
        for (String name : wanted.stream().distinct().toList()) {
            lines.add(String.format(Locale.ROOT, "%-12s %.3f are seen as such", name, share(List.of(name))));
        }
        lines.add(String.format(
                Locale.ROOT,
                "of %d images %.3f are seen as what they were to be; %d classes are seen",
                wanted.size(),
                share(),
                new TreeSet<>(seen).size()));
        return String.join("\n", lines);
    }
}
