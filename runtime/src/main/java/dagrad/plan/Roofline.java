package dagrad.plan;

import dagrad.graph.Attention;
import dagrad.graph.AttentionGrad;
import dagrad.graph.Conv2d;
import dagrad.graph.Conv2dWeightGrad;
import dagrad.graph.ConvTranspose2d;
import dagrad.graph.Op;
import dagrad.tensor.DType;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// How long a plan takes on a card at best: each launch moves its bytes at the memory's bandwidth and does its operations
/// at the rate of the units that do them, whichever takes longer, after being started (Williams, Waterman & Patterson,
/// "Roofline", 2009). A bound, not a forecast: real kernels reach 60 to 90 % of either.
///
/// @param kinds by [Launch#kind], those that take longest first
public record Roofline(Card card, Map<String, Kind> kinds) {
    /// What a call costs in a replayed CUDA graph, where one waits for the last.
    public static final double CALL_SECONDS = 1.5e-6;

    /// The launches of one kind.
    ///
    /// @param moving seconds if memory were all
    /// @param computing seconds if operations were all
    /// @param starting seconds in which calls are started
    /// @param total sum over launches of the longer of the two, and of starting
    public record Kind(int launches, int calls, double moving, double computing, double starting, double total) {
        Kind plus(Kind other) {
            return new Kind(
                    launches + other.launches,
                    calls + other.calls,
                    moving + other.moving,
                    computing + other.computing,
                    starting + other.starting,
                    total + other.total);
        }

        /// What takes most of the time: `memory`, `operations` or `starting`.
        public String bound() {
            return starting > Math.max(moving, computing) ? "starting" : computing > moving ? "operations" : "memory";
        }
    }

    /// @param calls for each launch the number of kernels, products and fills that it becomes
    /// @param tf32 whether products of f32 may be rounded
    public static Roofline of(Plan plan, List<Integer> calls, Card card, boolean tf32) {
        Map<String, Kind> byName = new LinkedHashMap<>();
        for (int i = 0; i < plan.launches().size(); i++) {
            Launch launch = plan.launches().get(i);
            Cost cost = Cost.of(launch);
            double moving = cost.bytes() / card.bandwidth();
            double computing = cost.flops() / rate(launch, card, tf32);
            double starting = calls.get(i) * CALL_SECONDS;
            Kind kind = new Kind(1, calls.get(i), moving, computing, starting, Math.max(moving, computing) + starting);
            byName.merge(launch.kind(), kind, Kind::plus);
        }
        Map<String, Kind> sorted = new LinkedHashMap<>();
        byName.entrySet().stream()
                .sorted(Comparator.comparingDouble(e -> -e.getValue().total()))
                .forEach(e -> sorted.put(e.getKey(), e.getValue()));
        return new Roofline(card, sorted);
    }

    /// Operations per second of the units that do most of a launch's.
    private static double rate(Launch launch, Card card, boolean tf32) {
        boolean multiplies = switch (launch) {
            case Launch.Gemm _ -> true;
            case Launch.Kernel kernel -> multiplies(kernel.op());
            case Launch.Fused _, Launch.Updates _, Launch.FusedReduce _, Launch.Rows _ -> false;
        };
        if (!multiplies) {
            return card.f32();
        }
        DType type = launch.reads().getFirst().dtype();
        return type == DType.BF16 ? card.bf16() : type == DType.F32 && tf32 ? card.tf32() : card.f32();
    }

    private static boolean multiplies(Op op) {
        return switch (op) {
            case Attention _, AttentionGrad _, Conv2d _, ConvTranspose2d _, Conv2dWeightGrad _ -> true;
            case Op _ -> false;
        };
    }

    /// All kinds together.
    public Kind all() {
        return kinds.values().stream().reduce(new Kind(0, 0, 0, 0, 0, 0), Kind::plus);
    }

    /// A table for people.
    public String toText() {
        List<String[]> rows = new ArrayList<>();
        rows.add(new String[] {"at best on " + card.name(), "launches", "calls", "ms", "share", "bound by"});
        kinds.forEach((name, kind) -> rows.add(row(name, kind)));
        rows.add(row("all", all()));
        return PlanReport.table(rows);
    }

    private String[] row(String name, Kind kind) {
        return new String[] {
            name,
            String.valueOf(kind.launches()),
            String.valueOf(kind.calls()),
            String.format(Locale.ROOT, "%.3f", kind.total() * 1e3),
            String.format(Locale.ROOT, "%.0f %%", 100 * kind.total() / all().total()),
            kind.bound()
        };
    }
}
