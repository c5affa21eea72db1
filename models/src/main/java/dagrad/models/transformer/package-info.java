/// Decoder transformers: the model ([Transformer][dagrad.models.transformer.Transformer]) and how it continues texts
/// ([Continuation][dagrad.models.transformer.Continuation]).
///
/// [HuggingFaceGpt2][dagrad.models.transformer.HuggingFaceGpt2] reads and writes GPT-2's files.
///
/// Only tokens are known here; what they stand for is in `dagrad.models.text`.
@NullMarked
package dagrad.models.transformer;

import org.jspecify.annotations.NullMarked;
