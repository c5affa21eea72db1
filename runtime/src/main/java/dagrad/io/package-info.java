/// Files: graphs as JSON ([GraphJson][dagrad.io.GraphJson]), tensors as safetensors
/// ([Safetensors][dagrad.io.Safetensors]), and what others build their own formats from: JSON objects taken field by
/// field ([Fields][dagrad.io.Fields]) and files that appear whole or not at all ([AtomicFile][dagrad.io.AtomicFile]).
///
/// Files come from strangers. Whatever is in them, a reader here answers with a value, or with a
/// [FormatException][dagrad.io.FormatException] that says in one line what is wrong and where; nothing is allocated
/// that the file's own size does not warrant. What the file system refuses is a
/// [FileException][dagrad.io.FileException].
///
/// Readers of data sets are in `data`. Nothing in here runs anything.
@NullMarked
package dagrad.io;

import org.jspecify.annotations.NullMarked;
