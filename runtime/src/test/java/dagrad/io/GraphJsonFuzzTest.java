package dagrad.io;

import static dagrad.io.Mutations.survives;

import dagrad.graph.Graph;
import java.nio.charset.StandardCharsets;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/// Whatever is in a file, the reader gives a sound graph or says in one line what is wrong.
class GraphJsonFuzzTest {
    private static final String SMALL = GraphJson.text(GraphJsonTest.step());
    private static final String LARGE = GraphJson.text(EveryOp.graph());

    private static void read(String text) {
        survives(
                () -> {
                    Graph graph = GraphJson.parse(text, "fuzz.json");
                    graph.verify();
                },
                "fuzz.json");
    }

    @Provide
    static Arbitrary<byte[]> noise() {
        return Mutations.noise();
    }

    @Property(tries = 1000)
    void noise(@ForAll("noise") byte[] bytes) {
        read(Mutations.text(bytes));
    }

    @Provide
    static Arbitrary<byte[]> damaged() {
        return Mutations.of(SMALL.getBytes(StandardCharsets.UTF_8));
    }

    @Property(tries = 1000)
    void damaged(@ForAll("damaged") byte[] bytes) {
        read(Mutations.text(bytes));
    }

    @Provide
    static Arbitrary<String> otherNumbers() {
        return Mutations.numbers(LARGE);
    }

    @Property(tries = 1000)
    void otherNumbers(@ForAll("otherNumbers") String text) {
        read(text);
    }
}
