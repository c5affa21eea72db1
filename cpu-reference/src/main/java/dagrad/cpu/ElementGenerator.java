package dagrad.cpu;

import dagrad.graph.Cast;
import dagrad.graph.Constant;
import dagrad.graph.Graph;
import dagrad.graph.Input;
import dagrad.graph.Node;
import dagrad.graph.Op;
import dagrad.graph.Pointwise;
import dagrad.graph.ScalarFn;
import dagrad.graph.Value;
import dagrad.tensor.DType;
import java.lang.classfile.ClassFile;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;

/// Makes [ElementCode] of a body: the JVM's compiler is our NVRTC. All that is simple arithmetic goes into one loop
/// with the same index in every array, which the compiler vectorises; functions such as exp are loops of [FloatMath]
/// over whole tiles, so they split the code into stages: loop, functions, loop, ….
final class ElementGenerator {
    private static final ClassDesc CODE = ClassDesc.of("dagrad.cpu.ElementCode");
    private static final ClassDesc FLOATS = ConstantDescs.CD_float.arrayType();
    private static final ClassDesc BITS = ClassDesc.of("dagrad.cpu.FloatMath$Bits");
    private static final MethodTypeDesc RUN = MethodTypeDesc.of(
            ConstantDescs.CD_void,
            ConstantDescs.CD_Object.arrayType(),
            FLOATS,
            ConstantDescs.CD_int,
            ConstantDescs.CD_int,
            BITS);
    private static final Map<String, ElementCode> CACHE = new ConcurrentHashMap<>();

    private final Graph body;
    private final List<Value> results;
    private final BitSet scalars;
    private final Map<Value, Integer> stages = new HashMap<>();
    private final Map<Value, Integer> arrays = new HashMap<>();
    private final List<Value> between = new ArrayList<>();
    private final int reads;
    private final int[] inPlace;

    private ElementGenerator(Graph body, List<Value> results, int reads, BitSet scalars, int[] inPlace) {
        this.body = body;
        this.results = results;
        this.reads = reads;
        this.scalars = scalars;
        this.inPlace = inPlace;
        body.nodes().forEach(n -> stages.put(n.out(0), stage(n)));
        for (int i = 0; i < results.size(); i++) {
            if (!(body.node(results.get(i)).op() instanceof Input)) {
                arrays.putIfAbsent(results.get(i), resultArray(i));
            }
        }
        body.nodes().forEach(this::keepBetweenStages);
    }

    /// Code, and what it needs besides operands and results.
    ///
    /// @param between the values for which arrays must be given after the results'
    /// @param staged whether it calls functions over whole tiles, so that it must run from 0 on
    record Compiled(ElementCode code, List<DType> between, boolean staged) {}

    /// @param results values of the body
    /// @param reads number of operands
    /// @param scalars which of them are scalars
    /// @param inPlace for each result the operand whose array it shares, or -1; empty if none does
    /// @return empty if a type other than f32 and i32 occurs
    static Optional<Compiled> compile(Graph body, List<Value> results, int reads, BitSet scalars, int[] inPlace) {
        boolean known = body.nodes().stream()
                .map(n -> n.outputs().getFirst().dtype())
                .allMatch(t -> t == DType.F32 || t == DType.I32);
        if (!known) {
            return Optional.empty();
        }
        ElementGenerator generator = new ElementGenerator(body, results, reads, scalars, inPlace);
        ElementCode code = CACHE.computeIfAbsent(generator.key(), _ -> generator.define());
        return Optional.of(new Compiled(
                code,
                generator.between.stream().map(v -> body.spec(v).dtype()).toList(),
                generator.stages.values().stream().anyMatch(s -> s > 0)));
    }

    /// Bodies that differ in origins and shapes alone share a class.
    private String key() {
        StringBuilder key = new StringBuilder()
                .append(reads)
                .append(scalars)
                .append(results)
                .append(Arrays.toString(inPlace));
        for (Node n : body.nodes()) {
            String detail = switch (n.op()) {
                case Constant c -> String.valueOf(c.fill());
                case Input in -> in.label();
                case Op op -> op.name();
            };
            key.append(detail)
                    .append(n.outputs().getFirst().dtype())
                    .append(n.inputs())
                    .append(';');
        }
        return key.toString();
    }

    // ---- stages ---------------------------------------------------------------------------------------------------

    static boolean isTileFunction(Node node) {
        return node.op() instanceof Pointwise(ScalarFn fn) && fn.isTranscendental();
    }

    /// The number of tile functions that come before a value at most.
    private int stage(Node node) {
        int before = node.inputs().stream().mapToInt(stages::get).max().orElse(0);
        return isTileFunction(node) ? before + 1 : before;
    }

    /// Gives an array to what a later stage reads: results of tile functions, their operands, and values that a later
    /// loop uses. Operands of the code and constants are at hand anyway.
    private void keepBetweenStages(Node node) {
        Value value = node.out(0);
        if (isTileFunction(node)) {
            keep(value);
            node.inputs().forEach(this::keep);
        }
        for (Value in : node.inputs()) {
            Op op = body.node(in).op();
            if (stages.get(in) < stages.get(value) && (op instanceof Pointwise || op instanceof Cast)) {
                keep(in);
            }
        }
    }

    private void keep(Value value) {
        boolean given = body.node(value).op() instanceof Input(String label, var _, var _)
                && !scalars.get(Integer.parseInt(label.substring(2)));
        if (!given && !arrays.containsKey(value)) {
            arrays.put(value, reads + results.size() + between.size());
            between.add(value);
        }
    }

    // ---- the class ------------------------------------------------------------------------------------------------

    private ElementCode define() {
        byte[] bytes = ClassFile.of()
                .build(
                        ClassDesc.of("dagrad.cpu.Elementwise"),
                        c -> c.withInterfaceSymbols(CODE)
                                .withMethodBody(
                                        ConstantDescs.INIT_NAME,
                                        ConstantDescs.MTD_void,
                                        ClassFile.ACC_PUBLIC,
                                        code -> code.aload(0)
                                                .invokespecial(
                                                        ConstantDescs.CD_Object,
                                                        ConstantDescs.INIT_NAME,
                                                        ConstantDescs.MTD_void)
                                                .return_())
                                .withMethodBody(
                                        "run",
                                        RUN,
                                        ClassFile.ACC_PUBLIC,
                                        code -> new ElementEmitter(code, this).emit()));
        try {
            MethodHandles.Lookup hidden = MethodHandles.lookup().defineHiddenClass(bytes, true);
            return (ElementCode) hidden.findConstructor(hidden.lookupClass(), MethodType.methodType(void.class))
                    .invoke();
        } catch (Throwable e) {
            throw new IllegalStateException("generated code does not load:\n" + body, e);
        }
    }

    Graph body() {
        return body;
    }

    List<Value> results() {
        return results;
    }

    int lastStage() {
        return stages.values().stream().mapToInt(s -> s).max().orElse(0);
    }

    int stage(Value value) {
        return stages.get(value);
    }

    boolean isScalar(int operand) {
        return scalars.get(operand);
    }

    /// The number of the array that holds a computed value, if it has one.
    OptionalInt array(Value value) {
        return arrays.containsKey(value) ? OptionalInt.of(arrays.get(value)) : OptionalInt.empty();
    }

    /// The number of the array that a result goes to: an operand's, if it is computed in place.
    int resultArray(int result) {
        return inPlace.length > result && inPlace[result] >= 0 ? inPlace[result] : reads + result;
    }
}
