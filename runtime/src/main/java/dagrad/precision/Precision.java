package dagrad.precision;

import dagrad.graph.Graph;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/// In what numbers a model is computed. Parameters, their gradients and the optimizer's states are f32 in each.
public enum Precision {
    /// f32 throughout, and strictly so.
    F32,
    /// f32, but the device may round the factors of matrix products to TF32 (8 bits of exponent, 10 of fraction). A
    /// permission to the device, not another graph: a device without such units computes in f32.
    TF32,
    /// Stored activations and the factors of products are bf16, sums f32: the graph that [MixedPrecision] makes.
    BF16;

    /// The loss or evaluation graph of a model in this precision.
    public Graph of(Graph model) {
        return switch (this) {
            case F32, TF32 -> model;
            case BF16 -> MixedPrecision.of(model);
        };
    }

    /// The name that command lines and configurations use: `bf16`.
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// @return the precision with that [#text], or empty
    public static Optional<Precision> byText(String text) {
        return Arrays.stream(values()).filter(p -> p.text().equals(text)).findFirst();
    }

    /// All names, for messages.
    public static String all() {
        return Arrays.stream(values()).map(Precision::text).collect(Collectors.joining(", "));
    }
}
