/// The data that the shipped jobs train on, and how it becomes examples: the names of Unicode's symbols
/// ([UnicodeNames][dagrad.models.data.UnicodeNames]), which every JDK contains, cut into contexts and next characters
/// ([CharacterWindows][dagrad.models.data.CharacterWindows]), and pictures of clothes
/// ([FashionMnist][dagrad.models.data.FashionMnist]), which are found or downloaded. Images of one's own come from an
/// [ImageFolder][dagrad.models.data.ImageFolder]; [Captioned][dagrad.models.data.Captioned] are images with what is
/// said of them, in [Words][dagrad.models.data.Words].
///
/// Readers of file formats and batches are in `dagrad.data`; models are not in here.
@NullMarked
package dagrad.models.data;

import org.jspecify.annotations.NullMarked;
