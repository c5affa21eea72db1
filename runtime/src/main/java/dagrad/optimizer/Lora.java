package dagrad.optimizer;

import dagrad.graph.Graph;
import dagrad.graph.GraphException;
import dagrad.graph.Input;
import dagrad.tensor.HostTensor;
import dagrad.tensor.TensorSpec;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Training of few parameters in the place of many (Hu et al., "LoRA: low-rank adaptation of large language models",
/// 2021): all parameters of a model stay as they are, and to each targeted matrix W [out, in] is added
///
/// W + (α/r) B A
///
/// with A [r, in] and B [out, r], the only ones that are trained. B is zero at first, so that training begins where the
/// model is. Where W stands in a product x Wᵀ, which is where most do, the sum is never made: x Wᵀ + (x Aᵀ) (α/r) Bᵀ
/// needs neither room nor a gradient of W's size. In a graph the parameters become states of the same names that no
/// step changes, and A and B are parameters `…/lora_a` and `…/lora_b`.
///
/// @param rank r
/// @param alpha α
/// @param targets a matrix is targeted if a part of its name, between slashes, is one of these; none for all matrices
///     whose name ends in `weight`
public record Lora(int rank, double alpha, List<String> targets) {
    static final String A = "/lora_a";
    static final String B = "/lora_b";

    /// @throws IllegalArgumentException if the rank or α is not above 0
    public Lora {
        targets = List.copyOf(targets);
        if (rank < 1) {
            throw new IllegalArgumentException("the rank of adapters is 1 or more, not " + rank);
        }
        if (!(alpha > 0) || Double.isInfinite(alpha)) {
            throw new IllegalArgumentException("the alpha of adapters is a number above 0, not " + alpha);
        }
    }

    /// Reads `rank=8`, `rank=8,alpha=16` or `rank=8,targets=qkv+projection`; α is the rank unless said otherwise.
    ///
    /// @throws IllegalArgumentException if it is none of that kind
    public static Lora parse(String text) {
        Map<String, String> settings = new LinkedHashMap<>();
        for (String setting : text.split(",", -1)) {
            int equals = setting.indexOf('=');
            String name = setting.substring(0, Math.max(0, equals)).strip();
            if (!List.of("rank", "alpha", "targets").contains(name)
                    || settings.put(name, setting.substring(equals + 1).strip()) != null) {
                throw malformed(text);
            }
        }
        try {
            int rank = Integer.parseInt(settings.getOrDefault("rank", ""));
            double alpha = Double.parseDouble(settings.getOrDefault("alpha", String.valueOf(rank)));
            String targets = settings.getOrDefault("targets", "");
            return new Lora(rank, alpha, targets.isEmpty() ? List.of() : List.of(targets.split("\\+")));
        } catch (NumberFormatException _) {
            throw malformed(text);
        }
    }

    private static IllegalArgumentException malformed(String text) {
        return new IllegalArgumentException("adapters are described by rank=8, rank=8,alpha=16 or"
                + " rank=8,targets=qkv+projection, not by \"" + text + "\"");
    }

    boolean isTargeted(String name, TensorSpec spec) {
        List<String> parts = List.of(name.split("/"));
        boolean named = targets.isEmpty()
                ? parts.getLast().equals("weight")
                : parts.stream().anyMatch(targets::contains);
        return named && spec.shape().rank() == 2;
    }

    /// The graph with its parameters frozen and adapters in their place.
    ///
    /// @param graph a loss, an evaluation, or whatever else has the parameters
    /// @throws GraphException if it has no matrix that is targeted
    public Graph adapt(Graph graph) {
        Map<String, TensorSpec> parameters = new LinkedHashMap<>();
        graph.inputs(Input.Kind.PARAMETER).forEach((name, value) -> parameters.put(name, graph.spec(value)));
        requireTarget(parameters);
        return Graph.build(g -> new Adaptation(this, g).emit(graph));
    }

    /// @param parameters their specs, by name
    /// @throws GraphException if none of them is a matrix that is targeted
    public void requireTarget(Map<String, TensorSpec> parameters) {
        if (parameters.entrySet().stream().noneMatch(p -> isTargeted(p.getKey(), p.getValue()))) {
            throw new GraphException("there is no matrix to adapt"
                    + (targets.isEmpty() ? "" : " with a part of its name among " + targets) + "; the parameters are "
                    + String.join(", ", parameters.keySet()));
        }
    }

    /// Whether a parameter is an A, which begins as other weights do; the others begin as zeros.
    public static boolean isA(String parameter) {
        return parameter.endsWith(A);
    }

    /// The weights with the adapters added to them: what an unadapted graph is to be given.
    ///
    /// @param weights the frozen ones by name; they are not changed
    /// @param adapters that were trained
    /// @throws IllegalArgumentException if an adapter is missing or does not fit
    public Map<String, HostTensor> merged(Map<String, HostTensor> weights, Map<String, HostTensor> adapters) {
        Map<String, HostTensor> merged = new LinkedHashMap<>();
        weights.forEach((name, weight) -> merged.put(
                name,
                isTargeted(name, weight.spec())
                        ? sum(weight, adapter(adapters, name + B), adapter(adapters, name + A))
                        : weight));
        adapters.keySet().forEach(name -> {
            if (!merged.containsKey(name.substring(0, name.lastIndexOf('/')))) {
                throw new IllegalArgumentException("the adapter \"" + name + "\" belongs to other weights");
            }
        });
        return merged;
    }

    private static HostTensor adapter(Map<String, HostTensor> adapters, String name) {
        HostTensor adapter = adapters.get(name);
        if (adapter == null || adapter.shape().rank() != 2) {
            throw new IllegalArgumentException("the adapter \"" + name + "\" is missing or no matrix; there are "
                    + String.join(", ", adapters.keySet()));
        }
        return adapter;
    }

    private HostTensor sum(HostTensor weight, HostTensor b, HostTensor a) {
        int out = weight.shape().dim(0);
        int in = weight.shape().dim(1);
        if (a.shape().dim(0) != rank
                || a.shape().dim(1) != in
                || b.shape().dim(0) != out
                || b.shape().dim(1) != rank) {
            throw new IllegalArgumentException(
                    "adapters " + b.spec() + " and " + a.spec() + " of rank " + rank + " do not fit " + weight.spec());
        }
        HostTensor sum = weight.copy();
        double[] row = new double[in];
        for (int i = 0; i < out; i++) {
            Arrays.fill(row, 0);
            for (int r = 0; r < rank; r++) {
                double factor = b.get((long) i * rank + r) * alpha / rank;
                for (int k = 0; k < in; k++) {
                    row[k] += factor * a.get((long) r * in + k);
                }
            }
            for (int k = 0; k < in; k++) {
                long at = (long) i * in + k;
                sum.set(at, sum.get(at) + row[k]);
            }
        }
        return sum;
    }
}
