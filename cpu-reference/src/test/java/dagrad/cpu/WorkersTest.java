package dagrad.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dagrad.backend.DeviceException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WorkersTest {
    /// Also with pauses in which workers fall asleep, and with more threads than cores.
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7})
    void runsEveryChunkOnce(int threads) {
        try (Workers workers = new Workers(threads)) {
            for (int round = 0; round < 3000; round++) {
                AtomicIntegerArray runs = new AtomicIntegerArray(round % 11);
                workers.run(runs.length(), (chunk, worker) -> {
                    assertThat(worker).isBetween(0, threads - 1);
                    runs.incrementAndGet(chunk);
                });
                for (int i = 0; i < runs.length(); i++) {
                    assertThat(runs.get(i)).as("chunk %d of round %d", i, round).isOne();
                }
                if (round % 500 == 0) {
                    LockSupport.parkNanos(2_000_000);
                }
            }
        }
    }

    /// Two chunks that wait for each other end only if two threads run them.
    @Test
    void runsChunksAtOnce() {
        try (Workers workers = new Workers(2)) {
            AtomicInteger arrived = new AtomicInteger();
            Set<Integer> seen = ConcurrentHashMap.newKeySet();
            workers.run(2, (_, worker) -> {
                seen.add(worker);
                arrived.incrementAndGet();
                while (arrived.get() < 2) {
                    Thread.onSpinWait();
                }
            });
            assertThat(seen).containsExactlyInAnyOrder(0, 1);
        }
    }

    @Test
    void aFailureEndsTheRunAndNothingElse() {
        try (Workers workers = new Workers(3)) {
            AtomicInteger ran = new AtomicInteger();
            assertThatThrownBy(() -> workers.run(10, (chunk, _) -> {
                        ran.incrementAndGet();
                        if (chunk == 5) {
                            throw new DeviceException("chunk five");
                        }
                    }))
                    .isInstanceOf(DeviceException.class)
                    .hasMessage("chunk five");
            assertThat(ran).hasValue(10);
            workers.run(10, (_, _) -> ran.incrementAndGet());
            assertThat(ran).hasValue(20);
        }
    }

    @Test
    void theCallerDoesAllOnceTheThreadsHaveEnded() {
        Workers workers = new Workers(2);
        workers.close();
        AtomicInteger ran = new AtomicInteger();
        workers.run(4, (_, worker) -> {
            assertThat(worker).isZero();
            ran.incrementAndGet();
        });
        assertThat(ran).hasValue(4);
    }
}
