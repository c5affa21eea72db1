package dagrad.models.jobs;

import dagrad.data.Examples;
import dagrad.data.Parts;
import dagrad.graph.Graph;
import dagrad.io.Fields;
import dagrad.io.FormatException;
import dagrad.io.Json;
import dagrad.models.Mlp;
import dagrad.models.bench.Extent;
import dagrad.models.data.Scaling;
import dagrad.models.data.Table;
import dagrad.tensor.HostTensor;
import dagrad.train.Chart;
import dagrad.train.Evaluator;
import java.awt.Color;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;

/// Trains an [Mlp] to predict columns of a table from its other columns, by the squared error.
///
/// Columns are scaled to mean 0 and deviation 1 by what the training part has; the scales are kept in the run as
/// `columns.json`, and errors and predictions are told in the columns' own units.
public final class RegressionJob implements Job.Predicting {
    static final String NAME = "regression";
    private static final String COLUMNS = "columns.json";
    private static final int EVALUATION_BATCH = 1024;
    private static final long LONGEST_COLUMNS = 16 << 20;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String summary() {
        return "predicts columns of a table (--data FILE.csv, .npy or .safetensors) from the others";
    }

    @Override
    public Hyperparameters standard() {
        return Hyperparameters.of(
                        Hyperparameter.wholes("hidden", List.of(64, 64), 1, "sizes of the hidden layers"),
                        Hyperparameter.oneOf("activation", Mlp.Activation.GELU, "φ of the hidden layers"),
                        Hyperparameter.text("targets", "", "columns to predict, by commas; by default the last"),
                        Hyperparameter.text("ignore", "", "columns that are not to be used, by commas"),
                        Hyperparameter.fraction("test", 0.1, "share of the rows that is tested with in the end"))
                .and(Common.declared(3000, 1, 64, 3e-3))
                .standing("weight_decay", 0.01);
    }

    @Override
    public Graph loss(Extent extent) {
        return switch (extent) {
            case STANDARD -> model(standard(), 8, 1).training(standard().integer("batch"));
            case SMALL -> model(standard().with("hidden", 5), 3, 2).training(4);
        };
    }

    private static Mlp model(Hyperparameters chosen, int inputs, int targets) {
        List<Integer> sizes = new ArrayList<>(List.of(inputs));
        sizes.addAll(chosen.integers("hidden"));
        sizes.add(targets);
        return new Mlp(sizes, chosen.oneOf("activation", Mlp.Activation.class), Mlp.Objective.SQUARED_ERROR);
    }

    @Override
    public void run(Hyperparameters chosen, Workplace at) {
        Table table = Table.read(new Common(chosen)
                .data()
                .orElseThrow(() -> new FormatException(
                        "what to learn from? Name a table: --data FILE, as CSV, .npy or .safetensors")));
        List<Integer> targets = places(table, chosen.text("targets"));
        if (targets.isEmpty()) {
            targets = List.of(table.width() - 1);
        }
        List<Integer> inputs =
                new ArrayList<>(IntStream.range(0, table.width()).boxed().toList());
        inputs.removeAll(targets);
        inputs.removeAll(places(table, chosen.text("ignore")));
        if (inputs.isEmpty()) {
            throw new FormatException(table.source() + ": no columns are left to predict from");
        }
        run(chosen, at, table, inputs, targets);
    }

    private static List<Integer> places(Table table, String names) {
        return Arrays.stream(names.split(","))
                .map(String::strip)
                .filter(name -> !name.isEmpty())
                .map(table::column)
                .distinct()
                .toList();
    }

    private void run(Hyperparameters chosen, Workplace at, Table table, List<Integer> inputs, List<Integer> targets) {
        Common common = new Common(chosen);
        HostTensor x = table.select(inputs);
        HostTensor y = table.select(targets);
        Parts<int[]> parts = Parts.of(table.rows(), common.seed(), common.validation(), chosen.number("test"));
        Scaling from = Scaling.of(inputs.stream().map(table::name).toList(), x, parts.training());
        Scaling to = Scaling.of(targets.stream().map(table::name).toList(), y, parts.training());
        Examples all = Examples.ofTensors(Map.of("x", from.apply(x), "y", to.apply(y)));
        Examples training = all.select(parts.training());
        Hyperparameters fitting = common.batch() > training.size() ? chosen.with("batch", training.size()) : chosen;
        Common fitted = new Common(fitting);
        long steps = fitted.steps(training.size());
        Mlp model = model(fitting, inputs.size(), targets.size());
        try (Training run = Training.begin(this, fitting, at)) {
            run.text(COLUMNS, json(from, to));
            run.train(
                    model,
                    fitted.recipe(steps),
                    fitted.settings(steps),
                    training,
                    all.select(parts.validation()).inOrderIfAny(EVALUATION_BATCH));
            if (parts.test().length > 0) {
                try (Evaluator evaluator = Evaluator.of(
                        at.device(),
                        model::prediction,
                        fitted.precision(),
                        run.trainer().parameters())) {
                    Errors errors = new Errors(to);
                    for (Map<String, HostTensor> batch :
                            all.select(parts.test()).inOrder(EVALUATION_BATCH)) {
                        errors.add(evaluator.run(batch).get("y"), batch.get("y"));
                    }
                    at.say().accept(errors.text());
                    run.picture("predictions.png", Chart.draw(errors.charts()));
                }
            }
        }
    }

