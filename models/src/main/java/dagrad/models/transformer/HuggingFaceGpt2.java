package dagrad.models.transformer;

import dagrad.io.AtomicFile;
import dagrad.io.Fields;
import dagrad.io.FormatException;
import dagrad.io.Json;
import dagrad.io.Safetensors;
import dagrad.tensor.DType;
import dagrad.tensor.HostTensor;
import dagrad.tensor.TensorSpec;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/// GPT-2 as Hugging Face's Transformers keep it: `config.json` with the sizes, and a safetensors file.
///
/// ```text
/// here                     there                              there, transposed
/// tokens                   transformer.wte.weight
/// positions                transformer.wpe.weight
/// layer0/norm1/gain        transformer.h.0.ln_1.weight
/// layer0/qkv/weight        transformer.h.0.attn.c_attn.weight        yes: [in, out]
/// layer0/projection/weight transformer.h.0.attn.c_proj.weight        yes
/// layer0/norm2/bias        transformer.h.0.ln_2.bias
/// layer0/up/weight         transformer.h.0.mlp.c_fc.weight           yes
/// layer0/down/weight       transformer.h.0.mlp.c_proj.weight         yes
/// norm/gain                transformer.ln_f.weight
/// head                     lm_head.weight
/// ```
///
/// Files are read with and without the prefix `transformer.`; the masks `attn.bias` and `attn.masked_bias` that old
/// files have are no weights, and neither is the head of a tied model, which is its table of tokens.
public final class HuggingFaceGpt2 {
    /// The name of the file with the sizes.
    public static final String CONFIG = "config.json";

    /// The name of the file with the weights.
    public static final String WEIGHTS = "model.safetensors";

    private static final String PREFIX = "transformer.";
    private static final long LONGEST_CONFIG = 1 << 20;
    private static final double EPS = 1e-5;
    private static final List<String> TANH_GELUS = List.of("gelu_new", "gelu_pytorch_tanh", "gelu_fast");

    private HuggingFaceGpt2() {}

    /// The model that a configuration describes, without dropout.
    ///
    /// @throws dagrad.io.FileException if it cannot be read
    /// @throws FormatException if it describes another kind of model, or is damaged
    public static Transformer model(Path config) {
        Fields fields = new Fields(config.toString(), Json.parse(Json.text(config, LONGEST_CONFIG), config.toString()));
        String kind = fields.text("model_type", "gpt2");
        if (!kind.equals("gpt2")) {
            throw fields.error("it describes a model of type " + FormatException.quoted(kind) + ", and gpt2 is needed");
        }
        int width = fields.integer("n_embd");
        require(fields, "activation_function", TANH_GELUS.contains(fields.text("activation_function", "gelu_new")));
        require(fields, "layer_norm_epsilon", fields.number("layer_norm_epsilon", EPS) == EPS);
        require(fields, "scale_attn_weights", fields.flag("scale_attn_weights", true));
        require(fields, "scale_attn_by_inverse_layer_idx", !fields.flag("scale_attn_by_inverse_layer_idx", false));
        require(
                fields,
                "n_inner",
                fields.optional("n_inner").filter(n -> !n.isNull()).isEmpty()
                        || fields.integer("n_inner") == 4L * width);
        try {
            return new Transformer(
                    fields.integer("n_layer"),
                    fields.integer("n_head"),
                    width,
                    fields.integer("vocab_size"),
                    fields.integer("n_positions"),
                    0,
                    fields.flag("tie_word_embeddings", true));
        } catch (IllegalArgumentException e) {
            throw fields.error(e.getMessage(), e);
        }
    }

    private static void require(Fields fields, String name, boolean known) {
        if (!known) {
            throw fields.error(
                    FormatException.quoted(name) + " is not as GPT-2 has it; such a variant is not known here");
        }
    }

    /// The weights in a file, as the model names them, in f32.
    ///
    /// @throws dagrad.io.FileException if it cannot be read
    /// @throws FormatException naming the first tensor that is missing, too many, or of another shape
    public static Map<String, HostTensor> read(Path file, Transformer model) {
        Map<String, HostTensor> weights = new LinkedHashMap<>();
        try (Safetensors opened = Safetensors.open(file)) {
            List<String> left = new ArrayList<>(opened.names());
            left.removeIf(name -> isNoWeight(name, model));
            for (Map.Entry<String, TensorSpec> each : model.shapes().entrySet()) {
                String name = there(each.getKey());
                String found = left.contains(name) ? name : withoutPrefix(name);
                HostTensor stored = opened.tensor(found);
                HostTensor tensor = isTransposed(each.getKey()) ? transposed(file, found, stored) : stored;
                if (!tensor.shape().equals(each.getValue().shape())) {
                    throw new FormatException(file + ": the tensor " + FormatException.quoted(found) + " is "
                            + stored.spec() + ", which does not fit the sizes in " + CONFIG
                            + ": as [out, in] it would be "
                            + each.getValue());
                }
                weights.put(each.getKey(), tensor.cast(DType.F32));
                left.remove(found);
            }
            if (!left.isEmpty()) {
                throw new FormatException(file + ": GPT-2 as " + CONFIG + " describes it has no tensor "
                        + FormatException.quoted(left.getFirst()));
            }
        }
        return weights;
    }

