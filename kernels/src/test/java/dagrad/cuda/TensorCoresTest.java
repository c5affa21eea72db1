package dagrad.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dagrad.cuda.code.Argument;
import dagrad.cuda.code.Call;
import dagrad.cuda.code.Grid;
import dagrad.cuda.code.Source;
import dagrad.cuda.compile.CodeCache;
import dagrad.cuda.compile.Compiler;
import dagrad.cuda.compile.Kernels;
import dagrad.cuda.driver.Context;
import dagrad.cuda.driver.Copy;
import dagrad.cuda.driver.Cublas;
import dagrad.cuda.driver.Device;
import dagrad.cuda.driver.DeviceMemory;
import dagrad.cuda.driver.Natives;
import dagrad.cuda.driver.PinnedMemory;
import dagrad.cuda.driver.Resources;
import dagrad.cuda.driver.Stream;
import dagrad.tensor.DType;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/// What dagrad.cuh says of fragments and asynchronous copies, word by word, and its product against three loops.
@EnabledIf("dagrad.cuda.Emulator#isThere")
class TensorCoresTest {
    /// `in`, a [16, 16] matrix of 16-bit words. `out`, for each lane the words of its four 8x8 matrices, those of their
    /// transposes, and what copies that are not to be made leave.
    private static final String FRAGMENTS = """
            extern "C" __global__ void fragments(const bf16 *in, unsigned *out) {
                __shared__ uint4 memory[32];
                __shared__ uint4 nothing[64];
                bf16 *matrix = (bf16 *)memory;
                int lane = (int)threadIdx.x;
                copy_to_shared<16>(matrix + 8 * lane, in + 8 * lane, true);
                copy_to_shared<16>(nothing + lane, in, false);
                copy_to_shared<4>((unsigned *)(nothing + 32) + lane, in + 2 * lane, lane % 2 == 0);
                wait_for_copies();
                __syncthreads();
                unsigned words[4];
                unsigned transposed[4];
                const bf16 *row = matrix + lane % 16 * 16 + lane / 16 * 8;
                load_matrices(words, row);
                load_matrices_transposed(transposed, row);
                for (int j = 0; j < 4; j++) {
                    out[10 * lane + j] = words[j];
                    out[10 * lane + 4 + j] = transposed[j];
                }
                uint4 zero = nothing[lane];
                out[10 * lane + 8] = zero.x | zero.y | zero.z | zero.w;
                out[10 * lane + 9] = ((unsigned *)(nothing + 32))[lane];
            }
            """;

    /// `in`, matrices a [16, 16] and b [16, 8] of bf16. `out`, a b + 1, f32[16, 8].
    private static final String PRODUCT = """
            extern "C" __global__ void product(const bf16 *in, float *out) {
                __shared__ uint4 memory[48];
                bf16 *a = (bf16 *)memory;
                bf16 *b = a + 256;
                int lane = (int)threadIdx.x;
                copy_to_shared<16>(a + 8 * lane, in + 8 * lane, true);
                if (lane < 16) {
                    copy_to_shared<16>(b + 8 * lane, in + 256 + 8 * lane, true);
                }
                wait_for_copies();
                __syncthreads();
                unsigned left[4];
                unsigned words[4];
                load_matrices(left, a + lane % 16 * 16 + lane / 16 * 8);
                load_matrices_transposed(words, b + lane % 16 * 8);
                unsigned right[2] = {words[0], words[1]};
                float sum[4] = {1.0f, 1.0f, 1.0f, 1.0f};
                mma_bf16_16x8x16(sum, left, right, sum);
                for (int i = 0; i < 4; i++) {
                    out[(lane / 4 + i / 2 * 8) * 8 + lane % 4 * 2 + i % 2] = sum[i];
                }
            }
            """;

    @BeforeAll
    static void load() {
        Natives.load();
    }

