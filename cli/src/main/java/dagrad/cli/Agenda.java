package dagrad.cli;

import dagrad.precision.Precision;
import java.util.ArrayList;
import java.util.List;

/// What [GpuCheck] does on a machine.
///
/// @param operations that are compared with the reference one by one, in f32 and bf16; all, if there is none
/// @param models that are compared with the reference, in each of the precisions
/// @param repeated workloads, with the options that say their sizes, of which two runs must agree to the bit, in
///     each of the precisions
/// @param trainingSteps of a training that is run twice
/// @param seconds the least measuring time of each benchmark; 0 if no time means anything
record Agenda(
        List<String> operations,
        List<String> models,
        List<Precision> precisions,
        List<String> repeated,
        int trainingSteps,
        List<Benchmark> benchmarks,
        double seconds) {
    private static final List<Precision> PRECISIONS = List.of(Precision.F32, Precision.BF16);

    /// A measured workload.
    ///
    /// @param options of `dagrad bench` that say its size
    record Benchmark(String workload, Precision precision, List<String> options) {
        static Benchmark of(String workload, Precision precision, String... options) {
            return new Benchmark(workload, precision, List.of(options));
        }

        @Override
        public String toString() {
            int batch = options.indexOf("--batch");
            return workload + " " + precision.text() + (batch < 0 ? "" : ", batch " + options.get(batch + 1));
        }
    }

    /// For a GPU.
    static Agenda full(double seconds) {
        List<Benchmark> benchmarks = new ArrayList<>();
        for (String workload : List.of("mlp", "gpt", "attention", "matmul")) {
            for (Precision precision : Precision.values()) {
                benchmarks.add(Benchmark.of(workload, precision));
            }
        }
        benchmarks.add(Benchmark.of("gpt2", Precision.F32, "--batch", "8"));
        benchmarks.add(Benchmark.of("gpt2", Precision.TF32, "--batch", "8"));
        for (String batch : List.of("8", "16", "32")) {
            benchmarks.add(Benchmark.of("gpt2", Precision.BF16, "--batch", batch));
        }
        for (String workload : List.of("adamw", "copy", "elementwise")) {
            benchmarks.add(Benchmark.of(workload, Precision.F32));
        }
        return new Agenda(List.of(), NamedModel.names(), PRECISIONS, List.of("gpt", "conv"), 200, benchmarks, seconds);
    }

    /// For the emulator: all kinds of steps, in small.
    static Agenda small() {
        List<Benchmark> benchmarks = new ArrayList<>();
        for (String workload : List.of("mlp", "gpt", "attention", "matmul")) {
            benchmarks.add(Benchmark.of(workload, Precision.BF16, "--small"));
        }
        for (String batch : List.of("1", "2")) {
            benchmarks.add(Benchmark.of("gpt2", Precision.BF16, tiny(batch)));
        }
        for (String workload : List.of("adamw", "copy", "elementwise")) {
            benchmarks.add(Benchmark.of(workload, Precision.F32, "--small"));
        }
        return new Agenda(List.of(), NamedModel.names(), PRECISIONS, List.of("gpt --small"), 5, benchmarks, 0);
    }

    private static String[] tiny(String batch) {
        return ("--layers 2 --width 16 --context 12 --vocabulary 17 --batch " + batch).split(" ");
    }
}
