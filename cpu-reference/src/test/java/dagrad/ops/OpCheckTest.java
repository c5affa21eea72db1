package dagrad.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dagrad.backend.Backend;
import dagrad.backend.DeviceException;
import dagrad.backend.Executable;
import dagrad.cpu.CpuBackend;
import dagrad.plan.Capabilities;
import dagrad.plan.Plan;
import dagrad.tensor.DType;
import dagrad.tensor.HostTensor;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The check of single operations finds a device that is wrong in one element.
final class OpCheckTest {
    @FunctionalInterface
    private interface Damage {
        void to(String output, HostTensor result);
    }

    /// Computes as the CPU does, and damages what is read.
    private record Device(Backend right, Damage damage) implements Backend {
        @Override
        public String name() {
            return "damaged";
        }

        @Override
        public Capabilities capabilities() {
            return right.capabilities();
        }

        @Override
        public Executable load(Plan plan) {
            return new Damaged(right.load(plan), damage);
        }

        @Override
        public void close() {
            right.close();
        }
    }

    private record Damaged(Executable inner, Damage damage) implements Executable {
        @Override
        public Plan plan() {
            return inner.plan();
        }

        @Override
        public void write(String name, HostTensor data) {
            inner.write(name, data);
        }

        @Override
        public void read(String name, HostTensor into) {
            inner.read(name, into);
            damage.to(name, into);
        }

        @Override
        public void run() {
            inner.run();
        }

        @Override
        public void close() {
            inner.close();
        }
    }

    private static List<OpCheck> check(Damage damage, String... names) {
        try (Backend device = new Device(new CpuBackend(1), damage)) {
            return OpCheck.run(device, List.of(names), check -> {});
        }
    }

    @Test
    void aDeviceThatIsRightPasses() {
        List<OpCheck> checks = check((output, result) -> {}, "neg", "softmax");
        assertThat(checks).extracting(OpCheck::name).containsExactly("neg", "softmax");
        assertThat(checks).allSatisfy(check -> {
            assertThat(check.wrong()).isEmpty();
            OpCheck.TYPES.forEach(dtype -> {
                OpCheck.Figures figures = check.figures().get(dtype);
                assertThat(figures.worst()).isLessThan(1);
                assertThat(figures.results()).isGreaterThan(2 * figures.samples());
            });
        });
    }

    @Test
    void oneWrongElementOfAGradientIsFound() {
        List<OpCheck> checks = check(
                (output, result) -> {
                    if (output.contains("sample 0 with gradients: gradient/in0")
                            && result.spec().dtype() == DType.BF16
                            && output.startsWith("matmul(f32[8,5]")) {
                        result.set(7, result.get(7) + 0.25);
                    }
                },
                "matmul");
        List<String> wrong =
                checks.stream().flatMap(check -> check.wrong().stream()).toList();
        assertThat(wrong).isNotEmpty().allMatch(line -> line.contains("gradient/in0: element 7 of bf16[8,5] is"));
        assertThat(checks.stream().filter(check -> !check.wrong().isEmpty()).toList())
                .allSatisfy(check -> {
                    OpCheck.Figures figures = check.figures().get(DType.BF16);
                    assertThat(figures.worst()).isGreaterThan(1);
                    assertThat(figures.where())
                            .contains("matmul(f32[8,5], f32[5,3]) in bf16")
                            .endsWith("gradient/in0");
                });
    }

    @Test
    void notANumberIsFound() {
        List<OpCheck> checks = check(
                (output, result) -> {
                    if (output.endsWith("in f32, sample 0: out0")) {
                        result.set(0, Double.NaN);
                    }
                },
                "neg");
        assertThat(checks.getFirst().wrong()).singleElement().asString().contains("is NaN instead of");
        assertThat(checks.getFirst().figures().get(DType.F32).worst()).isInfinite();
    }

    @Test
    void aDeviceThatFailsIsWrongAndTheOthersAreTried() {
        List<OpCheck> checks = check(
                (output, result) -> {
                    if (output.startsWith("neg")) {
                        throw new DeviceException("the device is gone");
                    }
                },
                "neg",
                "abs");
        assertThat(checks.getFirst().wrong()).containsExactly("neg: the device is gone");
        assertThat(checks.getFirst().figures()).isEmpty();
        assertThat(checks.getLast().wrong()).isEmpty();
    }

    @Test
    void anUnknownOperationIsNamedWithThoseThereAre() {
        assertThatThrownBy(() -> check((output, result) -> {}, "nosuch"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("there is no operation \"nosuch\"; there are neg; abs;");
    }
}
