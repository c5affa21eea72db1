package dagrad.train;

import dagrad.graph.Graph;
import dagrad.optimizer.Lora;
import dagrad.tensor.HostTensor;
import dagrad.tensor.TensorSpec;
import java.util.Map;
import java.util.Optional;

/// A model that begins with weights of an earlier training: all of them go on being trained, or they are frozen and
/// adapters are trained.
///
/// @param weights by the parameters' names
/// @param lora the adapters, if there are to be any
public record Pretrained(Model model, Map<String, HostTensor> weights, Optional<Lora> lora) implements Model {
    public Pretrained {
        weights = Map.copyOf(weights);
    }

    @Override
    public Graph training(int batch) {
        return adapted(model.training(batch));
    }

    @Override
    public Graph evaluation(int batch) {
        return adapted(model.evaluation(batch));
    }

    private Graph adapted(Graph graph) {
        return lora.map(adapters -> adapters.adapt(graph)).orElse(graph);
    }

    /// @throws IllegalArgumentException if a weight is missing or has another shape
    @Override
    public Initializer initializer(String parameter, TensorSpec spec) {
        if (lora.isPresent()) {
            return Lora.isA(parameter) ? new Initializer.FanIn() : new Initializer.Fill(0);
        }
        return given(parameter, spec);
    }

    @Override
    public Initializer state(String state, TensorSpec spec) {
        return weights.containsKey(state) ? given(state, spec) : model.state(state, spec);
    }

    private Initializer given(String name, TensorSpec spec) {
        HostTensor weight = weights.get(name);
        if (weight == null || !weight.shape().equals(spec.shape())) {
            throw new IllegalArgumentException("the weights to begin with have "
                    + (weight == null ? "no \"" + name + "\"" : "\"" + name + "\" " + weight.spec())
                    + ", and the model has it as " + spec + "; choose the sizes that they were trained with");
        }
        return new Initializer.Given(weight);
    }
}
