package dagrad.plan;

import dagrad.graph.Graph;
import dagrad.graph.GraphBuilder;
import dagrad.graph.Op;
import dagrad.graph.Origin;
import dagrad.graph.Reduce;
import dagrad.graph.Value;
import dagrad.tensor.Shape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;

/// One piece of work of a device: what in CUDA is a kernel launch or a library call.
///
/// Its body says what it computes, as a graph with inputs `in0`, `in1`, … (the reads in order, each with its
/// operand's layout applied) and outputs `out0`, … (the writes). Executors may compute it in any way that agrees.
public sealed interface Launch {
    /// Which nodes of the graph it computes and where they were built, for people.
    String label();

    List<Operand> reads();

    List<Operand> writes();

    Graph body();

    /// Matrix product [.., m, k] × [.., k, n] → [.., m, n]. In each operand one of the last two axes has stride 1 (or
    /// extent 1), in the result the last; no margins. Leading axes have any strides, 0 among them. The factors are of
    /// one type; the result of bf16 ones may be f32.
    record Gemm(String label, Operand a, Operand b, Operand out, Graph body) implements Launch {
        /// How a matrix lies in memory, as BLAS sees it.
        ///
        /// @param transposed whether the columns are the runs of adjacent elements, not the rows
        /// @param leading elements from one run to the next
        public record Matrix(boolean transposed, long leading) {
            /// Reads the last two axes of a layout; empty if neither has adjacent elements.
            public static Optional<Matrix> of(Layout layout) {
                int rows = layout.shape().dim(-2);
                int columns = layout.shape().dim(-1);
                long down = layout.stride(-2);
                long across = layout.stride(-1);
                if (layout.masked()) {
                    return Optional.empty();
                }
                if ((across == 1 || columns == 1) && (down >= columns || rows == 1)) {
                    return Optional.of(new Matrix(false, rows == 1 ? columns : down));
                }
                if ((down == 1 || rows == 1) && (across >= rows || columns == 1)) {
                    return Optional.of(new Matrix(true, columns == 1 ? rows : across));
                }
                return Optional.empty();
            }
        }

        @Override
        public List<Operand> reads() {
            return List.of(a, b);
        }

        @Override
        public List<Operand> writes() {
            return List.of(out);
        }

        public int m() {
            return out.shape().dim(-2);
        }

        public int n() {
            return out.shape().dim(-1);
        }

        public int k() {
            return a.shape().dim(-1);
        }

        /// Number of matrix products.
        public long batch() {
            return out.shape().sub(0, out.shape().rank() - 2).size();
        }
    }

    /// Elementwise over a domain: the layouts of all operands have its shape. The body holds inputs, fills, iotas,
    /// pointwise functions and casts only, all of that shape. Writes are dense or spread along the domain's axes,
    /// without margins; a write may be the very slot of a read if both have one layout (computing in place).
    record Fused(String label, Shape domain, Graph body, List<Operand> reads, List<Operand> writes) implements Launch {
        public Fused {
            reads = List.copyOf(reads);
            writes = List.copyOf(writes);
        }
    }

    /// Elementwise launches started as one, over domains of their own: they write what is kept from run to run, and none
    /// reads or writes what another writes. So the optimizer is one launch, whatever groups its parameters are in.
    /// Planned only for devices with [Capabilities#sideBySide].
    ///
    /// @param body those of the parts side by side, with their inputs and outputs numbered on
    record Updates(String label, List<Fused> parts, Graph body) implements Launch {
        public Updates {
            parts = List.copyOf(parts);
        }

        /// @param parts two at least
        public static Updates of(List<Fused> parts) {
            String label = parts.getFirst().label() + ", and " + (parts.size() - 1) + " more beside it";
            return new Updates(label, parts, Graph.build(new Origin("", ""), g -> {
                int reads = 0;
                int writes = 0;
                for (Fused part : parts) {
                    emit(g, part, reads, writes);
                    reads += part.reads().size();
                    writes += part.writes().size();
                }
            }));
        }

        private static void emit(GraphBuilder g, Fused part, int reads, int writes) {
            Graph body = part.body();
            Map<Value, Value> inputs = new HashMap<>();
            for (int i = 0; i < part.reads().size(); i++) {
                Value input = body.inputs().get("in" + i);
                inputs.put(input, g.input("in" + (reads + i), body.spec(input)));
            }
            Function<Value, Value> here = g.inline(body, inputs);
            for (int i = 0; i < part.writes().size(); i++) {
                g.output("out" + (writes + i), here.apply(body.output("out" + i)));
            }
        }

