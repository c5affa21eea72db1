package dagrad.models.data;

import dagrad.tensor.HostTensor;
import java.util.ArrayList;
import java.util.List;

/// Columns of numbers moved and stretched to mean 0 and deviation 1, which is what networks learn from best.
///
/// @param names of the columns
/// @param means of each column
/// @param deviations of each column; 1 for a column that is constant
public record Scaling(List<String> names, List<Double> means, List<Double> deviations) {
    public Scaling {
        names = List.copyOf(names);
        means = List.copyOf(means);
        deviations = List.copyOf(deviations);
    }

    /// @param values [rows, columns], of which the rows given count
    public static Scaling of(List<String> names, HostTensor values, int... rows) {
        int width = names.size();
        List<Double> means = new ArrayList<>();
        List<Double> deviations = new ArrayList<>();
        for (int column = 0; column < width; column++) {
            double sum = 0;
            for (int row : rows) {
                sum += values.get((long) row * width + column);
            }
            double mean = sum / rows.length;
            double squares = 0;
            for (int row : rows) {
                double difference = values.get((long) row * width + column) - mean;
                squares += difference * difference;
            }
            double deviation = Math.sqrt(squares / rows.length);
            means.add(mean);
            deviations.add(deviation > 1e-12 * Math.abs(mean) ? deviation : 1);
        }
        return new Scaling(names, means, deviations);
    }

    /// @param values [rows, columns]
    /// @return the scaled values, f32
    public HostTensor apply(HostTensor values) {
        int width = names.size();
        float[] scaled = new float[Math.toIntExact(values.size())];
        for (int i = 0; i < scaled.length; i++) {
            scaled[i] = (float) ((values.get(i) - means.get(i % width)) / deviations.get(i % width));
        }
        return HostTensor.of(scaled, values.shape().dim(0), width);
    }

    /// A scaled number of a column in its own unit.
    public double restore(int column, double scaled) {
        return means.get(column) + deviations.get(column) * scaled;
    }
}
