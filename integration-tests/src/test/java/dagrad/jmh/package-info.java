/// Benchmarks of single operations. They are no tests: run them by the main method of OperationBenchmark.
@NullMarked
package dagrad.jmh;

import org.jspecify.annotations.NullMarked;
