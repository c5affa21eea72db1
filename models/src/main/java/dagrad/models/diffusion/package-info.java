/// Denoising diffusion: how much noise there is at each time ([NoiseSchedule][dagrad.models.diffusion.NoiseSchedule]),
/// the network that estimates it ([UNet][dagrad.models.diffusion.UNet]), and how its estimates lead from noise to an
/// image ([Denoising][dagrad.models.diffusion.Denoising]).
///
/// No data, no files, no devices but those that evaluators bring.
@NullMarked
package dagrad.models.diffusion;

import org.jspecify.annotations.NullMarked;
