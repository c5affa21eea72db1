/// Tests of denoising.
@NullMarked
package dagrad.models.diffusion;

import org.jspecify.annotations.NullMarked;
