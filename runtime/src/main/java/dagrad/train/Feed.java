package dagrad.train;

import dagrad.backend.Executable;
import dagrad.graph.Graph;
import dagrad.graph.Input;
import dagrad.tensor.DType;
import dagrad.tensor.HostTensor;
import dagrad.tensor.TensorSpec;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.Map;

/// A batch's way to an executable. A batch is a map from the names of data inputs to tensors, whose first axis counts
/// the examples.
final class Feed {
    private static final ValueLayout.OfInt BITS = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /// The exponent's bits of a float: all of them set means that it is infinite or no number.
    private static final int EXPONENT = 0x7f800000;

    private final Executable executable;
    private final Map<String, TensorSpec> inputs = new LinkedHashMap<>();

    Feed(Executable executable) {
        this.executable = executable;
        Graph graph = executable.plan().graph();
        graph.inputs(Input.Kind.DATA).forEach((name, value) -> inputs.put(name, graph.spec(value)));
    }

    /// Writes the data inputs.
    ///
    /// @throws TrainingException if one is missing, has another spec, or holds a number that is not finite
    void write(Map<String, HostTensor> batch) {
        inputs.forEach((name, spec) -> {
            HostTensor tensor = batch.get(name);
            if (tensor == null) {
                throw new TrainingException(
                        "the batch lacks the input \"" + name + "\" " + spec + "; it has " + batch.keySet());
            }
            if (!tensor.spec().equals(spec)) {
                throw new TrainingException(
                        "the input \"" + name + "\" is " + spec + ", and the batch has " + tensor.spec() + " for it");
            }
            requireFinite(name, tensor);
            executable.write(name, tensor);
        });
    }

    /// The number of examples in a batch.
    ///
    /// @throws TrainingException if there are none, or the tensors do not agree
    static int examples(Map<String, HostTensor> batch) {
        int examples = -1;
        for (Map.Entry<String, HostTensor> input : batch.entrySet()) {
            if (input.getValue().shape().rank() > 0) {
                int here = input.getValue().shape().dim(0);
                if (examples >= 0 && here != examples) {
                    throw new TrainingException("the batch's inputs have different numbers of examples: " + examples
                            + " and, in \"" + input.getKey() + "\", " + here);
                }
                examples = here;
            }
        }
        if (examples < 1) {
            throw new TrainingException("a batch without examples; it has " + batch.keySet());
        }
        return examples;
    }

    private static void requireFinite(String name, HostTensor tensor) {
        if (!isFinite(tensor)) {
            long at = 0;
            while (Double.isFinite(tensor.get(at))) {
                at++;
            }
            throw new TrainingException("the batch's input \"" + name + "\" " + tensor.spec() + " holds "
                    + tensor.get(at) + " at element " + at + ", in example " + example(tensor, at)
                    + "; remove or repair such examples");
        }
    }

    private static long example(HostTensor tensor, long element) {
        return tensor.shape().rank() == 0
                ? 0
                : element / Math.max(1, tensor.shape().strides()[0]);
    }

    /// Floats, which nearly all batches are, are judged by their bits, without a branch in the loop.
    private static boolean isFinite(HostTensor tensor) {
        if (tensor.spec().dtype() == DType.F32) {
            MemorySegment data = tensor.data();
            int bad = 0;
            for (long at = 0; at < data.byteSize(); at += Float.BYTES) {
                bad |= ((data.get(BITS, at) & EXPONENT) + 0x00800000) & 0x80000000;
            }
            return bad == 0;
        }
        if (tensor.spec().dtype().isFloating()) {
            for (long i = 0; i < tensor.size(); i++) {
                if (!Double.isFinite(tensor.get(i))) {
                    return false;
                }
            }
        }
        return true;
    }
}
