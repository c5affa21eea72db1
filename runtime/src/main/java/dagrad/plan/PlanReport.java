package dagrad.plan;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/// What a plan will cost, told before anything runs.
///
/// @param kinds for each kind of launch their number and cost, the dearest in bytes first
/// @param memory the bytes of each category at the moment when most memory is in use
/// @param most the bytes of each category at the moment when it has most
/// @param peakLaunch the number of the launch at that moment
/// @param arenaBytes what will be allocated; more than the sum of the memory by what alignment and gaps take
public record PlanReport(
        Map<String, Kind> kinds,
        Map<Buffer.Category, Long> memory,
        Map<Buffer.Category, Long> most,
        int peakLaunch,
        long arenaBytes,
        Cost total) {
    /// The launches of one kind.
    public record Kind(int launches, Cost cost) {
        Kind plus(Cost other) {
            return new Kind(launches + 1, cost.plus(other));
        }
    }

    public static PlanReport of(Plan plan) {
        Map<String, Kind> byName = new LinkedHashMap<>();
        Cost total = Cost.NONE;
        for (Launch launch : plan.launches()) {
            Cost cost = Cost.of(launch);
            total = total.plus(cost);
            byName.merge(launch.kind(), new Kind(1, cost), (before, _) -> before.plus(cost));
        }
        Map<String, Kind> sorted = new LinkedHashMap<>();
        byName.entrySet().stream()
                .sorted(Comparator.comparingLong(
                        (Map.Entry<String, Kind> e) -> -e.getValue().cost().bytes()))
                .forEach(e -> sorted.put(e.getKey(), e.getValue()));
        List<Map<Buffer.Category, Long>> memory = IntStream.range(
                        0, Math.max(1, plan.launches().size()))
                .mapToObj(launch -> memoryAt(plan, launch))
                .toList();
        int peak = peak(memory);
        Map<Buffer.Category, Long> most = new EnumMap<>(Buffer.Category.class);
        memory.forEach(moment -> moment.forEach((category, bytes) -> most.merge(category, bytes, Math::max)));
        return new PlanReport(sorted, memory.get(peak), most, peak, plan.arenaBytes(), total);
    }

    /// Number of launches.
    public int launches() {
        return kinds.values().stream().mapToInt(Kind::launches).sum();
    }

    private static int peak(List<Map<Buffer.Category, Long>> memory) {
        int best = 0;
        long most = -1;
        for (int i = 0; i < memory.size(); i++) {
            long bytes = memory.get(i).values().stream().mapToLong(b -> b).sum();
            if (bytes > most) {
                best = i;
                most = bytes;
            }
        }
        return best;
    }

    private static Map<Buffer.Category, Long> memoryAt(Plan plan, int launch) {
        Map<Buffer.Category, Long> result = new EnumMap<>(Buffer.Category.class);
        for (Buffer.Category category : Buffer.Category.values()) {
            result.put(category, 0L);
        }
        plan.buffers().stream()
                .filter(b -> b.pinned() || b.from() <= launch && launch <= b.to())
                .forEach(b -> result.merge(b.category(), b.bytes(), Long::sum));
        return result;
    }

    /// Two tables for people.
    public String toText() {
        List<String[]> rows = new ArrayList<>();
        rows.add(new String[] {"launches", "number", "operations", "bytes moved", "operations/byte"});
        kinds.forEach((name, kind) -> rows.add(row(name, kind.launches(), kind.cost())));
        rows.add(row("all", launches(), total));
        StringBuilder text = new StringBuilder(table(rows)).append('\n');
        List<String[]> places = new ArrayList<>();
        places.add(new String[] {"memory", "at the peak", "most"});
        memory.forEach((category, bytes) -> places.add(new String[] {
            category.name().toLowerCase(Locale.ROOT), human(bytes) + "B", human(most.get(category)) + "B"
        }));
        places.add(new String[] {"arena", human(arenaBytes) + "B", ""});
        text.append(table(places));
        return text.append("the peak is during launch ")
                .append(peakLaunch)
                .append('\n')
                .toString();
    }

    private static String[] row(String name, int launches, Cost cost) {
        return new String[] {
            name,
            String.valueOf(launches),
            human(cost.flops()),
            human(cost.bytes()) + "B",
            String.format(Locale.ROOT, "%.2f", cost.intensity())
        };
    }

    /// Columns padded to their widest entry, the first to the left, the others to the right.
    public static String table(List<String[]> rows) {
        int columns = rows.getFirst().length;
        int[] width = new int[columns];
        rows.forEach(row -> java.util.Arrays.setAll(width, i -> Math.max(width[i], row[i].length())));
        StringBuilder text = new StringBuilder();
        for (String[] row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < columns; i++) {
                String pad = " ".repeat(width[i] - row[i].length());
                line.append(i == 0 ? row[i] + pad : "  " + pad + row[i]);
            }
            text.append(line.toString().stripTrailing()).append('\n');
        }
        return text.toString();
    }

    /// What a plan does more than another one that computes the same: `1.2 % more operations and 0.4 % more bytes moved`.
    public static String more(Plan whole, Plan plan) {
        Cost before = PlanReport.of(whole).total();
        Cost after = PlanReport.of(plan).total();
        return String.format(
                Locale.ROOT,
                "%.1f %% more operations and %.1f %% more bytes moved",
                share(before.flops(), after.flops()),
                share(before.bytes(), after.bytes()));
    }

    private static double share(long before, long after) {
        return before == 0 ? 0 : 100 * ((double) after / before - 1);
    }

    /// Three digits and a decimal prefix: `12.3 M`.
    public static String human(long number) {
        String[] prefixes = {"", "k", "M", "G", "T", "P"};
        double scaled = number;
        int i = 0;
        while (scaled >= 999.5 && i + 1 < prefixes.length) {
            scaled /= 1000;
            i++;
        }
        if (i == 0) {
            return number + " ";
        }
        String format = scaled < 9.995 ? "%.2f" : scaled < 99.95 ? "%.1f" : "%.0f";
        return String.format(Locale.ROOT, format, scaled) + " " + prefixes[i];
    }
}
