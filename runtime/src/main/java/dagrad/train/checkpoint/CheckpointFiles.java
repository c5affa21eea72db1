package dagrad.train.checkpoint;

import dagrad.data.Batches;
import dagrad.io.AtomicFile;
import dagrad.io.Fields;
import dagrad.io.Json;
import dagrad.io.Safetensors;
import dagrad.tensor.HostTensor;
import dagrad.tensor.TensorSpec;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// The files of one checkpoint; docs/checkpoints.md describes them.
final class CheckpointFiles {
    static final String PARAMETERS = "parameters.safetensors";
    static final String STATES = "states.safetensors";
    static final String BEST = "best.safetensors";
    static final String GRAPH = "graph.txt";
    static final String STATE = "state.json";

    private static final String FORMAT = "dagrad-checkpoint";
    private static final int VERSION = 1;
    private static final long LONGEST_STATE = 1 << 20;

    /// Step graphs have a line for each node; none has had a hundred thousand.
    private static final long LONGEST_GRAPH = 256L << 20;

    private CheckpointFiles() {}

    /// Writes all files into an empty folder.
    static void write(State state, Path folder) {
        Safetensors.write(folder.resolve(PARAMETERS), state.parameters());
        Safetensors.write(folder.resolve(STATES), state.states());
        if (!state.best().parameters().isEmpty()) {
            Safetensors.write(folder.resolve(BEST), state.best().parameters());
        }
        text(folder.resolve(GRAPH), String.join("\n", state.identity().graph()) + "\n");
        text(folder.resolve(STATE), json(state).toPrettyString() + "\n");
        Checksums.write(folder);
    }

    static void text(Path file, String text) {
        AtomicFile.write(file, text.getBytes(StandardCharsets.UTF_8));
    }

    private static ObjectNode json(State state) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("format", FORMAT).put("version", VERSION);
        json.put("step", state.step());
        json.putObject("position")
                .put("epoch", state.position().epoch())
                .put("index", state.position().index());
        json.put("device", state.device());
        ObjectNode best = json.putObject("best");
        best.put("step", state.best().step()).put("misses", state.best().misses());
        numbers(best.putObject("evaluation"), state.best().evaluation());
        numbers(json.putObject("notes"), state.notes());
        return json;
    }

    /// Doubles as the shortest decimals that are read back as the same bits.
    private static void numbers(ObjectNode json, Map<String, Double> numbers) {
        numbers.forEach((name, value) -> {
            if (Double.isFinite(value)) {
                json.put(name, value);
            } else {
                json.put(name, Double.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf");
            }
        });
    }

    /// @throws FormatException if a file is missing or is not what was written
    static State read(Path folder) {
        Checksums.verify(folder, List.of(PARAMETERS, STATES, GRAPH, STATE));
        Path file = folder.resolve(STATE);
        Fields json = new Fields(file.toString(), Json.parse(Json.text(file, LONGEST_STATE), file.toString()));
        if (!json.text("format").equals(FORMAT) || json.integer("version") != VERSION) {
            throw json.error("it is no \"" + FORMAT + "\" of version " + VERSION + ", the one this program reads");
        }
        Map<String, HostTensor> parameters = Safetensors.read(folder.resolve(PARAMETERS));
        Map<String, HostTensor> states = Safetensors.read(folder.resolve(STATES));
        Path bestFile = folder.resolve(BEST);
        State state = new State(
                new Identity(
                        specs(parameters),
                        specs(states),
                        Json.text(folder.resolve(GRAPH), LONGEST_GRAPH).lines().toList()),
                json.text("device"),
                whole(json, "step"),
                position(json),
                parameters,
                states,
                best(json, Files.exists(bestFile) ? Safetensors.read(bestFile) : Map.of()),
                numbers(json, "notes"));
        json.noMore();
        return state;
    }

    private static Map<String, TensorSpec> specs(Map<String, HostTensor> tensors) {
        Map<String, TensorSpec> specs = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> specs.put(name, tensor.spec()));
        return specs;
    }

    private static Batches.Position position(Fields json) {
        Fields position = new Fields("position", json.required("position"));
        return new Batches.Position(whole(position, "epoch"), position.integer("index"));
    }

    private static State.Best best(Fields json, Map<String, HostTensor> parameters) {
        Fields best = new Fields("best", json.required("best"));
        return new State.Best(numbers(best, "evaluation"), whole(best, "step"), best.integer("misses"), parameters);
    }

    private static long whole(Fields fields, String name) {
        double number = fields.number(name);
        if (number != Math.rint(number) || Math.abs(number) > 0x1p53) {
            throw fields.error("\"" + name + "\" must be a whole number, not " + number);
        }
        return (long) number;
    }

    private static Map<String, Double> numbers(Fields json, String name) {
        Fields object = new Fields(name, json.required(name));
        Map<String, Double> result = new LinkedHashMap<>();
        json.required(name).propertyNames().forEach(key -> result.put(key, object.number(key)));
        return result;
    }
}
