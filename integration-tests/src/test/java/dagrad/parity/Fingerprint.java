package dagrad.parity;

import dagrad.graph.Graph;
import dagrad.precision.ModelGraph;
import dagrad.precision.Precision;
import dagrad.reference.ModelCheck;
import dagrad.tensor.HostTensor;
import java.lang.foreign.ValueLayout;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/// A program of its own: prints a hash of all that CUDA computes of some models' losses and gradients, for comparison
/// between processes.
final class Fingerprint {
    private Fingerprint() {}

    public static void main(String... arguments) throws NoSuchAlgorithmException {
        MessageDigest hash = MessageDigest.getInstance("SHA-256");
        try (Devices devices = new Devices()) {
            for (String name : List.of("gpt", "conv", "network")) {
                for (Precision precision : List.of(Precision.F32, Precision.BF16)) {
                    ModelGraph model = ModelGraph.network(name);
                    Graph joint = ModelCheck.withGradients(precision.of(model.loss()));
                    for (HostTensor tensor :
                            devices.run("cuda", joint, model.inputs()).values()) {
                        hash.update(tensor.data().toArray(ValueLayout.JAVA_BYTE));
                    }
                }
            }
        }
        System.out.println("fingerprint " + HexFormat.of().formatHex(hash.digest()));
    }
}