    private static boolean isNoWeight(String name, Transformer model) {
        return name.endsWith(".attn.bias")
                || name.endsWith(".attn.masked_bias")
                || model.tied() && name.equals("lm_head.weight");
    }

    /// The name of a parameter there.
    static String there(String here) {
        String name = here.replaceFirst("^layer(\\d+)/", PREFIX + "h.$1.")
                .replace("/gain", ".weight")
                .replace('/', '.')
                .replace(".norm1.", ".ln_1.")
                .replace(".norm2.", ".ln_2.")
                .replace(".qkv.", ".attn.c_attn.")
                .replace(".projection.", ".attn.c_proj.")
                .replace(".up.", ".mlp.c_fc.")
                .replace(".down.", ".mlp.c_proj.");
        return switch (name) {
            case "tokens" -> PREFIX + "wte.weight";
            case "positions" -> PREFIX + "wpe.weight";
            case "head" -> "lm_head.weight";
            case "norm.weight" -> PREFIX + "ln_f.weight";
            case "norm.bias" -> PREFIX + "ln_f.bias";
            default -> name;
        };
    }

    private static String withoutPrefix(String name) {
        return name.startsWith(PREFIX) ? name.substring(PREFIX.length()) : name;
    }

    /// Whether it is [in, out] there.
    private static boolean isTransposed(String here) {
        return here.startsWith("layer") && here.endsWith("/weight");
    }

    private static HostTensor transposed(Path file, String name, HostTensor tensor) {
        if (tensor.shape().rank() != 2) {
            throw new FormatException(
                    file + ": the tensor " + FormatException.quoted(name) + " is " + tensor.spec() + ", no matrix");
        }
        int rows = tensor.shape().dim(0);
        int columns = tensor.shape().dim(1);
        HostTensor result = HostTensor.zeros(TensorSpec.f32(columns, rows));
        for (int i = 0; i < rows; i++) {
            for (int k = 0; k < columns; k++) {
                result.set((long) k * rows + i, tensor.get((long) i * columns + k));
            }
        }
        return result;
    }

    /// Writes both files into a folder.
    ///
    /// @param weights by the model's names, in f32
    /// @param end the token that ends texts, if there is one
    /// @throws dagrad.io.FileException if that cannot be done
    public static void write(Path folder, Transformer model, Map<String, HostTensor> weights, Optional<Integer> end) {
        Map<String, HostTensor> named = new LinkedHashMap<>();
        for (String here : model.shapes().keySet()) {
            HostTensor tensor = weights.get(here);
            if (tensor == null) {
                throw new IllegalArgumentException("the parameter \"" + here + "\" is missing");
            }
            named.put(there(here), isTransposed(here) ? transposed(folder, here, tensor) : tensor);
        }
        writeConfig(folder.resolve(CONFIG), model, end);
        Safetensors.write(folder.resolve(WEIGHTS), named, Map.of("format", "pt"));
    }

    /// Writes the sizes alone.
    ///
    /// @throws dagrad.io.FileException if that cannot be done
    public static void writeConfig(Path file, Transformer model, Optional<Integer> end) {
        String json = Json.mapper().writerWithDefaultPrettyPrinter().writeValueAsString(config(model, end)) + "\n";
        AtomicFile.write(file, json.getBytes(StandardCharsets.UTF_8));
    }

    private static ObjectNode config(Transformer model, Optional<Integer> end) {
        ObjectNode config = Json.mapper().createObjectNode();
        config.putArray("architectures").add("GPT2LMHeadModel");
        config.put("model_type", "gpt2")
                .put("n_layer", model.layers())
                .put("n_head", model.heads())
                .put("n_embd", model.width())
                .put("n_positions", model.context())
                .put("n_ctx", model.context())
                .put("vocab_size", model.vocabulary())
                .put("activation_function", TANH_GELUS.getFirst())
                .put("layer_norm_epsilon", EPS)
                .put("tie_word_embeddings", model.tied())
                .put("attn_pdrop", model.dropout())
                .put("embd_pdrop", model.dropout())
                .put("resid_pdrop", model.dropout());
        for (String token : List.of("bos_token_id", "eos_token_id")) {
            end.ifPresentOrElse(id -> config.put(token, id), () -> config.putNull(token));
        }
        return config;
    }
}
