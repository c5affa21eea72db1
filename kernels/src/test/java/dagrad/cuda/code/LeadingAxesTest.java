package dagrad.cuda.code;

import static org.assertj.core.api.Assertions.assertThat;

import dagrad.graph.Value;
import dagrad.plan.Layout;
import dagrad.plan.Operand;
import dagrad.plan.Slot;
import dagrad.tensor.DType;
import dagrad.tensor.Shape;
import dagrad.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LeadingAxesTest {
    private static Operand operand(Layout layout) {
        return new Operand(new Slot(0, 0, new TensorSpec(DType.F32, layout.shape()), new Value(0, 0)), layout);
    }

    private static Operand dense(int... dims) {
        return operand(Layout.dense(Shape.of(dims)));
    }

    @Test
    void denseAxesAreOne() {
        LeadingAxes axes = LeadingAxes.of(List.of(dense(2, 3, 4, 5), dense(2, 3, 1, 7)), 2);
        assertThat(axes.extents()).containsExactly(1, 6);
        assertThat(axes.headStride(0)).isEqualTo(20);
        assertThat(axes.headStride(1)).isEqualTo(7);
    }

    @Test
    void noAxes() {
        LeadingAxes axes = LeadingAxes.of(List.of(dense(4, 5)), 0);
        assertThat(axes.planes()).isEqualTo(1);
        assertThat(axes.calls()).isEqualTo(1);
        assertThat(axes.start(0, 0)).isZero();
    }

    @Test
    void noMatrices() {
        assertThat(LeadingAxes.of(List.of(dense(2, 0, 4, 5)), 2).planes()).isZero();
    }

    /// One operand keeps two axes apart, another one reads one matrix again and again: all calls together still walk
    /// over every operand's matrices as the layouts say.
    @Test
    void everyMatrixIsReached() {
        Layout permuted = Layout.dense(Shape.of(3, 2, 4, 5, 6, 7)).permute(List.of(1, 0, 3, 2, 4, 5));
        Layout repeated = Layout.dense(Shape.of(2, 1, 5, 1, 6, 7)).broadcast(Shape.of(2, 3, 5, 4, 6, 7));
        List<Operand> operands = List.of(operand(permuted), operand(repeated), dense(2, 3, 5, 4, 6, 7));
        LeadingAxes axes = LeadingAxes.of(operands, 4);
        assertThat(axes.calls()).isEqualTo(6);
        assertThat(axes.planes()).isEqualTo(20);
        for (int i = 0; i < operands.size(); i++) {
            assertThat(walked(axes, i)).isEqualTo(expected(operands.get(i).layout()));
        }
    }

    private static List<Long> walked(LeadingAxes axes, int operand) {
        List<Long> starts = new ArrayList<>();
        for (int call = 0; call < axes.calls(); call++) {
            for (int batch = 0; batch < axes.batches(); batch++) {
                for (int head = 0; head < axes.heads(); head++) {
                    starts.add(axes.start(operand, call)
                            + batch * axes.batchStride(operand)
                            + head * axes.headStride(operand));
                }
            }
        }
        return starts;
    }

    private static List<Long> expected(Layout layout) {
        List<Long> starts = new ArrayList<>();
        for (int i = 0; i < layout.shape().sub(0, 4).size(); i++) {
            int rest = i;
            int[] index = new int[6];
            for (int axis = 3; axis >= 0; axis--) {
                index[axis] = rest % layout.shape().dim(axis);
                rest /= layout.shape().dim(axis);
            }
            starts.add(layout.element(index));
        }
        return starts;
    }
}
