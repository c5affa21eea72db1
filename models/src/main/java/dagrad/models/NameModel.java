package dagrad.models;

import static dagrad.tensor.TensorSpec.f32;
import static dagrad.tensor.TensorSpec.i32;

import dagrad.graph.Graph;
import dagrad.graph.GraphBuilder;
import dagrad.graph.Value;
import dagrad.models.data.CharacterWindows;
import dagrad.tensor.HostTensor;
import dagrad.tensor.TensorSpec;
import dagrad.train.Evaluator;
import dagrad.train.Initializer;
import dagrad.train.Model;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/// A neural language model after Bengio et al., "A neural probabilistic language model" (2003), of characters: the
/// embeddings of the last characters side by side, a hidden layer with tanh, and the next character by softmax.
///
/// Inputs are `context` i32[batch, length], the numbers of the last characters, and `next` i32[batch], as the windows
/// make them of names.
///
/// @param windows the alphabet, and how many characters are seen
/// @param embedding how many numbers stand for a character
/// @param hidden size of the hidden layer
public record NameModel(CharacterWindows windows, int embedding, int hidden) implements Model {
    /// @throws IllegalArgumentException if a size is below 1
    public NameModel {
        if (embedding < 1 || hidden < 1) {
            throw new IllegalArgumentException(
                    "embedding and hidden layer must be at least 1, not " + embedding + " and " + hidden);
        }
    }

    @Override
    public Graph training(int batch) {
        return Graph.build(g -> {
            Value logits = logits(g, batch);
            Value next = g.input("next", i32(batch));
            g.output("loss", g.crossEntropy(logits, next));
            g.output("accuracy", g.mean(g.hits(logits, next)));
        });
    }

    /// The graph that tells how likely each next character is: `probabilities` f32[batch, classes], the softmax of
    /// the logits divided by the input `temperature` f32[batch, 1].
    public Graph prediction(int batch) {
        return Graph.build(g -> {
            Value cooled = g.div(logits(g, batch), g.input("temperature", f32(batch, 1)));
            g.output("probabilities", g.softmax(cooled, -1));
        });
    }

    private Value logits(GraphBuilder g, int batch) {
        int symbols = windows.classes();
        Value seen = g.input("context", i32(batch, windows.length()));
        Value table = g.parameter("embedding", f32(symbols, embedding));
        Value x = g.reshape(g.embedding(table, seen), batch, windows.length() * embedding);
        Value h = g.tanh(linear(g, "hidden", x, hidden));
        return linear(g, "output", h, symbols);
    }

    private static Value linear(GraphBuilder g, String name, Value x, int out) {
        int in = g.spec(x).shape().dim(-1);
        return g.scope(name, () -> g.linear(x, g.parameter("weight", f32(out, in)), g.parameter("bias", f32(out))));
    }

    @Override
    public Initializer initializer(String parameter, TensorSpec spec) {
        return switch (parameter) {
            case "embedding" -> new Initializer.Normal(1);
            case "hidden/weight" -> new Initializer.Xavier();
            default -> Initializer.standard(parameter, spec);
        };
    }

    /// Invents names, all at once: character by character, each drawn as likely as the model finds it.
    ///
    /// @param evaluator runs [#prediction] with trained parameters
    /// @param temperature below 1 for likelier names, above for stranger ones
    /// @param longest names are cut off at this length
    public List<String> sample(Evaluator evaluator, int count, double temperature, int longest, long seed) {
        if (!(temperature > 0)) {
            throw new IllegalArgumentException("the temperature must be above 0, not " + temperature);
        }
        SplittableRandom random = new SplittableRandom(seed);
        List<StringBuilder> names = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            names.add(new StringBuilder());
        }
        boolean[] ended = new boolean[count];
        for (int length = 0; length < longest; length++) {
            HostTensor probabilities = probabilities(evaluator, names, temperature);
            for (int i = 0; i < count; i++) {
                int symbol = draw(probabilities, i, random.nextDouble());
                ended[i] |= symbol == CharacterWindows.END;
                if (!ended[i]) {
                    names.get(i).append(windows.character(symbol));
                }
            }
        }
        return names.stream().map(StringBuilder::toString).toList();
    }

    private HostTensor probabilities(Evaluator evaluator, List<StringBuilder> names, double temperature) {
        int[] seen = names.stream()
                .flatMapToInt(name -> IntStream.of(windows.context(name)))
                .toArray();
        Map<String, HostTensor> batch = Map.of(
                "context", HostTensor.of(seen, names.size(), windows.length()),
                "temperature", HostTensor.of(f32(names.size(), 1), temperature));
        return evaluator.run(batch).get("probabilities");
    }

    /// The symbol at which the sum of the row's probabilities passes `u`.
    private static int draw(HostTensor probabilities, int row, double u) {
        int symbols = probabilities.shape().dim(1);
        double sum = 0;
        for (int symbol = 0; symbol < symbols - 1; symbol++) {
            sum += probabilities.get((long) row * symbols + symbol);
            if (u < sum) {
                return symbol;
            }
        }
        return symbols - 1;
    }
}
