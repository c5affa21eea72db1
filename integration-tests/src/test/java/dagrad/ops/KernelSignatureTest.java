package dagrad.ops;

import static org.assertj.core.api.Assertions.assertThat;

import dagrad.cuda.code.Argument;
import dagrad.cuda.code.Call;
import dagrad.cuda.code.KernelCalls;
import dagrad.cuda.code.Lowering;
import dagrad.cuda.code.Source;
import dagrad.graph.Composite;
import dagrad.graph.Graph;
import dagrad.graph.Op;
import dagrad.nvcc.ShippedKernel;
import dagrad.plan.Capabilities;
import dagrad.plan.Card;
import dagrad.plan.Launch;
import dagrad.plan.Plan;
import dagrad.schedule.Scheduler;
import dagrad.tensor.DType;
import dagrad.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What the matrix's operations become on a GPU fits the kernels' parameters. No compiler sees that: arguments are bytes.
@EnabledIf(
        value = "dagrad.nvcc.ShippedKernel#canBeRead",
        disabledReason = "no g++, whose preprocessor reads the kernels")
class KernelSignatureTest {
    private static final Card CARD = new Card("a card", 90, 132, 80L << 30, 3e12, 60e12, 400e12, 800e12);

    private static final Capabilities CLAIMS = new Capabilities() {
        @Override
        public boolean claims(Composite op, List<TensorSpec> in) {
            return KernelCalls.claims(op, in);
        }

        @Override
        public boolean strided(Op op, int operand) {
            return KernelCalls.strided(op, operand);
        }
    };

    private static final Map<String, Map<String, ShippedKernel>> FILES = new TreeMap<>();

    static Stream<Sample> samples() {
        return OpSamples.samples();
    }

    @ParameterizedTest
    @MethodSource("samples")
    void argumentsFitParameters(Sample sample) {
        for (DType type : List.of(DType.F32, DType.BF16, DType.F64)) {
            calls(sample.graph(type)).forEach(KernelSignatureTest::check);
            calls(sample.withGradients(type)).forEach(KernelSignatureTest::check);
        }
    }

    /// The calls of shipped kernels.
    private static List<Call.Kernel> calls(Graph graph) {
        Plan plan = Scheduler.plan(graph, CLAIMS);
        List<Call.Kernel> result = new ArrayList<>();
        for (Launch launch : plan.launches()) {
            if (launch instanceof Launch.Kernel) {
                for (Call call : new Lowering(CARD).of(launch, 7).calls()) {
                    if (call instanceof Call.Kernel kernel && kernel.source() instanceof Source.Shipped) {
                        result.add(kernel);
                    }
                }
            }
        }
        return result;
    }

    private static void check(Call.Kernel call) {
        String file = ((Source.Shipped) call.source()).file();
        Map<String, ShippedKernel> kernels = FILES.computeIfAbsent(file, KernelSignatureTest::kernels);
        assertThat(kernels).as(file).containsKey(call.function());
        ShippedKernel kernel = kernels.get(call.function());
        assertThat(call.grid().threadsX() * call.grid().threadsY())
                .as("threads of %s", call.function())
                .isBetween(1, kernel.threads());
        assertThat(call.arguments().stream().map(KernelSignatureTest::type))
                .as("arguments of %s", call.function())
                .isEqualTo(kernel.parameters());
    }

    private static String type(Argument argument) {
        return switch (argument) {
            case Argument.Arena _, Argument.Workspace _, Argument.Fault _, Argument.Tickets _ -> "pointer";
            case Argument.Int _ -> "int";
            case Argument.Int64 _ -> "long long";
            case Argument.Real _ -> "float";
        };
    }

    private static Map<String, ShippedKernel> kernels(String file) {
        return ShippedKernel.of(file).stream().collect(Collectors.toMap(ShippedKernel::name, kernel -> kernel));
    }
}
