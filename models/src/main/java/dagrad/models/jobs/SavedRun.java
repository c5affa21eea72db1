package dagrad.models.jobs;

import dagrad.io.Fields;
import dagrad.io.FormatException;
import dagrad.io.Json;
import dagrad.io.Safetensors;
import dagrad.tensor.HostTensor;
import dagrad.train.Png;
import dagrad.train.Run;
import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// An earlier run, to be used or to be gone on with.
///
/// @param folder as a [Run] left it
/// @param chosen the hyperparameters it was trained with
public record SavedRun(Path folder, Job job, Hyperparameters chosen) {
    /// The field of a configuration that names the job.
    static final String JOB = "job";

    private static final long LONGEST_CONFIG = 1 << 20;

    /// @throws dagrad.io.FileException if the folder has no configuration
    /// @throws FormatException if that is damaged or names no job
    public static SavedRun open(Path folder) {
        Path file = folder.resolve(Run.CONFIG);
        JsonNode config = Json.parse(Json.text(file, LONGEST_CONFIG), file.toString());
        String name = new Fields(file.toString(), config).text(JOB);
        Job job;
        try {
            job = Jobs.named(name);
        } catch (IllegalArgumentException e) {
            throw new FormatException(file + ": " + e.getMessage(), e);
        }
        return new SavedRun(folder, job, job.standard().with(config, file.toString()));
    }

    /// The same, if it is a run of that job.
    ///
    /// @throws FormatException if it is another job's
    public static SavedRun open(Path folder, String job) {
        SavedRun run = open(folder);
        if (!run.job.name().equals(job)) {
            throw new FormatException(folder.resolve(Run.CONFIG) + ": this is a run of \"" + run.job.name()
                    + "\", and one of \"" + job + "\" is needed");
        }
        return run;
    }

    /// The trained parameters. If adapters were trained, they are added to the weights that they were trained for.
    ///
    /// @throws dagrad.io.FileException if a file is missing
    /// @throws FormatException if one is damaged
    public Map<String, HostTensor> weights() {
        Map<String, HostTensor> kept = Safetensors.read(folder.resolve(Run.WEIGHTS));
        Common common = new Common(chosen);
        return common.lora()
                .map(lora -> lora.merged(job.weights(common.weights().orElseThrow()), kept))
                .orElse(kept);
    }

    public Path file(String name) {
        return folder.resolve(name);
    }

    /// Puts a picture that was drawn later beside the results: `sample-1.png`, or the next number that is free.
    ///
    /// @return where it is
    /// @throws dagrad.io.FileException if it cannot be written
    public Path picture(BufferedImage image) {
        int number = 1;
        while (Files.exists(folder.resolve("sample-" + number + ".png"))) {
            number++;
        }
        Path file = folder.resolve("sample-" + number + ".png");
        Png.write(file, image);
        return file;
    }
}