        @Override
        public List<Operand> reads() {
            return parts.stream().flatMap(part -> part.reads().stream()).toList();
        }

        @Override
        public List<Operand> writes() {
            return parts.stream().flatMap(part -> part.writes().stream()).toList();
        }

        /// Whether a read and a write are the same part's.
        public boolean together(int read, int write) {
            int reads = 0;
            int writes = 0;
            for (Fused part : parts) {
                reads += part.reads().size();
                writes += part.writes().size();
                if (read < reads || write < writes) {
                    return read < reads && write < writes;
                }
            }
            return false;
        }
    }

    /// Elementwise over a domain, then one reduction: the body's output `out0` is the [Reduce] node, whose operand is
    /// an
    /// elementwise expression. The write has the domain's shape with 1 in place of the reduced axes.
    record FusedReduce(String label, Shape domain, Reduce reduce, Graph body, List<Operand> reads, Operand out)
            implements Launch {
        public FusedReduce {
            reads = List.copyOf(reads);
        }

        @Override
        public List<Operand> writes() {
            return List.of(out);
        }
    }

    /// Elementwise over a domain of rows, with reductions in between and beside it. The axes from `split` on lie within
    /// a row, those before count the rows. Three shapes occur in the body: the *whole* domain, one number for each
    /// *row* (1 for the axes within), and one for each *column* (1 for the axes before). There are
    ///
    /// - inputs, whole or of rows; fills, iotas, pointwise functions and casts of any of the three shapes, on operands of
    ///   the same;
    /// - reductions of a whole to rows, and broadcasts from rows to the whole, so that a row is looked at more than once
    ///   while it is near: a norm, or its gradient;
    /// - reductions of a whole to columns, such as the gradients of a bias and of a gain. They are known after the last
    ///   row only, so nothing but writes and elementwise code of columns may follow.
    ///
    /// There are at least two rows, of at least two elements. Writes are as in [Fused], of any of the three shapes, and
    /// only whole ones are computed in place: who shares a row may still read what there is one of in each.
    /// Planned only for devices with a [Capabilities#longestRow].
    record Rows(String label, Shape domain, int split, Graph body, List<Operand> reads, List<Operand> writes)
            implements Launch {
        public Rows {
            reads = List.copyOf(reads);
            writes = List.copyOf(writes);
        }

        /// Shape of what there is one of in each row.
        public Shape rowShape() {
            return ones(split, domain.rank());
        }

        /// Shape of what there is one of for each column.
        public Shape columnShape() {
            return ones(0, split);
        }

        /// Number of rows.
        public long rows() {
            return domain.sub(0, split).size();
        }

        /// Elements of a row.
        public long width() {
            return domain.sub(split, domain.rank()).size();
        }

        private Shape ones(int from, int to) {
            int[] dims = IntStream.range(0, domain.rank())
                    .map(i -> from <= i && i < to ? 1 : domain.dim(i))
                    .toArray();
            return Shape.of(dims);
        }
    }

    /// One operation by a kernel of its own: a composite that the device claims, or a primitive that is neither
    /// elementwise nor a product (gather, scatter-add, fold, argmax, random numbers). Operands and results are dense,
    /// except those for which [Capabilities#strided] and [Capabilities#writesStrided] allow rows apart.
    record Kernel(String label, Op op, List<Operand> reads, List<Operand> writes, Graph body) implements Launch {
        public Kernel {
            reads = List.copyOf(reads);
            writes = List.copyOf(writes);
        }
    }

    /// All operands, reads first.
    default List<Operand> operands() {
        List<Operand> all = new ArrayList<>(reads());
        all.addAll(writes());
        return all;
    }

    /// The launch's kind in reports: `gemm`, `fused`, `updates`, `reduce`, `rows`, or the operation's name.
    default String kind() {
        return switch (this) {
            case Gemm _ -> "gemm";
            case Fused _ -> "fused";
            case Updates _ -> "updates";
            case FusedReduce _ -> "reduce";
            case Rows _ -> "rows";
            case Kernel k -> k.op().name();
        };
    }
}
