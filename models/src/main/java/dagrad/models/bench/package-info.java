/// The workloads by which Dagrad is compared with other libraries, defined so that every library computes the same
/// numbers: seeded data ([SeededNumbers][dagrad.models.bench.SeededNumbers]), networks
/// ([Workload][dagrad.models.bench.Workload]) and the measurement ([Measurement][dagrad.models.bench.Measurement]).
@NullMarked
package dagrad.models.bench;

import org.jspecify.annotations.NullMarked;