    private static String json(Scaling from, Scaling to) {
        Map<String, Object> both = new LinkedHashMap<>();
        both.put("inputs", from);
        both.put("targets", to);
        return Json.mapper().writerWithDefaultPrettyPrinter().writeValueAsString(both) + "\n";
    }

    /// Predictions beside what they should be.
    private static final class Errors {
        private final Scaling scaling;
        private final List<List<Chart.Point>> pairs = new ArrayList<>();

        Errors(Scaling scaling) {
            this.scaling = scaling;
            scaling.names().forEach(_ -> pairs.add(new ArrayList<>()));
        }

        void add(HostTensor predicted, HostTensor target) {
            int width = pairs.size();
            for (int i = 0; i < predicted.size(); i++) {
                int column = i % width;
                pairs.get(column)
                        .add(new Chart.Point(
                                scaling.restore(column, target.get(i)), scaling.restore(column, predicted.get(i))));
            }
        }

        String text() {
            List<String> lines = new ArrayList<>();
            for (int column = 0; column < pairs.size(); column++) {
                List<Chart.Point> points = pairs.get(column);
                double mean =
                        points.stream().mapToDouble(Chart.Point::x).average().orElse(0);
                double spread = points.stream()
                        .mapToDouble(p -> (p.x() - mean) * (p.x() - mean))
                        .sum();
                double squares = points.stream()
                        .mapToDouble(p -> (p.x() - p.y()) * (p.x() - p.y()))
                        .sum();
                String explained = spread > 0 ? String.format(Locale.ROOT, ", R² %.4f", 1 - squares / spread) : "";
                lines.add(String.format(
                        Locale.ROOT,
                        "%s: root mean square error %.4g%s, on %d rows that decided nothing",
                        scaling.names().get(column),
                        Math.sqrt(squares / points.size()),
                        explained,
                        points.size()));
            }
            return String.join("\n", lines);
        }

        List<Chart> charts() {
            List<Chart> charts = new ArrayList<>();
            for (int column = 0; column < pairs.size(); column++) {
                List<Chart.Point> points = pairs.get(column);
                double low = points.stream().mapToDouble(Chart.Point::x).min().orElse(0);
                double high = points.stream().mapToDouble(Chart.Point::x).max().orElse(1);
                var ideal = List.of(new Chart.Point(low, low), new Chart.Point(high, high));
                charts.add(new Chart(
                        "true " + scaling.names().get(column),
                        "predicted",
                        List.of(
                                new Chart.Line("as it should be", Color.LIGHT_GRAY, Chart.Style.LINE, ideal),
                                new Chart.Line("test", new Color(0x2b, 0x6c, 0xb0), Chart.Style.POINTS, points))));
            }
            return charts;
        }
    }

    /// Says a line of CSV for each row: what is predicted, under the columns' names.
    @Override
    public void predict(SavedRun run, Path file, int count, Workplace at) {
        Path scales = run.file(COLUMNS);
        Fields columns =
                new Fields(scales.toString(), Json.parse(Json.text(scales, LONGEST_COLUMNS), scales.toString()));
        Scaling from = scaling(scales, columns.required("inputs"));
        Scaling to = scaling(scales, columns.required("targets"));
        Table table = Table.read(file);
        HostTensor x = table.select(from.names().stream().map(table::column).toList());
        Mlp model = model(run.chosen(), from.names().size(), to.names().size());
        var precision = new Common(run.chosen()).precision();
        at.say().accept(String.join(",", to.names()));
        int left = count;
        try (Evaluator evaluator = Evaluator.of(at.device(), model::prediction, precision, run.weights())) {
            for (Map<String, HostTensor> batch :
                    Examples.ofTensors(Map.of("x", from.apply(x))).inOrder(EVALUATION_BATCH)) {
                HostTensor y = evaluator.run(batch).get("y");
                for (int row = 0; row < y.shape().dim(0) && left > 0; row++, left--) {
                    List<String> fields = new ArrayList<>();
                    for (int column = 0; column < to.names().size(); column++) {
                        double value =
                                to.restore(column, y.get((long) row * to.names().size() + column));
                        fields.add(String.format(Locale.ROOT, "%.6g", value));
                    }
                    at.say().accept(String.join(",", fields));
                }
            }
        }
    }

    private static Scaling scaling(Path file, JsonNode json) {
        Fields fields = new Fields(file.toString(), json);
        List<String> names = new ArrayList<>();
        fields.array("names").forEach(name -> names.add(name.asString()));
        List<Double> means = new ArrayList<>();
        fields.array("means").forEach(mean -> means.add(mean.asDouble()));
        List<Double> deviations = new ArrayList<>();
        fields.array("deviations").forEach(deviation -> deviations.add(deviation.asDouble()));
        if (names.size() != means.size() || names.size() != deviations.size() || names.isEmpty()) {
            throw fields.error("the columns have " + names.size() + " names, " + means.size() + " means and "
                    + deviations.size() + " deviations");
        }
        return new Scaling(names, means, deviations);
    }
}
