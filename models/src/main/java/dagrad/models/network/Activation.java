package dagrad.models.network;

import dagrad.graph.GraphBuilder;
import dagrad.graph.ScalarFn;
import dagrad.graph.Value;
import dagrad.models.network.Meaning.OfSum;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.Collectors;

/// What a node can compute: g: R^{d_arg} → R^{d_ret} of (10). One line each, with its value, its derivative and
/// its graph.
///
/// Most apply a function to the sum s of their arguments; at kinks the derivatives are those of [ScalarFn].
public enum Activation {
    SUM(s -> s, s -> 1, (g, s) -> s),
    NEG(s -> -s, s -> -1, GraphBuilder::neg),
    ABS(Math::abs, Math::signum, GraphBuilder::abs),
    SIGN(Math::signum, s -> 0, GraphBuilder::sign),
    FLOOR(Math::floor, s -> 0, GraphBuilder::floor),
    SQUARE(s -> s * s, s -> 2 * s, GraphBuilder::square),
    SQRT(Math::sqrt, s -> 0.5 / Math.sqrt(s), GraphBuilder::sqrt),
    RSQRT(s -> 1 / Math.sqrt(s), s -> -0.5 / (s * Math.sqrt(s)), GraphBuilder::rsqrt),
    EXP(Math::exp, Math::exp, GraphBuilder::exp),
    EXPM1(Math::expm1, Math::exp, GraphBuilder::expm1),
    LOG(Math::log, s -> 1 / s, GraphBuilder::log),
    LOG1P(Math::log1p, s -> 1 / (1 + s), GraphBuilder::log1p),
    SIN(Math::sin, Math::cos, GraphBuilder::sin),
    COS(Math::cos, s -> -Math.sin(s), GraphBuilder::cos),
    ERF(Curves::erf, s -> 2 / Math.sqrt(Math.PI) * Math.exp(-s * s), GraphBuilder::erf),
    TANH(Math::tanh, s -> 1 - Math.tanh(s) * Math.tanh(s), GraphBuilder::tanh),
    SIGMOID(Curves::sigmoid, s -> Curves.sigmoid(s) * Curves.sigmoid(-s), GraphBuilder::sigmoid),
    RELU(s -> Math.max(s, 0), s -> s > 0 ? 1 : 0, GraphBuilder::relu),
    /// s for s > 0, s/100 elsewhere.
    LEAKY_RELU(s -> s > 0 ? s : 0.01 * s, s -> s > 0 ? 1 : 0.01, (g, s) -> g.leakyRelu(s, 0.01)),
    /// s for s > 0, e^s - 1 elsewhere.
    ELU(s -> s > 0 ? s : Math.expm1(s), s -> s > 0 ? 1 : Math.exp(s), (g, s) -> g.elu(s, 1)),
    /// s Φ(s) with the normal distribution function Φ.
    GELU(s -> s * Curves.normal(s), s -> Curves.normal(s) + s * Curves.density(s), GraphBuilder::gelu),
    /// s σ(s)
    SILU(s -> s * Curves.sigmoid(s), s -> Curves.sigmoid(s) * (1 + s * Curves.sigmoid(-s)), GraphBuilder::silu),
    /// log(1 + e^s)
    SOFTPLUS(s -> Math.max(s, 0) + Math.log1p(Math.exp(-Math.abs(s))), Curves::sigmoid, GraphBuilder::softplus),
    /// a₁ a₂ … aₙ
    PRODUCT(new Meaning.Product()),
    /// e^{aᵢ} / Σ e^{aⱼ}: as many components as arguments.
    SOFTMAX(new Meaning.Softmax()),
    /// Σ (yᵢ − tᵢ)² of arguments y₁ … yₙ, t₁ … tₙ.
    SQUARED_ERROR(new Meaning.SquaredError()),
    /// −Σ tᵢ log softmax(z)ᵢ of arguments z₁ … zₙ, t₁ … tₙ: logits, then the target's probabilities (1 for the
    /// class that it is, 0 for the others).
    CROSS_ENTROPY(new Meaning.CrossEntropy());

    private final Meaning meaning;

    Activation(
            DoubleUnaryOperator value, DoubleUnaryOperator derivative, BiFunction<GraphBuilder, Value, Value> graph) {
        this(new OfSum(value, derivative, graph));
    }

    Activation(Meaning meaning) {
        this.meaning = meaning;
    }

    Meaning meaning() {
        return meaning;
    }

    /// d_ret, for that many arguments.
    public int components(int arguments) {
        return meaning.components(arguments);
    }

    /// Whether it is defined for that many arguments.
    public boolean accepts(int arguments) {
        return arguments > 0 && (arguments % 2 == 0 || !meaning.pairs());
    }

    /// The name that JSON and messages use: `leaky_relu`.
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// @return the activation with that [#text], or empty
    public static Optional<Activation> byText(String text) {
        return Arrays.stream(values()).filter(a -> a.text().equals(text)).findFirst();
    }

    /// All names, for messages.
    public static String all() {
        return Arrays.stream(values()).map(Activation::text).collect(Collectors.joining(", "));
    }

    /// Functions of one number that several lines above need.
    private static final class Curves {
        static double sigmoid(double s) {
            return s >= 0 ? 1 / (1 + Math.exp(-s)) : Math.exp(s) / (1 + Math.exp(s));
        }

        static double erf(double s) {
            return ScalarFn.ERF.apply(s, 0, 0);
        }

        /// Φ(s)
        static double normal(double s) {
            return 0.5 * (1 + erf(s * Math.sqrt(0.5)));
        }

        /// Φ'(s)
        static double density(double s) {
            return Math.exp(-0.5 * s * s) / Math.sqrt(2 * Math.PI);
        }
    }
}
