package dagrad.precision;

import dagrad.graph.Graph;
import dagrad.models.Mlp;
import dagrad.models.NameModel;
import dagrad.models.bench.Extent;
import dagrad.models.bench.Networks;
import dagrad.models.data.CharacterWindows;
import dagrad.models.data.UnicodeNames;
import dagrad.models.jobs.FashionJob;
import dagrad.models.jobs.Jobs;
import dagrad.reference.SampleInputs;
import dagrad.tensor.HostTensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;

/// A model of the shipped ones, small, with something to feed it.
///
/// @param loss has a scalar output `loss` and parameters
public record ModelGraph(String name, Graph loss, Map<String, HostTensor> inputs) {
    /// All of them.
    public static Stream<ModelGraph> all() {
        return Stream.concat(
                Networks.NAMES.stream().map(ModelGraph::network),
                Stream.of(names(), fashion(), job("fashion-conv"), job("clip")));
    }

    /// One of all.
    public static ModelGraph of(String name) {
        return all().filter(model -> model.name().equals(name)).findFirst().orElseThrow();
    }

    /// One that `dagrad bench` knows.
    public static ModelGraph network(String name) {
        Networks.Network network = Networks.small(name);
        Map<String, HostTensor> inputs = new LinkedHashMap<>(network.data());
        inputs.putAll(network.parameters());
        return new ModelGraph(name, network.loss(), inputs);
    }

    private static ModelGraph names() {
        return sampled("names", new NameModel(new CharacterWindows(UnicodeNames.ALPHABET, 3), 4, 8).training(5));
    }

    private static ModelGraph fashion() {
        return sampled("fashion", Mlp.classifier(FashionJob.PIXELS, 6, 10).training(3));
    }

    private static ModelGraph job(String name) {
        return sampled(name, Jobs.losses().get(name).apply(Extent.SMALL));
    }

    private static ModelGraph sampled(String name, Graph loss) {
        return new ModelGraph(name, loss, SampleInputs.of(loss, 1));
    }

    @Override
    public String toString() {
        return name;
    }
}
