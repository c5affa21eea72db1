/// Data sets: readers of their files ([Idx][dagrad.data.Idx], [Npy][dagrad.data.Npy], [Csv][dagrad.data.Csv]), the
/// examples ([Examples][dagrad.data.Examples], made of [Column][dagrad.data.Column]s) and how they come in batches
/// ([Batches][dagrad.data.Batches]), texts as files of tokens ([TokenFile][dagrad.data.TokenFile]), images as files
/// ([ImageFiles][dagrad.data.ImageFiles]) and how they vary in training ([Augmentation][dagrad.data.Augmentation]), and
/// how a data set comes from the web ([Download][dagrad.data.Download]).
///
/// The readers keep to the rule of `io`: whatever is in a file, the answer is a value or a
/// [FormatException][dagrad.io.FormatException] of one line, and nothing is allocated that the file's size does not
/// warrant. Nothing in here knows of graphs or devices; particular data sets are in the models.
@NullMarked
package dagrad.data;

import org.jspecify.annotations.NullMarked;
