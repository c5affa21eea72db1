/// What a device must offer ([Backend][dagrad.backend.Backend], [Executable][dagrad.backend.Executable]) and how one
/// is found
/// ([Backends][dagrad.backend.Backends]). No device is named here: they come through the ServiceLoader.
@NullMarked
package dagrad.backend;

import org.jspecify.annotations.NullMarked;
