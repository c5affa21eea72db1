package dagrad.cuda.code;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/// A generated kernel: its comment, parameters and statements become a source whose name ends in a hash of all that.
/// The text has nothing of the launch it was made for but what it does, so that equal work in all layers of a network
/// is one kernel.
///
/// @param name what it does
/// @param comment its formulas
/// @param threads of a block, at most
record KernelText(String name, List<String> comment, List<String> parameters, int threads, Text statements) {
    /// The hash's place until it is known.
    private static final String HASH = "HASH";

    Call.Kernel call(Grid grid, List<Argument> arguments) {
        Text text = new Text();
        comment.forEach(line -> text.line("// " + line));
        String head = "extern \"C\" __global__ void __launch_bounds__(" + threads + ") ";
        text.open(head + name + "_" + HASH + "(" + String.join(", ", parameters) + ")");
        text.append(statements);
        text.close();
        String hash = hash(text.toString());
        String source = text.toString().replace(name + "_" + HASH + "(", name + "_" + hash + "(");
        return new Call.Kernel(new Source.Generated(source), name + "_" + hash, grid, arguments);
    }

    private static String hash(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, 6);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
