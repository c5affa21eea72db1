// The code of docs/tutorial.md. After ./dagrad devices has built everything:
//   java --enable-native-access=ALL-UNNAMED -cp 'cli/target/dist/lib/*' examples/Quantiles.java runs/quantiles

import static dagrad.tensor.TensorSpec.f32;

import dagrad.backend.Backend;
import dagrad.backend.Backends;
import dagrad.backend.DeviceOptions;
import dagrad.data.Examples;
import dagrad.data.Parts;
import dagrad.graph.Graph;
import dagrad.graph.GraphBuilder;
import dagrad.graph.Value;
import dagrad.io.Safetensors;
import dagrad.optimizer.Optimizer.AdamW;
import dagrad.optimizer.Recipe;
import dagrad.optimizer.Schedule;
import dagrad.precision.Precision;
import dagrad.reference.ModelCheck;
import dagrad.reference.SampleInputs;
import dagrad.tensor.HostTensor;
import dagrad.train.Evaluator;
import dagrad.train.Model;
import dagrad.train.Progress;
import dagrad.train.Run;
import dagrad.train.Settings;
import dagrad.train.Terminal;
import dagrad.train.Trainer;
import java.util.stream.DoubleStream;

// model begins
/// A residual network that draws, for each x, the curves below which 5%, 50% and 95% of the y are.
record Quantiles(int width, int blocks) implements Model {
    static final double[] LEVELS = {0.05, 0.5, 0.95};

    @Override
    public Graph training(int batch) {
        return Graph.build(g -> {
            Value curves = curves(g, batch);
            Value above = g.sub(g.input("y", f32(batch, 1)), curves);
            Value level = g.constant(f32(3), LEVELS);
            g.output("loss", g.mean(g.max(g.mul(level, above), g.mul(g.sub(level, 1), above))));
        });
    }

    Graph prediction(int batch) {
        return Graph.build(g -> g.output("curves", curves(g, batch)));
    }

    private Value curves(GraphBuilder g, int batch) {
        Value h = layer(g, "in", g.input("x", f32(batch, 1)), 1, width);
        for (int number = 1; number <= blocks; number++) {
            Value before = h;
            h = g.scope("block" + number, () -> g.add(before, block(g, before)));
        }
        return layer(g, "out", h, width, 3);
    }

    private Value block(GraphBuilder g, Value h) {
        Value normal = g.layerNorm(h, g.parameter("gain", f32(width)), g.parameter("bias", f32(width)), 1e-5);
        return layer(g, "down", g.silu(layer(g, "up", normal, width, 2 * width)), 2 * width, width);
    }

    private static Value layer(GraphBuilder g, String name, Value x, int in, int out) {
        return g.scope(name, () -> g.linear(x, g.parameter("weight", f32(out, in)), g.parameter("bias", f32(out))));
    }
}
// model ends

// data begins
/// y = sin 3x + noise, and the noise grows with x.
Examples noisySine(int size, long seed) {
    Random random = new Random(seed);
    float[] x = new float[size];
    float[] y = new float[size];
    for (int i = 0; i < size; i++) {
        x[i] = random.nextFloat(-1, 1);
        y[i] = (float) (Math.sin(3 * x[i]) + 0.2 * (1 + x[i]) * random.nextGaussian());
    }
    return Examples.ofTensors(Map.of("x", HostTensor.of(x, size, 1), "y", HostTensor.of(y, size, 1)));
}
// data ends

// check begins
ModelCheck.Report check(Model model, Backend device) {
    Graph graph = model.training(4);
    Map<String, HostTensor> inputs = SampleInputs.of(graph, 1);
    return ModelCheck.of(graph, Precision.F32, inputs, 1, Optional.of(g -> Evaluator.once(device, g, inputs)));
}
// check ends

// train begins
void train(Model model, Backend device, Parts<Examples> data, Path folder) {
    Recipe recipe = Recipe.of(new AdamW(), new Schedule.Cosine(3e-3, 3e-5, 2000));
    try (Trainer trainer = new Trainer(device, model, recipe, Settings.of(64, 2000).evaluatedEvery(100));
            Run run = Run.create(folder, model)) {
        trainer.listen(run);
        trainer.listen(new Progress(Terminal.detect(System.out)));
        trainer.train(data.training().shuffled(64, 1), data.validation().inOrder(256));
        Safetensors.write(folder.resolve(Run.WEIGHTS), trainer.parameters());
    }
}
// train ends

// use begins
/// The shares of the examples that lie below each curve.
double[] below(Quantiles model, Backend device, Path folder, Examples examples) {
    Map<String, HostTensor> weights = Safetensors.read(folder.resolve(Run.WEIGHTS));
    double[] shares = new double[3];
    try (Evaluator evaluator = Evaluator.of(device, model::prediction, weights)) {
        for (Map<String, HostTensor> batch : examples.inOrder(1000)) {
            float[] curves = evaluator.run(batch).get("curves").floats();
            float[] y = batch.get("y").floats();
            for (int i = 0; i < curves.length; i++) {
                shares[i % 3] += y[i / 3] < curves[i] ? 1 : 0;
            }
        }
    }
    return DoubleStream.of(shares).map(count -> count / examples.size()).toArray();
}
// use ends

// main begins
void main(String[] arguments) {
    Path folder = Path.of(arguments[0]);
    Quantiles model = new Quantiles(32, 2);
    try (Backend device = Backends.open("auto", DeviceOptions.standard(), IO::println)) {
        IO.print(check(model, device).toText());
        train(model, device, noisySine(4000, 1).split(1, 0.1, 0), folder);
        IO.println("below the curves: " + Arrays.toString(below(model, device, folder, noisySine(10_000, 2))));
    }
}
// main ends
