package dagrad.models.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dagrad.io.FormatException;
import dagrad.io.Yaml;
import dagrad.precision.Precision;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HyperparametersTest {
    private static final Hyperparameters SOME = Hyperparameters.of(
                    Hyperparameter.wholes("hidden", List.of(256), 1, "layers"))
            .and(Common.declared(100, 1, 32, 1e-3));

    private static Hyperparameters configured(String yaml) {
        return SOME.with(Yaml.parse(yaml, "run.yaml"), "run.yaml");
    }

    @Test
    void aConfigurationPutsValuesInThePlaceOfStandards() {
        Hyperparameters chosen = configured("""
                # a comment
                job: names
                hidden: [64, 32]
                learning_rate: 3e-4
                batch: 8
                precision: bf16
                data: 2024
                """);
        assertThat(chosen.integers("hidden")).containsExactly(64, 32);
        assertThat(chosen.number("learning_rate")).isEqualTo(3e-4);
        assertThat(new Common(chosen).batch()).isEqualTo(8);
        assertThat(new Common(chosen).precision()).isEqualTo(Precision.BF16);
        assertThat(chosen.text("data")).isEqualTo("2024");
        assertThat(chosen.number("weight_decay")).isEqualTo(SOME.number("weight_decay"));
    }

    @Test
    void whatIsWrittenIsReadAgain() {
        Hyperparameters chosen = SOME.with("hidden", "7").with("clip_norm", "1");
        assertThat(configured(chosen.toJson().toString()).toString()).isEqualTo(chosen.toString());
        assertThat(chosen.integers("hidden")).containsExactly(7);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    bacth: 3            | run.yaml: there is no hyperparameter "bacth"; did you mean "batch"?
                    batch: 0            | run.yaml: batch must be a whole number from 1 to 2147483647, not 0
                    batch: 1.5          | run.yaml: batch must be a whole number from 1 to 2147483647, not 1.5
                    batch: many         | run.yaml: batch must be a whole number from 1 to 2147483647, not "many"
                    batch: 9999999999   | run.yaml: batch must be a whole number from 1 to 2147483647, not 9999999999
                    warm_up: 1.1        | run.yaml: warm_up must be a number of at least 0.0 and at most 1.0, not 1.1
                    learning_rate: 0    | run.yaml: learning_rate must be a number above 0.0, not 0
                    learning_rate: NaN  | run.yaml: learning_rate must be a number above 0.0, not "NaN"
                    hidden: [3, 0]      | run.yaml: hidden must be a list of whole numbers of at least 1
                    precision: f16      | run.yaml: precision must be one of f32, tf32, bf16, not "f16"
                    data: [a]           | run.yaml: data must be a text
                    seed: null          | run.yaml: seed must be a whole number
                    7                   | run.yaml: it must hold lines such as "batch: 64"
                    'batch: [1'         | run.yaml line 1 column
                    'a: &x [1]'         | there is no hyperparameter "a"
                    """)
    void whatIsWrongIsSaid(String yaml, String message) {
        assertThatThrownBy(() -> configured(yaml))
                .isInstanceOf(FormatException.class)
                .hasMessageContaining(message);
    }

    @Test
    void namesThatStandTwiceAreErrors() {
        assertThatThrownBy(() -> configured("batch: 1\nbatch: 2\n"))
                .isInstanceOf(FormatException.class)
                .hasMessageContaining("run.yaml line 2");
    }

    @Test
    void epochsAreRoundedToSteps() {
        Hyperparameters chosen = SOME.with("steps", 0).with("epochs", 1.5).with("accumulation", 2);
        assertThat(new Common(chosen).steps(640)).isEqualTo(15);
        assertThat(new Common(chosen).steps(3)).isEqualTo(1);
        assertThat(new Common(SOME).steps(640)).isEqualTo(100);
    }
}
