/// Models as library code: each a record of its sizes that builds a graph for any batch.
///
/// [Mlp][dagrad.models.Mlp] is the lecture's network of layers and [ConvNet][dagrad.models.ConvNet] one of
/// convolutions, both [Classifier][dagrad.models.Classifier]s; [NameModel][dagrad.models.NameModel] is a language model
/// of characters, [Clip][dagrad.models.Clip] puts images and captions into one space. `transformer` has decoders of
/// texts, which `text` makes tokens of; `network` has the general graph of scalar nodes, `jobs` trains models on real
/// data, `show` draws what people look at, `bench` measures.
///
/// No device is known here.
@NullMarked
package dagrad.models;

import org.jspecify.annotations.NullMarked;
