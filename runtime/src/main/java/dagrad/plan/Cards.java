package dagrad.plan;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/// GPUs by short names, with the numbers of NVIDIA's data sheets and architecture white papers: tensor cores without
/// sparsity, and with f32 accumulation where consumer cards have two rates.
public final class Cards {
    private static final long GB = 1_000_000_000L;
    private static final Map<String, Card> ALL = new LinkedHashMap<>();

    static {
        // "NVIDIA H100 Tensor Core GPU" data sheet, 2023.
        put("h100", card("NVIDIA H100 SXM", 90, 132, 80).at(3350, 67, 494.7, 989.4));
        put("h100-pcie", card("NVIDIA H100 PCIe", 90, 114, 80).at(2000, 51, 378, 756));
        // "NVIDIA H200 Tensor Core GPU" data sheet, 2024.
        put("h200", card("NVIDIA H200 SXM", 90, 132, 141).at(4800, 67, 494.7, 989.4));
        // "NVIDIA Blackwell HGX" data sheet, 2025: an eighth of HGX B200.
        put("b200", card("NVIDIA B200", 100, 148, 180).at(7700, 75, 1125, 2250));
        // "NVIDIA A100 Tensor Core GPU" data sheet, 2022.
        put("a100", card("NVIDIA A100 SXM 80 GB", 80, 108, 80).at(2039, 19.5, 156, 312));
        put("a100-40", card("NVIDIA A100 SXM 40 GB", 80, 108, 40).at(1555, 19.5, 156, 312));
        // Data sheets of L4 and L40S, 2023, and A10, 2021.
        put("l4", card("NVIDIA L4", 89, 58, 24).at(300, 30.3, 60, 121));
        put("l40s", card("NVIDIA L40S", 89, 142, 48).at(864, 91.6, 183, 362));
        put("a10", card("NVIDIA A10", 86, 72, 24).at(600, 31.2, 62.5, 125));
        // "NVIDIA T4" data sheet, 2019: tensor cores for f16 only.
        put("t4", card("NVIDIA T4", 75, 40, 16).at(320, 8.1, 8.1, 8.1));
        // White papers "NVIDIA Ampere GA102", 2021, "NVIDIA Ada", 2022, and "NVIDIA RTX Blackwell", 2025.
        put("3090", card("NVIDIA GeForce RTX 3090", 86, 82, 24).at(936, 35.6, 35.6, 71));
        put("4090", card("NVIDIA GeForce RTX 4090", 89, 128, 24).at(1008, 82.6, 82.6, 165.2));
        put("5090", card("NVIDIA GeForce RTX 5090", 120, 170, 32).at(1792, 104.8, 104.8, 209.5));
        // "NVIDIA V100" data sheet, 2020: known, so that the reason can be given why it will not do.
        put("v100", card("NVIDIA V100 SXM2", 70, 80, 32).at(900, 15.7, 15.7, 15.7));
    }

    private Cards() {}

    private record Chip(String name, int capability, int multiprocessors, long gigabytes) {
        /// @param bandwidth in GB/s; the others in TFLOP/s
        Card at(double bandwidth, double f32, double tf32, double bf16) {
            return new Card(
                    name,
                    capability,
                    multiprocessors,
                    gigabytes * GB,
                    bandwidth * 1e9,
                    f32 * 1e12,
                    tf32 * 1e12,
                    bf16 * 1e12);
        }
    }

    private static Chip card(String name, int capability, int multiprocessors, long gigabytes) {
        return new Chip(name, capability, multiprocessors, gigabytes);
    }

    private static void put(String name, Card card) {
        ALL.put(name, card);
    }

    /// All by their short names.
    public static Map<String, Card> all() {
        return Map.copyOf(ALL);
    }

    /// A card that plans can be made for.
    ///
    /// @param name short, as `h100`, in any case
    /// @throws PlanException if there is none of that name, or Dagrad's kernels do not run on it
    public static Card named(String name) {
        Card card = ALL.get(name.toLowerCase(Locale.ROOT));
        if (card == null) {
            throw new PlanException("no card is named \"" + name + "\"; there are " + String.join(", ", ALL.keySet()));
        }
        if (card.capability() < Card.LEAST_CAPABILITY) {
            throw new PlanException(card.name() + " has compute capability " + card.capability() / 10.0
                    + ", and Dagrad's kernels need " + Card.LEAST_CAPABILITY / 10.0 + " (Turing) or newer");
        }
        return card;
    }
}
