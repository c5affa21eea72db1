package dagrad.cuda.driver;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import jcuda.nvrtc.JNvrtc;
import jcuda.nvrtc.nvrtcProgram;
import jcuda.nvrtc.nvrtcResult;

/// CUDA's compiler as a library. It needs no device.
public final class Nvrtc {
    /// What came of a program.
    public sealed interface Outcome {
        /// Machine code, or PTX with a zero byte at its end.
        record Code(byte[] image) implements Outcome {}

        /// The compiler's messages.
        record Errors(String log) implements Outcome {}
    }

    private Nvrtc() {}

    /// `12.6`
    public static String version() {
        int[] major = new int[1];
        int[] minor = new int[1];
        Status.checkNvrtc(JNvrtc.nvrtcVersion(major, minor), "ask for NVRTC's version");
        return major[0] + "." + minor[0];
    }

    /// The compute capabilities that it makes machine code for, ten times each, in ascending order.
    public static List<Integer> capabilities() {
        int[] count = new int[1];
        Status.checkNvrtc(JNvrtc.nvrtcGetNumSupportedArchs(count), "ask for NVRTC's targets");
        int[] targets = new int[count[0]];
        Status.checkNvrtc(JNvrtc.nvrtcGetSupportedArchs(targets), "ask for NVRTC's targets");
        return Arrays.stream(targets).sorted().boxed().toList();
    }

    /// @param name of the text, for messages
    /// @param headers that the text includes, by name
    /// @param ptx whether PTX is wanted instead of machine code
    public static Outcome compile(
            String name, String text, Map<String, String> headers, List<String> options, boolean ptx) {
        nvrtcProgram program = new nvrtcProgram();
        Status.checkNvrtc(
                JNvrtc.nvrtcCreateProgram(
                        program,
                        text,
                        name,
                        headers.size(),
                        headers.values().toArray(String[]::new),
                        headers.keySet().toArray(String[]::new)),
                "give " + name + " to NVRTC");
        try {
            int status = JNvrtc.nvrtcCompileProgram(program, options.size(), options.toArray(String[]::new));
            if (status == nvrtcResult.NVRTC_ERROR_COMPILATION || status == nvrtcResult.NVRTC_ERROR_INVALID_OPTION) {
                return new Outcome.Errors(log(program));
            }
            Status.checkNvrtc(status, "compile " + name);
            return new Outcome.Code(ptx ? ptx(program) : cubin(program));
        } finally {
            JNvrtc.nvrtcDestroyProgram(program);
        }
    }

    private static String log(nvrtcProgram program) {
        String[] log = new String[1];
        Status.checkNvrtc(JNvrtc.nvrtcGetProgramLog(program, log), "read NVRTC's messages");
        return log[0] == null ? "" : log[0].strip();
    }

    private static byte[] cubin(nvrtcProgram program) {
        long[] size = new long[1];
        Status.checkNvrtc(JNvrtc.nvrtcGetCUBINSize(program, size), "read NVRTC's code");
        byte[] image = new byte[Math.toIntExact(size[0])];
        Status.checkNvrtc(JNvrtc.nvrtcGetCUBIN(program, image), "read NVRTC's code");
        return image;
    }

    private static byte[] ptx(nvrtcProgram program) {
        String[] text = new String[1];
        Status.checkNvrtc(JNvrtc.nvrtcGetPTX(program, text), "read NVRTC's code");
        byte[] bytes = text[0].getBytes(StandardCharsets.US_ASCII);
        return bytes[bytes.length - 1] == 0 ? bytes : Arrays.copyOf(bytes, bytes.length + 1);
    }
}
