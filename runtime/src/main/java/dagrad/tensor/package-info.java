/// What a tensor is, before anything is computed with it: element types ([DType][dagrad.tensor.DType]),
/// shapes, their pair ([TensorSpec][dagrad.tensor.TensorSpec]), and tensors in host memory
/// ([HostTensor][dagrad.tensor.HostTensor]).
///
/// Nothing in here knows of graphs or devices.
@NullMarked
package dagrad.tensor;

import org.jspecify.annotations.NullMarked;
