package dagrad.cli;

import dagrad.backend.DeviceException;
import dagrad.data.DataException;
import dagrad.graph.GraphException;
import dagrad.graph.ShapeException;
import dagrad.io.FileException;
import dagrad.io.FormatException;
import dagrad.models.network.NetworkException;
import dagrad.plan.PlanException;
import dagrad.reference.EvaluationException;
import dagrad.train.TrainingException;
import dagrad.train.checkpoint.CheckpointException;
import dagrad.watch.WatchException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.Optional;

/// Turns what went wrong into one line for a person.
final class Failures {
    private Failures() {}

    /// The line for a failure that the user can do something about; empty for a fault of the program.
    static Optional<String> line(Throwable failure) {
        return switch (failure) {
            case CliException e -> Optional.of(e.getMessage());
            case GraphException e -> Optional.of(e.getMessage());
            case ShapeException e -> Optional.of(e.getMessage());
            case PlanException e -> Optional.of(e.getMessage());
            case DeviceException e -> Optional.of(e.getMessage());
            case DataException e -> Optional.of(e.getMessage());
            case FormatException e -> Optional.of(e.getMessage());
            case EvaluationException e -> Optional.of(e.getMessage());
            case FileException e -> Optional.of(e.getMessage());
            case NetworkException e -> Optional.of(e.getMessage());
            case TrainingException e -> Optional.of(e.getMessage());
            case CheckpointException e -> Optional.of(e.getMessage());
            case WatchException e -> Optional.of(e.getMessage());
            case IllegalArgumentException e -> Optional.ofNullable(e.getMessage());
            case UncheckedIOException e -> Optional.of(ofFile(e.getCause()));
            case OutOfMemoryError _ ->
                Optional.of(
                        "out of memory: the Java heap is too small for this job; give more with DAGRAD_JAVA_OPTS=-Xmx8g");
            default -> Optional.empty();
        };
    }

    private static String ofFile(IOException e) {
        return switch (e) {
            case NoSuchFileException n -> "there is no file " + n.getFile();
            case AccessDeniedException n -> "no permission for " + n.getFile();
            case FileAlreadyExistsException n -> n.getFile() + " is there already";
            default -> String.valueOf(e.getMessage());
        };
    }
}
