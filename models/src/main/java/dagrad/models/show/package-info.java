/// What people look at after a training: [ImageGrid][dagrad.models.show.ImageGrid] for images with captions,
/// [Heatmap][dagrad.models.show.Heatmap] for numbers in rows and columns,
/// [ConfusionMatrix][dagrad.models.show.ConfusionMatrix] for what a classifier takes for what, and
/// [TensorImages][dagrad.models.show.TensorImages], which makes images of tensors. Everything is drawn into a
/// `BufferedImage`, needs no screen, and is put into a run's folder by
/// [Training][dagrad.models.jobs.Training]'s `picture`. Curves are `dagrad.train.Chart`'s.
///
/// Nothing is computed here that somebody could want as a number.
@NullMarked
package dagrad.models.show;

import org.jspecify.annotations.NullMarked;