    /// Runs one warp of a kernel of two parameters.
    private static int[] run(String text, String function, short[] in, int results) {
        try (Resources owned = new Resources()) {
            Context context = owned.add(new Context(Device.of(0)));
            Stream stream = owned.add(new Stream());
            long start = 2L * in.length;
            long bytes = start + 4L * results;
            DeviceMemory memory = owned.add(DeviceMemory.allocate(context, bytes, "a test"));
            PinnedMemory pinned = owned.add(new PinnedMemory(bytes));
            for (int i = 0; i < in.length; i++) {
                pinned.segment().setAtIndex(ValueLayout.JAVA_SHORT, i, in[i]);
            }
            Call.Kernel call = new Call.Kernel(
                    new Source.Generated(text),
                    function,
                    Grid.of(1, 32),
                    List.of(new Argument.Arena(0), new Argument.Arena(start)));
            Kernels kernels = owned.add(new Kernels(new Compiler(Device.of(0), CodeCache.standard()), List.of(call)));
            Work work = new Work.Bindings(memory, memory, memory, memory, kernels, owned.add(new Cublas()), false)
                    .bind(call);
            Copy.toDevice(pinned, 0, memory, 0, start).enqueue(stream);
            work.enqueue(stream);
            Copy.toHost(memory, 0, pinned, 0, bytes).enqueue(stream);
            stream.synchronize();
            return pinned.segment().asSlice(start).toArray(ValueLayout.JAVA_INT);
        }
    }

    @Test
    void fragmentsAreWhereTheyAreSaidToBe() {
        short[] matrix = new short[256];
        for (int i = 0; i < matrix.length; i++) {
            matrix[i] = (short) (i * 257 + 1);
        }
        int[] words = run(FRAGMENTS, "fragments", matrix, 320);
        for (int lane = 0; lane < 32; lane++) {
            int g = lane / 4;
            int c = 2 * (lane % 4);
            for (int j = 0; j < 4; j++) {
                int top = j % 2 * 8;
                int left = j / 2 * 8;
                assertThat(words[10 * lane + j])
                        .as("word %d of lane %d", j, lane)
                        .isEqualTo(word(matrix, top + g, left + c, top + g, left + c + 1));
                assertThat(words[10 * lane + 4 + j])
                        .as("transposed word %d of lane %d", j, lane)
                        .isEqualTo(word(matrix, top + c, left + g, top + c + 1, left + g));
            }
            assertThat(words[10 * lane + 8]).as("16 bytes outside").isZero();
            assertThat(words[10 * lane + 9])
                    .as("4 bytes of lane %d", lane)
                    .isEqualTo(lane % 2 == 0 ? word(matrix, 0, 2 * lane, 0, 2 * lane + 1) : 0);
        }
    }

    /// Two elements of a matrix of 16 columns, the first in the lower half.
    private static int word(short[] matrix, int row, int column, int nextRow, int nextColumn) {
        return matrix[16 * row + column] & 0xffff | matrix[16 * nextRow + nextColumn] << 16;
    }

    /// Small whole numbers, so that sums are exact.
    @Test
    void productIsThreeLoops() {
        Random random = new Random(1);
        float[] numbers = new float[256 + 128];
        short[] in = new short[numbers.length];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = random.nextInt(17) - 8;
            in[i] = (short) (Float.floatToIntBits(numbers[i]) >>> 16);
            assertThat(DType.BF16.round(numbers[i])).isEqualTo(numbers[i]);
        }
        int[] product = run(PRODUCT, "product", in, 128);
        for (int i = 0; i < 16; i++) {
            for (int j = 0; j < 8; j++) {
                float sum = 1;
                for (int k = 0; k < 16; k++) {
                    sum += numbers[16 * i + k] * numbers[256 + 8 * k + j];
                }
                assertThat(Float.intBitsToFloat(product[8 * i + j]))
                        .as("element (%d, %d)", i, j)
                        .isEqualTo(sum);
            }
        }
    }
}
