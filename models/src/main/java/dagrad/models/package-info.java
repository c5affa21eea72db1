/// Models as library code: each a record of its sizes that builds a graph for any batch.
///
/// [Mlp][dagrad.models.Mlp] is the lecture's network of layers, [NameModel][dagrad.models.NameModel] a language model of
/// characters; `transformer` has decoders of texts, which `text` makes tokens of; `network` has the general graph of scalar nodes, `jobs` trains models on real data, `bench` measures.
///
/// No device is known here.
@NullMarked
package dagrad.models;

import org.jspecify.annotations.NullMarked;
