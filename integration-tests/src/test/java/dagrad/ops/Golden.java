package dagrad.ops;

import dagrad.graph.Graph;
import dagrad.tensor.DType;
import dagrad.tensor.HostTensor;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/// What PyTorch computed in float64, as `src/test/python/golden.py` recorded it: inputs, outputs, the gradients given
/// for the outputs, and the gradients of the inputs that follow.
record Golden(List<HostTensor> inputs, List<HostTensor> outputs, List<HostTensor> seeds, List<HostTensor> gradients) {
    static Golden read(String file) {
        JsonNode json = json(file);
        return new Golden(
                tensors(json.get("inputs")),
                tensors(json.get("outputs")),
                tensors(json.get("seeds")),
                tensors(json.get("gradients")));
    }

    static JsonNode json(String file) {
        try (InputStream in = Golden.class.getResourceAsStream("/golden/" + file + ".json")) {
            return new ObjectMapper().readTree(Objects.requireNonNull(in, file));
        } catch (IOException e) {
            throw new UncheckedIOException(file, e);
        }
    }

    static List<HostTensor> tensors(JsonNode array) {
        List<HostTensor> result = new ArrayList<>();
        array.forEach(json -> result.add(tensor(json)));
        return result;
    }

    private static HostTensor tensor(JsonNode json) {
        int[] dims = new int[json.get("shape").size()];
        for (int i = 0; i < dims.length; i++) {
            dims[i] = json.get("shape").get(i).asInt();
        }
        double[] data = new double[json.get("data").size()];
        for (int i = 0; i < data.length; i++) {
            data[i] = json.get("data").get(i).asDouble();
        }
        DType dtype = DType.byText(json.get("dtype").asString()).orElseThrow();
        return HostTensor.of(new TensorSpec(dtype, Shape.of(dims)), data);
    }

    /// The operation on these inputs.
    Graph graph(Sample.Body body) {
        return Sample.graph(inputs.stream().map(HostTensor::spec).toList(), body);
    }

    /// The inputs by label.
    Map<String, HostTensor> named() {
        Map<String, HostTensor> result = new LinkedHashMap<>();
        for (HostTensor input : inputs) {
            result.put("in" + result.size(), input);
        }
        return result;
    }

    /// The gradients given for the outputs, by output.
    Map<String, HostTensor> namedSeeds() {
        Map<String, HostTensor> result = new LinkedHashMap<>();
        for (HostTensor seed : seeds) {
            result.put("out" + result.size(), seed);
        }
        return result;
    }
}
