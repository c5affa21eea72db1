package dagrad.models.jobs;

import dagrad.io.Fields;
import dagrad.io.Json;
import dagrad.train.Run;
import dagrad.train.Trainer;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/// A job's folder of results, which may not be wanted.
record Results(Optional<Run> run) implements AutoCloseable {
    private static final long LONGEST_CONFIG = 1 << 20;

    static Results open(Optional<Path> out, Map<String, Object> config) {
        return new Results(out.map(folder -> Run.create(folder, config)));
    }

    void listenTo(Trainer trainer) {
        run.ifPresent(trainer::listen);
    }

    void save(Trainer trainer) {
        run.ifPresent(r -> r.save(trainer.parameters()));
    }

    /// The configuration of an earlier run.
    ///
    /// @throws FormatException if it is another job's
    static Fields config(Path run, String job) {
        Path file = run.resolve(Run.CONFIG);
        Fields config = new Fields(file.toString(), Json.parse(Json.text(file, LONGEST_CONFIG), file.toString()));
        String found = config.text("job");
        if (!found.equals(job)) {
            throw config.error("this is a run of \"" + found + "\", and one of \"" + job + "\" is needed");
        }
        return config;
    }

    @Override
    public void close() {
        run.ifPresent(Run::close);
    }
}
