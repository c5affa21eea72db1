package dagrad.reference;

import dagrad.graph.Graph;
import dagrad.graph.Input;
import dagrad.tensor.HostTensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// What the loss does along a line through the parameters, t ↦ L(θ + tu), in float64; and how the difference quotient
/// nears the slope ∇L·u as its step becomes smaller, until rounding takes over.
///
/// @param name how u was chosen: along the gradient, or at random
/// @param slope ∇L·u, by the reverse pass; |u| = 1
/// @param curve the loss for t from -[#REACH] to [#REACH] of |θ|
/// @param quotients for steps from large to small
public record Direction(String name, double slope, List<Point> curve, List<Quotient> quotients) {
    /// How far the curve reaches, as a part of the norm of all parameters: so far that one sees it bend.
    private static final double REACH = 0.1;

    private static final int POINTS = 33;

    /// The largest step, as a part of the norm of all parameters; the following ones are smaller by √10 each.
    private static final double LARGEST_STEP = 0.1;

    private static final int STEPS = 18;

    /// @param t how far from θ
    /// @param loss there
    public record Point(double t, double loss) {}

    /// (L(θ + hu) - L(θ - hu)) / 2h
    ///
    /// @param h the step
    /// @param slope the quotient
    /// @param error its distance from ∇L·u: falls as h² and, once rounding takes over, rises as 1/h
    public record Quotient(double h, double slope, double error) {}

    public Direction {
        curve = List.copyOf(curve);
        quotients = List.copyOf(quotients);
    }

    /// The loss at the parameters themselves.
    public double loss() {
        return curve.get(curve.size() / 2).loss();
    }

    /// The direction of the gradient, and some of normal random numbers.
    ///
    /// @param loss a graph with a scalar output `loss` and parameters
    /// @param inputs for all of its inputs
    public static List<Direction> of(Graph loss, Map<String, HostTensor> inputs, int random, long seed) {
        Map<String, HostTensor> outputs = GraphInterpreter.exact()
                .evaluate(ModelCheck.withGradients(loss), inputs)
                .outputs();
        Map<String, double[]> gradient = new LinkedHashMap<>();
        Map<String, double[]> theta = new LinkedHashMap<>();
        for (String name : loss.inputs(Input.Kind.PARAMETER).keySet()) {
            gradient.put(name, outputs.get("gradient/" + name).doubles());
            theta.put(name, inputs.get(name).doubles());
        }
        List<Direction> result = new ArrayList<>();
        Line line = new Line(loss, inputs, gradient, Line.norm(theta));
        if (Line.norm(gradient) > 0) {
            result.add(line.along("along the gradient", gradient));
        }
        Random numbers = new Random(seed);
        for (int i = 1; i <= random; i++) {
            Map<String, double[]> u = new LinkedHashMap<>();
            theta.forEach((name, values) -> {
                double[] normal = new double[values.length];
                for (int k = 0; k < normal.length; k++) {
                    normal[k] = numbers.nextGaussian();
                }
                u.put(name, normal);
            });
            if (Line.norm(u) > 0) {
                result.add(line.along("random direction " + i, u));
            }
        }
        return result;
    }

    /// Lines through one point.
    ///
    /// @param size the norm of the parameters
    private record Line(Graph loss, Map<String, HostTensor> inputs, Map<String, double[]> gradient, double size) {
        Direction along(String name, Map<String, double[]> direction) {
            Map<String, double[]> u = scaled(direction, 1 / norm(direction));
            double slope = dot(gradient, u);
            double unit = size > 0 ? size : 1;
            List<Point> curve = new ArrayList<>();
            for (int i = 0; i < POINTS; i++) {
                double t = REACH * unit * (2.0 * i / (POINTS - 1) - 1);
                curve.add(new Point(t, at(u, t)));
            }
            List<Quotient> quotients = new ArrayList<>();
            for (int i = 0; i < STEPS; i++) {
                double h = LARGEST_STEP * unit * Math.pow(10, -0.5 * i);
                double quotient = (at(u, h) - at(u, -h)) / (2 * h);
                quotients.add(new Quotient(h, quotient, Math.abs(quotient - slope)));
            }
            return new Direction(name, slope, curve, quotients);
        }

        private double at(Map<String, double[]> u, double t) {
            return GraphInterpreter.exact()
                    .evaluate(loss, ModelCheck.moved(inputs, u, t))
                    .output("loss")
                    .scalar();
        }

        private static double norm(Map<String, double[]> parts) {
            return Math.sqrt(dot(parts, parts));
        }

        private static double dot(Map<String, double[]> a, Map<String, double[]> b) {
            double sum = 0;
            for (Map.Entry<String, double[]> part : a.entrySet()) {
                double[] other = b.get(part.getKey());
                for (int i = 0; i < other.length; i++) {
                    sum += part.getValue()[i] * other[i];
                }
            }
            return sum;
        }

        private static Map<String, double[]> scaled(Map<String, double[]> parts, double factor) {
            Map<String, double[]> result = new LinkedHashMap<>();
            parts.forEach((name, values) -> {
                double[] scaled = values.clone();
                for (int i = 0; i < scaled.length; i++) {
                    scaled[i] *= factor;
                }
                result.put(name, scaled);
            });
            return result;
        }
    }
}
