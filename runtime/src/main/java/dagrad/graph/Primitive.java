package dagrad.graph;

/// An operation that every backend computes itself, and the only kind that the reference knows.
public sealed interface Primitive extends Op
        permits Input,
                Constant,
                Pointwise,
                Cast,
                MatMul,
                Reduce,
                ArgMax,
                Reshape,
                Permute,
                Broadcast,
                Slice,
                Pad,
                Concat,
                Gather,
                ScatterAdd,
                Iota,
                Philox,
                Unfold,
                Fold {}
