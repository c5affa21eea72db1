package dagrad.models.network;

import dagrad.tensor.Literal;

/// What a network file holds ([NetworkJson]): a network and the numbers to evaluate it with.
///
/// @param theta one number for each parameter
/// @param inputs one example's x
/// @param targets the same example's target
public record NetworkFile(ScalarNetwork network, Literal theta, Literal inputs, Literal targets) {}
