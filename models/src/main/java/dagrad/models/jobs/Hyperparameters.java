package dagrad.models.jobs;

import dagrad.io.FormatException;
import dagrad.io.Nearest;
import dagrad.io.Yaml;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// All that can be chosen about a job, with the values chosen. A job declares them with their standards; a
/// configuration and a command line put others in their place; the job asks for them by name. Immutable.
///
/// The methods that ask throw [IllegalArgumentException] if there is no such hyperparameter: a fault of the job.
public final class Hyperparameters {
    private final Map<String, Hyperparameter> declared;
    private final Map<String, JsonNode> values;

    private Hyperparameters(Map<String, Hyperparameter> declared, Map<String, JsonNode> values) {
        this.declared = declared;
        this.values = values;
    }

    /// All with their standards.
    public static Hyperparameters of(Hyperparameter... declared) {
        return of(List.of(declared));
    }

    private static Hyperparameters of(List<Hyperparameter> all) {
        Map<String, Hyperparameter> declared = new LinkedHashMap<>();
        Map<String, JsonNode> values = new LinkedHashMap<>();
        for (Hyperparameter each : all) {
            if (declared.put(each.name(), each) != null) {
                throw new IllegalArgumentException("two hyperparameters have the name " + each.name());
            }
            values.put(each.name(), each.standard());
        }
        return new Hyperparameters(declared, values);
    }

    /// These, and then the others, all with their standards.
    public Hyperparameters and(Hyperparameters others) {
        List<Hyperparameter> all = new ArrayList<>(declared.values());
        all.addAll(others.declared.values());
        return of(all);
    }

    /// In the order in which they were declared.
    public List<Hyperparameter> declared() {
        return List.copyOf(declared.values());
    }

    public boolean has(String name) {
        return declared.containsKey(name);
    }

    /// The same with another value.
    ///
    /// @param value as YAML: `0.1`, `[256, 128]`
    /// @throws FormatException if there is none of that name, or it has no such value
    public Hyperparameters with(String name, String value) {
        Kind kind = known(name, "").kind();
        JsonNode given = kind instanceof Kind.Text || value.isBlank()
                ? JsonNodeFactory.instance.stringNode(value)
                : Yaml.parse(value, name);
        return with(name, given, "");
    }

    /// The same with another standard: for a job whose common hyperparameters are not quite the common ones.
    public Hyperparameters standing(String name, Object value) {
        Hyperparameter old = known(name, "");
        JsonNode standard = Yaml.parse(value.toString(), name);
        return of(declared.values().stream()
                .map(each -> each.equals(old)
                        ? new Hyperparameter(
                                name, old.kind(), old.kind().read(standard).orElse(standard), old.description())
                        : each)
                .toList());
    }

    public Hyperparameters with(String name, double value) {
        return with(name, JsonNodeFactory.instance.numberNode(value), "");
    }

    public Hyperparameters with(String name, long value) {
        return with(name, JsonNodeFactory.instance.numberNode(value), "");
    }

    private Hyperparameters with(String name, JsonNode given, String where) {
        Kind kind = known(name, where).kind();
        Map<String, JsonNode> changed = new LinkedHashMap<>(values);
        changed.put(
                name,
                kind.read(given)
                        .orElseThrow(() -> new FormatException(where + name + " must be " + kind.text() + ", not "
                                + (given.isString() ? FormatException.quoted(given.stringValue()) : given))));
        return new Hyperparameters(declared, changed);
    }

    private Hyperparameter known(String name, String where) {
        Hyperparameter found = declared.get(name);
        if (found == null) {
            String hint = Nearest.hint(name, declared.keySet());
            throw new FormatException(where + "there is no hyperparameter " + FormatException.quoted(name)
                    + (hint.isEmpty() ? "; there are " + String.join(", ", declared.keySet()) : hint));
        }
        return found;
    }

    /// The same with the values of a configuration; `job` in it is left alone.
    ///
    /// @param config an object whose fields are hyperparameters
    /// @param file where it is from, for messages
    /// @throws FormatException if there is a field of another name, or with a value that is not allowed
    public Hyperparameters with(JsonNode config, String file) {
        if (!config.isObject()) {
            throw new FormatException(file + ": it must hold lines such as \"batch: 64\"");
        }
        Hyperparameters result = this;
        for (Map.Entry<String, JsonNode> field : config.properties()) {
            if (!field.getKey().equals(SavedRun.JOB)) {
                result = result.with(field.getKey(), field.getValue(), file + ": ");
            }
        }
        return result;
    }

    private JsonNode value(String name) {
        JsonNode value = values.get(name);
        if (value == null) {
            throw new IllegalArgumentException(
                    "no hyperparameter " + name + " is declared; there are " + values.keySet());
        }
        return value;
    }

    public int integer(String name) {
        return Math.toIntExact(value(name).longValue());
    }

    public long whole(String name) {
        return value(name).longValue();
    }

    public double number(String name) {
        return value(name).doubleValue();
    }

    public String text(String name) {
        return value(name).stringValue();
    }

    public boolean flag(String name) {
        return value(name).booleanValue();
    }

    public List<Integer> integers(String name) {
        List<Integer> result = new ArrayList<>();
        value(name).forEach(each -> result.add(each.intValue()));
        return result;
    }

    public <E extends Enum<E>> E oneOf(String name, Class<E> type) {
        String word = text(name);
        return Arrays.stream(type.getEnumConstants())
                .filter(constant -> Hyperparameter.word(constant).equals(word))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(name + " is no " + type.getSimpleName() + ": " + word));
    }

    /// The values as a configuration.
    public ObjectNode toJson() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        values.forEach(json::set);
        return json;
    }

    @Override
    public String toString() {
        return toJson().toString();
    }
}
