/// Texts as tokens: how a text becomes numbers and numbers a text ([Tokenizer][dagrad.models.text.Tokenizer]), and how
/// files of any size become a [TokenFile][dagrad.data.TokenFile] once and for all
/// ([Corpus][dagrad.models.text.Corpus]).
///
/// No model is known here.
@NullMarked
package dagrad.models.text;

import org.jspecify.annotations.NullMarked;
