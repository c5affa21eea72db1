package dagrad.models.jobs;

import dagrad.tensor.HostTensor;
import dagrad.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/// Examples in memory: tensors by name whose first axes count the same examples.
record Examples(Map<String, HostTensor> tensors) {
    int size() {
        return tensors.values().iterator().next().shape().dim(0);
    }

    /// All examples in order; the last batch may be smaller.
    List<Map<String, HostTensor>> inOrder(int batch) {
        List<Map<String, HostTensor>> result = new ArrayList<>();
        for (int from = 0; from < size(); from += batch) {
            result.add(
                    pick(IntStream.range(from, Math.min(size(), from + batch)).toArray()));
        }
        return result;
    }

    /// The examples from one (inclusive) to another (exclusive): views.
    Examples part(int from, int to) {
        Map<String, HostTensor> result = new LinkedHashMap<>();
        tensors.forEach((name, all) -> {
            TensorSpec spec = all.spec().withShape(all.shape().with(0, to - from));
            long bytes = all.spec().bytes() / size();
            result.put(name, new HostTensor(spec, all.data().asSlice(from * bytes, spec.bytes())));
        });
        return new Examples(result);
    }

    /// Full batches for ever, in another order each time through. The order follows from the seed.
    ///
    /// @throws IllegalArgumentException if there are not enough examples for one batch
    Iterator<Map<String, HostTensor>> shuffled(int batch, long seed) {
        if (batch > size()) {
            throw new IllegalArgumentException(
                    "a batch of " + batch + " from " + size() + " examples; choose a smaller batch");
        }
        return LongStream.iterate(0, epoch -> epoch + 1)
                .mapToObj(epoch -> order(seed, epoch))
                .flatMap(order -> IntStream.range(0, size() / batch)
                        .mapToObj(i -> pick(java.util.Arrays.copyOfRange(order, i * batch, (i + 1) * batch))))
                .iterator();
    }

    /// Fisher and Yates' shuffle.
    private int[] order(long seed, long epoch) {
        SplittableRandom random = new SplittableRandom(seed * 0x9e3779b97f4a7c15L + epoch);
        int[] order = IntStream.range(0, size()).toArray();
        for (int i = order.length - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int kept = order[i];
            order[i] = order[j];
            order[j] = kept;
        }
        return order;
    }

    private Map<String, HostTensor> pick(int[] examples) {
        Map<String, HostTensor> result = new LinkedHashMap<>();
        tensors.forEach((name, all) -> {
            TensorSpec spec = all.spec().withShape(all.shape().with(0, examples.length));
            HostTensor part = HostTensor.zeros(spec);
            long bytes = all.spec().bytes() / all.shape().dim(0);
            for (int i = 0; i < examples.length; i++) {
                part.data().asSlice(i * bytes, bytes).copyFrom(all.data().asSlice(examples[i] * bytes, bytes));
            }
            result.put(name, part);
        });
        return result;
    }
}
