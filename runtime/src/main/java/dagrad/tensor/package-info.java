/// What a tensor is, before anything is computed with it: element types ([DType][dagrad.tensor.DType]),
/// shapes, their pair ([TensorSpec][dagrad.tensor.TensorSpec]), tensors in host memory
/// ([HostTensor][dagrad.tensor.HostTensor]), and numbers that are part of a graph ([Literal][dagrad.tensor.Literal]).
///
/// Nothing in here knows of graphs or devices.
@NullMarked
package dagrad.tensor;

import org.jspecify.annotations.NullMarked;
