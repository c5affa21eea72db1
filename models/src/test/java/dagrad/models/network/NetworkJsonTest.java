package dagrad.models.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dagrad.io.FileException;
import dagrad.io.FormatException;
import dagrad.tensor.Literal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NetworkJsonTest {
    private static final Path LECTURE = Path.of("..", "examples", "lecture.json");

    private static final String DAMAGE = "{}[],:\"\\\0019-.eEw\ud800é";

    private static final String SMALL = """
            {"format": "dagrad-network", "version": 1,
             "inputs": {"x": 2}, "targets": {"t": 1}, "parameters": {"w": 3},
             "nodes": [
               {"name": "x", "activation": "sum", "arguments": [{"input": "x"}]},
               {"name": "y", "activation": "tanh", "arguments": [{"node": "x", "parameter": "w"}]},
               {"name": "J", "activation": "squared_error", "arguments": [{"node": "y"}, {"target": "t"}]}],
             "outputs": [{"node": "y"}],
             "objective": {"node": "J"}}
            """;

    @Test
    void readsTheLecturesExample() throws IOException {
        NetworkFile file = NetworkJson.read(LECTURE);

        assertThat(file.network().parameters()).containsExactly("θ1", "θ2", "θ3");
        assertThat(file.inputs()).isEqualTo(Literal.of(-1.0, 1.0));
        assertThat(file.network()).hasToString("8 nodes, 11 edges, 3 parameters");
    }

    @Test
    void writesWhatItReads() throws IOException {
        NetworkFile lecture = NetworkJson.read(LECTURE);
        RandomNetwork random = new RandomNetwork(3, 2, 5, 4, 6, 2, 0.5, Activation.GELU, 3);
        NetworkFile drawn =
                new NetworkFile(random.network(), random.theta(), Literal.of(0.1, 1e-30, -0.0), Literal.of(1.0, 2.0));

        assertThat(NetworkJson.parse(NetworkJson.text(lecture), "net")).isEqualTo(lecture);
        assertThat(NetworkJson.parse(NetworkJson.text(drawn), "net")).isEqualTo(drawn);
    }

    @Test
    void takesNodesInAnyOrder() {
        String turned = SMALL.replace(
                        "{\"name\": \"x\", \"activation\": \"sum\", \"arguments\": [{\"input\": \"x\"}]},", "")
                .replace(
                        "{\"target\": \"t\"}]}]",
                        "{\"target\": \"t\"}]}, {\"name\": \"x\", \"activation\": \"sum\", \"arguments\": [{\"input\": \"x\"}]}]");
        NetworkFile file = NetworkJson.parse(turned, "net");

        assertThat(turned).isNotEqualTo(SMALL);
        assertThat(file.network().nodes()).extracting(ScalarNetwork.Node::name).containsExactly("x", "y", "J");
        assertThat(Explain.of(file).gradient())
                .isEqualTo(Explain.of(NetworkJson.parse(SMALL, "net")).gradient());
    }

    /// Each line changes one place of a good network.
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"tanh\" | \"tan\" | net: node \"y\": there is no activation \"tan\"; use one of sum,",
                "{\"input\": \"x\"} | {\"input\": \"z\"} | net: node \"x\", argument 0: there is no input \"z\"; add it to the inputs or correct the name",
                "{\"target\": \"t\"} | {\"target\": \"u\"} | there is no target \"u\"",
                "\"node\": \"x\", | \"node\": \"q\", | node \"y\", argument 0: there is no node \"q\"",
                "\"node\": \"x\", | \"node\": \"J\", | net: the nodes \"y\" → \"J\" → \"y\" feed each other in a cycle; remove one of these edges",
                "\"node\": \"x\", | \"node\": \"y\", | the nodes \"y\" → \"y\" feed each other in a cycle",
                "\"parameter\": \"w\" | \"parameter\": \"v\" | there is no parameter \"v\"",
                "\"parameter\": \"w\" | \"weight\": 1 | net: no edge carries the parameter \"w\"",
                "\"parameter\": \"w\" | \"parameter\": \"w\", \"weight\": 1 | node \"y\", argument 0: it has both a parameter and a fixed weight; remove one",
                "\"parameter\": \"w\" | \"parameter\": \"w\", \"component\": 1 | node \"x\" (sum) has no component 1; it has 1, counted from 0",
                "\"parameter\": \"w\" | \"parameter\": \"w\", \"component\": 0.5 | \"component\" must be a whole number of at most 31 bits, not 0.5",
                "\"parameter\": \"w\" | \"parameter\": \"w\", \"component\": -1 | node \"x\" (sum) has no component -1",
                "\"parameter\": \"w\" | \"parameter\": 4 | \"parameter\" must be a string, not 4",
                "\"parameter\": \"w\" | \"weight\": \"w\" | \"weight\" must be a number",
                "\"parameter\": \"w\" | \"weight\": \"inf\" | \"weight\" must be a finite number, not Infinity",
                "\"parameter\": \"w\" | \"wait\": 2 | node \"y\", argument 0: unknown field \"wait\"",
                "{\"target\": \"t\"} | {\"target\": \"t\", \"weight\": 2} | node \"J\", argument 1: unknown field \"weight\"",
                "{\"target\": \"t\"} | {\"target\": \"t\", \"node\": \"y\"} | it needs exactly one of the fields input, target, node, not target and node",
                "{\"target\": \"t\"} | {} | it needs exactly one of the fields input, target, node, not none",
                "{\"target\": \"t\"} | [] | it must be an object { … }, not []",
                "\"t\": 1 | \"t\": \"1\" | net: targets: \"t\" must be a number",
                "\"t\": 1 | \"t\": 1e999 | \"t\" has a number beyond all doubles",
                "\"t\": 1 | \"t\": \"nan\" | \"t\" must be a finite number, not NaN",
                "\"t\": 1 | \"t\": 1, \"t\": 2 | a second field",
                "\"outputs\" | \"outpits\" | net: unknown field \"outpits\"; did you mean \"outputs\"?",
                "\"name\": \"y\" | \"name\": \"J\" | two nodes are named \"J\"; rename one",
                "\"name\": \"y\", | `` | net: node 1: the field \"name\" is missing",
                "{\"node\": \"y\"}, | `` | node \"J\" has 1 arguments, but squared_error needs an even number",
                "dagrad-network | dagrad-graph | \"format\" must be \"dagrad-network\", not \"dagrad-graph\"",
                "\"version\": 1 | \"version\": 2 | it has version 2; this program reads version 1",
                "\"version\": 1, | `` | the field \"version\" is missing",
                "\"objective\": {\"node\": \"J\"}} | \"objective\": {\"node\": \"J\"} | it ends in the middle; is it cut off?",
                "\"objective\": {\"node\": \"J\"}} | \"objective\": {\"node\": \"J\"}} {} | it is no JSON",
                "\"objective\": {\"node\": \"J\"} | \"objective\": {} | net: objective: the field \"node\" is missing",
                "\"objective\": {\"node\": \"J\"} | \"objective\": {\"node\": \"J\", \"parameter\": \"w\"} | net: objective: unknown field \"parameter\"",
            })
    void refuses(String part, String replacement, String message) {
        String text = SMALL.replace(part, replacement);

        assertThat(text).isNotEqualTo(SMALL);
        assertThatThrownBy(() -> NetworkJson.parse(text, "net"))
                .isInstanceOf(FormatException.class)
                .hasMessageContaining(message)
                .hasMessageStartingWith("net")
                .message()
                .doesNotContain("\n");
    }

    /// Bytes changed, doubled or left out at random places: what comes is a network or a one-line message.
    @Property(tries = 3000)
    void survivesDamage(@ForAll @Size(min = 1, max = 4) List<@IntRange(max = 4000) Integer> places, @ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        StringBuilder text = new StringBuilder(SMALL);
        for (int place : places) {
            int at = place % text.length();
            switch (random.nextInt(4)) {
                case 0 -> text.deleteCharAt(at);
                case 1 -> text.insert(at, text.charAt(at));
                case 2 -> text.setCharAt(at, DAMAGE.charAt(random.nextInt(DAMAGE.length())));
                default -> text.setLength(Math.max(4, at));
            }
        }
        try {
            assertThat(NetworkJson.parse(text.toString(), "net").network().nodes())
                    .isNotEmpty();
        } catch (FormatException e) {
            assertThat(e.getMessage()).startsWith("net").doesNotContain("\n");
        }
    }

    @Test
    void refusesWhatIsNoFile() {
        assertThatThrownBy(() -> NetworkJson.read(Path.of("none.json")))
                .isInstanceOf(FileException.class)
                .hasMessage("cannot read none.json: there is no none.json");
        assertThatThrownBy(() -> NetworkJson.parse("", "net")).hasMessage("net: it is empty");
        assertThatThrownBy(() -> NetworkJson.parse("[]", "net")).hasMessage("net: it must be an object { … }, not []");
    }

    /// docs/network-json.md shows the shipped example and what `explain` prints for it.
    @Test
    void theDocumentationIsTrue() throws IOException {
        String page = Files.readString(Path.of("..", "docs", "network-json.md"));

        assertThat(page).contains(Files.readString(LECTURE));
        assertThat(page).contains(Explain.of(NetworkJson.read(LECTURE)).toText());
        for (Activation activation : Activation.values()) {
            assertThat(page).contains("`" + activation.text() + "`");
        }
    }
}
