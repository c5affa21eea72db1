package dagrad.optimizer;

import dagrad.graph.Graph;
import dagrad.graph.GraphBuilder;
import dagrad.graph.GraphException;
import dagrad.graph.Input;
import dagrad.graph.Value;
import dagrad.tensor.DType;
import dagrad.tensor.HostTensor;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Where each parameter lies. The parameters of a group are one flat tensor, and so are their gradients and
/// each of the optimizer's states: a step is one launch over everything, a norm one reduction, a checkpoint one
/// write.
public record FlatLayout(List<Flat> flats) {
    /// A parameter's place in its flat tensor.
    ///
    /// @param offset in elements
    public record Segment(String name, int offset, TensorSpec spec) {
        int end() {
            return offset + Math.toIntExact(spec.shape().size());
        }

        /// The parameter as a part of the flat tensor.
        Value in(GraphBuilder g, Value flat) {
            return g.reshape(g.slice(flat, 0, offset, end()), spec.shape());
        }

        /// A view of the same memory.
        HostTensor in(HostTensor flat) {
            long bytes = spec.dtype().bytes();
            return new HostTensor(spec, flat.data().asSlice(offset * bytes, spec.bytes()));
        }
    }

    /// One flat tensor: the parameters of one group and element type, without gaps, in the order of the
    /// segments.
    public record Flat(ParameterGroup group, DType dtype, List<Segment> segments) {
        public Flat {
            segments = List.copyOf(segments);
        }

        private String name() {
            return dtype == DType.F32 ? group.name() : group.name() + "/" + dtype.text();
        }

        /// The label of the input that holds the parameters: `params/decay`.
        public String label() {
            return "params/" + name();
        }

        /// The scope of its step, by which profiles name it: `optimizer/decay`.
        String scope() {
            return "optimizer/" + name();
        }

        /// The label of the input that holds a state of the optimizer: `optimizer/decay/m`.
        public String stateLabel(String state) {
            return "optimizer/" + name() + "/" + state;
        }

        public TensorSpec spec() {
            return new TensorSpec(dtype, Shape.of(segments.getLast().end()));
        }
    }

    /// A segment as large as a multiple of this many elements keeps the next one aligned to 64 bytes in f32.
    private static final int ALIGNED = 16;

    public FlatLayout {
        flats = List.copyOf(flats);
    }

    /// Lays out a graph's parameters.
    ///
    /// @throws GraphException if no group takes a parameter, or a group's parameters are too many for one tensor
    public static FlatLayout of(Graph graph, List<ParameterGroup> groups) {
        Map<ParameterGroup, Map<DType, Map<String, TensorSpec>>> sorted = new LinkedHashMap<>();
        groups.forEach(group -> sorted.put(group, new LinkedHashMap<>()));
        graph.inputs(Input.Kind.PARAMETER).forEach((name, value) -> {
            TensorSpec spec = graph.spec(value);
            ParameterGroup group = groups.stream()
                    .filter(candidate -> candidate.takes().test(name, spec))
                    .findFirst()
                    .orElseThrow(() -> new GraphException("no parameter group takes \"" + name + "\" " + spec
                            + "; the groups are "
                            + groups.stream().map(ParameterGroup::name).toList()));
            sorted.get(group)
                    .computeIfAbsent(spec.dtype(), _ -> new LinkedHashMap<>())
                    .put(name, spec);
        });
        List<Flat> flats = new ArrayList<>();
        sorted.forEach((group, byType) ->
                byType.forEach((dtype, specs) -> flats.add(new Flat(group, dtype, segments(group, specs)))));
        return new FlatLayout(flats);
    }

    /// Side by side, those of aligned size first, so that they all begin aligned.
    private static List<Segment> segments(ParameterGroup group, Map<String, TensorSpec> specs) {
        List<Map.Entry<String, TensorSpec>> order = new ArrayList<>(specs.entrySet());
        order.sort(Comparator.comparing(e -> e.getValue().shape().size() % ALIGNED != 0));
        List<Segment> segments = new ArrayList<>();
        long offset = 0;
        for (Map.Entry<String, TensorSpec> entry : order) {
            segments.add(new Segment(entry.getKey(), (int) offset, entry.getValue()));
            offset += entry.getValue().shape().size();
            if (offset > Integer.MAX_VALUE) {
                throw new GraphException("the parameters of group \"" + group.name()
                        + "\" are more than 2^31 numbers; distribute them over several groups");
            }
        }
        return segments;
    }

    /// All parameters with their specs.
    public Map<String, TensorSpec> parameters() {
        Map<String, TensorSpec> result = new LinkedHashMap<>();
        flats.forEach(flat -> flat.segments().forEach(s -> result.put(s.name(), s.spec())));
        return result;
    }

    /// Number of trained numbers.
    public long size() {
        return flats.stream().mapToLong(flat -> flat.spec().shape().size()).sum();
    }

    /// The parameters by name.
    ///
    /// @param flatTensors by label
    /// @return views of the flat tensors' memory
    public Map<String, HostTensor> split(Map<String, HostTensor> flatTensors) {
        Map<String, HostTensor> result = new LinkedHashMap<>();
        for (Flat flat : flats) {
            HostTensor whole = require(flatTensors, flat.label(), flat.spec());
            flat.segments().forEach(s -> result.put(s.name(), s.in(whole)));
        }
        return result;
    }

    /// The flat tensors by label: new memory.
    ///
    /// @param parameters by name; others are ignored
    /// @throws IllegalArgumentException if one is missing or has another spec
    public Map<String, HostTensor> join(Map<String, HostTensor> parameters) {
        Map<String, HostTensor> result = new LinkedHashMap<>();
        for (Flat flat : flats) {
            HostTensor whole = HostTensor.zeros(flat.spec());
            for (Segment s : flat.segments()) {
                s.in(whole)
                        .data()
                        .copyFrom(require(parameters, s.name(), s.spec()).data());
            }
            result.put(flat.label(), whole);
        }
        return result;
    }

    private static HostTensor require(Map<String, HostTensor> tensors, String name, TensorSpec spec) {
        HostTensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new IllegalArgumentException(
                    "the parameter \"" + name + "\" " + spec + " is missing; there are " + tensors.keySet());
        }
        if (!tensor.spec().equals(spec)) {
            throw new IllegalArgumentException("the parameter \"" + name + "\" is " + spec + ", not " + tensor.spec());
        }
        return tensor;
    }

    /// Declares the flat inputs and gives for each of the graph's parameters the part that stands for it.
    ///
    /// @throws GraphException if the graph has a parameter that is not laid out, or that has another spec here
    Map<Value, Value> replacements(GraphBuilder g, Graph graph) {
        Map<String, Value> parts = new LinkedHashMap<>();
        for (Flat flat : flats) {
            Value whole = declare(g, flat);
            flat.segments().forEach(s -> parts.put(s.name(), s.in(g, whole)));
        }
        Map<Value, Value> result = new LinkedHashMap<>();
        graph.inputs(Input.Kind.PARAMETER).forEach((name, parameter) -> {
            Value part = parts.get(name);
            if (part == null || !g.spec(part).equals(graph.spec(parameter))) {
                throw new GraphException("the parameter \"" + name + "\" " + graph.spec(parameter) + " is "
                        + (part == null
                                ? "not among the trained ones: " + parts.keySet()
                                : "trained as " + g.spec(part)));
            }
            result.put(parameter, part);
        });
        return result;
    }

    static Value declare(GraphBuilder g, Flat flat) {
        return g.declare(new Input(flat.label(), Input.Kind.PARAMETER, flat.spec()));
    }
}
