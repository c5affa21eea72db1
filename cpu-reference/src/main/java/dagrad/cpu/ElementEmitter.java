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
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.Opcode;
import java.lang.classfile.TypeKind;
import java.lang.classfile.instruction.OperatorInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Writes the bytecode of [ElementCode#run]. Within an iteration everything is computed into local variables first and
/// stored at the end, so that results may lie where operands did.
final class ElementEmitter {
    private static final ClassDesc MATH = ClassDesc.of("dagrad.cpu.FloatMath");
    private static final ClassDesc BITS = ClassDesc.of("dagrad.cpu.FloatMath$Bits");
    private static final ClassDesc JAVA_MATH = ClassDesc.of("java.lang.Math");
    private static final ClassDesc FLOATS = ConstantDescs.CD_float.arrayType();
    private static final ClassDesc INTS = ConstantDescs.CD_int.arrayType();
    private static final int ARRAYS = 1;
    private static final int SCALARS = 2;
    private static final int FROM = 3;
    private static final int TO = 4;
    private static final int BITS_ROOM = 5;

    private final CodeBuilder code;
    private final ElementGenerator plan;
    private final Graph body;
    private final int index;
    private final Map<Integer, Integer> arrayLocals = new HashMap<>();
    private final Map<Integer, Integer> scalarLocals = new HashMap<>();
    private final Map<Value, Integer> computed = new HashMap<>();

    ElementEmitter(CodeBuilder code, ElementGenerator plan) {
        this.code = code;
        this.plan = plan;
        this.body = plan.body();
        this.index = code.allocateLocal(TypeKind.INT);
    }

    void emit() {
        bindArrays();
        for (int stage = 0; stage <= plan.lastStage(); stage++) {
            callFunctions(stage);
            loop(stage);
        }
        code.return_();
    }

    // ---- operands -------------------------------------------------------------------------------------------------

    private void bindArrays() {
        for (Node node : body.nodes()) {
            Value value = node.out(0);
            if (node.op() instanceof Input(String label, var _, var _)) {
                int number = Integer.parseInt(label.substring(2));
                if (plan.isScalar(number)) {
                    int local = code.allocateLocal(TypeKind.FLOAT);
                    code.aload(SCALARS).loadConstant(number).faload().fstore(local);
                    scalarLocals.put(number, local);
                } else {
                    bind(number, value);
                }
            }
            plan.array(value).ifPresent(number -> bind(number, value));
        }
        for (int i = 0; i < plan.results().size(); i++) {
            bind(plan.resultArray(i), plan.results().get(i));
        }
    }

    private void bind(int number, Value value) {
        if (!arrayLocals.containsKey(number)) {
            int local = code.allocateLocal(TypeKind.REFERENCE);
            code.aload(ARRAYS).loadConstant(number).aaload().checkcast(isFloat(value) ? FLOATS : INTS);
            code.astore(local);
            arrayLocals.put(number, local);
        }
    }

    private boolean isFloat(Value value) {
        return body.spec(value).dtype() == DType.F32;
    }

    /// The array that a value is read from, outside of the loop that computes it.
    private int arrayOf(Value value) {
        if (body.node(value).op() instanceof Input(String label, var _, var _)) {
            int number = Integer.parseInt(label.substring(2));
            if (!plan.isScalar(number)) {
                return arrayLocals.get(number);
            }
        }
        return arrayLocals.get(plan.array(value).orElseThrow());
    }

    // ---- functions over tiles -------------------------------------------------------------------------------------

    private void callFunctions(int stage) {
        for (Node node : body.nodes()) {
            if (ElementGenerator.isTileFunction(node) && plan.stage(node.out(0)) == stage) {
                ScalarFn fn = ((Pointwise) node.op()).fn();
                node.inputs().forEach(in -> code.aload(arrayOf(in)));
                code.aload(arrayOf(node.out(0))).iload(TO);
                if (fn == ScalarFn.POW) {
                    code.invokestatic(
                            MATH,
                            "pow",
                            MethodTypeDesc.of(ConstantDescs.CD_void, FLOATS, FLOATS, FLOATS, ConstantDescs.CD_int));
                } else {
                    code.aload(BITS_ROOM)
                            .invokestatic(
                                    MATH,
                                    fn.text(),
                                    MethodTypeDesc.of(
                                            ConstantDescs.CD_void, FLOATS, FLOATS, ConstantDescs.CD_int, BITS));
                }
            }
        }
    }

    // ---- loops ----------------------------------------------------------------------------------------------------

    private void loop(int stage) {
        List<Node> here = body.nodes().stream()
                .filter(n -> plan.stage(n.out(0)) == stage && !ElementGenerator.isTileFunction(n))
                .toList();
        boolean stores = here.stream().anyMatch(n -> plan.array(n.out(0)).isPresent()) || copies(stage);
        if (!stores) {
            return;
        }
        computed.clear();
        Label start = code.newLabel();
        Label end = code.newLabel();
        code.iload(FROM).istore(index);
        code.labelBinding(start).iload(index).iload(TO).if_icmpge(end);
        for (Node node : here) {
            if (node.op() instanceof Pointwise || node.op() instanceof Cast) {
                compute(node);
                int local = code.allocateLocal(isFloat(node.out(0)) ? TypeKind.FLOAT : TypeKind.INT);
                code.storeLocal(isFloat(node.out(0)) ? TypeKind.FLOAT : TypeKind.INT, local);
                computed.put(node.out(0), local);
            }
        }
        for (Node node : here) {
            plan.array(node.out(0)).ifPresent(number -> store(arrayLocals.get(number), node.out(0)));
        }
        storeCopies(stage);
        code.iinc(index, 1).goto_(start).labelBinding(end);
    }

    /// Results that are no array's own: an operand itself, or a value that is another result, too.
    private boolean isCopy(int result) {
        Value value = plan.results().get(result);
        return plan.array(value).isEmpty() || plan.array(value).getAsInt() != plan.resultArray(result);
    }

    private boolean copies(int stage) {
        for (int i = 0; i < plan.results().size(); i++) {
            if (isCopy(i) && plan.stage(plan.results().get(i)) == stage) {
                return true;
            }
        }
        return false;
    }

    private void storeCopies(int stage) {
        for (int i = 0; i < plan.results().size(); i++) {
            Value value = plan.results().get(i);
            if (isCopy(i) && plan.stage(value) == stage) {
                store(arrayLocals.get(plan.resultArray(i)), value);
            }
        }
    }

    private void store(int arrayLocal, Value value) {
        code.aload(arrayLocal).iload(index);
        load(value);
        if (isFloat(value)) {
            code.fastore();
        } else {
            code.iastore();
        }
    }

    /// Pushes the current element of a value.
    private void load(Value value) {
        Node node = body.node(value);
        if (computed.containsKey(value)) {
            code.loadLocal(isFloat(value) ? TypeKind.FLOAT : TypeKind.INT, computed.get(value));
        } else if (node.op() instanceof Constant c) {
            if (isFloat(value)) {
                code.loadConstant((float) c.fill());
            } else {
                code.loadConstant((int) c.values().getLong(0));
            }
        } else if (node.op() instanceof Input(String label, var _, var _)
                && plan.isScalar(Integer.parseInt(label.substring(2)))) {
            code.fload(scalarLocals.get(Integer.parseInt(label.substring(2))));
        } else {
            code.aload(arrayOf(value)).iload(index);
            if (isFloat(value)) {
                code.faload();
            } else {
                code.iaload();
            }
        }
    }

    // ---- single elements ------------------------------------------------------------------------------------------

    private void compute(Node node) {
        switch (node.op()) {
            case Cast(DType to) -> {
                load(node.inputs().getFirst());
                boolean fromFloat = isFloat(node.inputs().getFirst());
                if (fromFloat && to == DType.I32) {
                    code.f2i();
                } else if (!fromFloat && to == DType.F32) {
                    code.i2f();
                }
            }
            case Pointwise(ScalarFn fn) -> compute(fn, node.inputs());
            case Op op -> throw new IllegalStateException(op.name() + " in elementwise code");
        }
    }

    private void compute(ScalarFn fn, List<Value> in) {
        boolean real = isFloat(in.getLast());
        switch (fn) {
            case SELECT -> select(in);
            case EQ, NE, LT, LE -> choose(fn, in, () -> one(real), () -> zero(real));
            case CLIP -> {
                load(in.get(0));
                load(in.get(1));
                math(JAVA_MATH, "max", real, 2);
                load(in.get(2));
                math(JAVA_MATH, "min", real, 2);
            }
            default -> {
                in.forEach(this::load);
                simple(fn, real);
            }
        }
    }

    private void simple(ScalarFn fn, boolean real) {
        switch (fn) {
            case ADD -> arithmetic(real, Opcode.FADD, Opcode.IADD);
            case SUB -> arithmetic(real, Opcode.FSUB, Opcode.ISUB);
            case MUL -> arithmetic(real, Opcode.FMUL, Opcode.IMUL);
            case DIV -> code.fdiv();
            case NEG -> {
                if (real) {
                    code.fneg();
                } else {
                    code.ineg();
                }
            }
            case ABS -> math(JAVA_MATH, "abs", real, 1);
            case SIGN -> math(real ? JAVA_MATH : ClassDesc.of("java.lang.Integer"), "signum", real, 1);
            case SQRT ->
                code.f2d()
                        .invokestatic(
                                JAVA_MATH, "sqrt", MethodTypeDesc.of(ConstantDescs.CD_double, ConstantDescs.CD_double))
                        .d2f();
            case RSQRT -> math(MATH, "rsqrt", true, 1);
            case FLOOR -> math(MATH, "floor", true, 1);
            case MOD -> math(MATH, "mod", real, 2);
            case RELU -> {
                zero(real);
                math(JAVA_MATH, "max", real, 2);
            }
            case MAX -> math(JAVA_MATH, "max", real, 2);
            case MIN -> math(JAVA_MATH, "min", real, 2);
            case STOP_GRADIENT -> {}
            case SELECT, EQ, NE, LT, LE, CLIP, EXP, EXPM1, LOG, LOG1P, TANH, SIGMOID, ERF, SIN, COS, POW ->
                throw new IllegalStateException(fn + " is emitted elsewhere");
        }
    }

    private void arithmetic(boolean real, Opcode onFloats, Opcode onIntegers) {
        code.with(OperatorInstruction.of(real ? onFloats : onIntegers));
    }

    private void math(ClassDesc owner, String name, boolean real, int arity) {
        ClassDesc type = real ? ConstantDescs.CD_float : ConstantDescs.CD_int;
        code.invokestatic(owner, name, MethodTypeDesc.of(type, Collections.nCopies(arity, type)));
    }

    private void one(boolean real) {
        if (real) {
            code.fconst_1();
        } else {
            code.iconst_1();
        }
    }

    private void zero(boolean real) {
        if (real) {
            code.fconst_0();
        } else {
            code.iconst_0();
        }
    }

    /// A comparison is used directly, not as a number that is compared with 0.
    private void select(List<Value> in) {
        Node condition = body.node(in.getFirst());
        int yes = local(in.get(1));
        int no = local(in.get(2));
        TypeKind kind = isFloat(in.get(1)) ? TypeKind.FLOAT : TypeKind.INT;
        Runnable first = () -> code.loadLocal(kind, yes);
        Runnable second = () -> code.loadLocal(kind, no);
        if (condition.op() instanceof Pointwise(ScalarFn fn)
                && List.of(ScalarFn.EQ, ScalarFn.NE, ScalarFn.LT, ScalarFn.LE).contains(fn)
                && condition.inputs().stream().allMatch(this::isAtHand)) {
            choose(fn, condition.inputs(), first, second);
        } else if (isFloat(in.getFirst())) {
            load(in.getFirst());
            code.fconst_0().fcmpl();
            branch(Opcode.IFNE, first, second);
        } else {
            load(in.getFirst());
            branch(Opcode.IFNE, first, second);
        }
    }

    /// Whether a value can be loaded in the current loop.
    private boolean isAtHand(Value value) {
        Op op = body.node(value).op();
        return op instanceof Input
                || op instanceof Constant
                || computed.containsKey(value)
                || plan.array(value).isPresent();
    }

    /// The current element of a value in a local variable, so that the branches of a choice hold nothing but moves.
    private int local(Value value) {
        TypeKind kind = isFloat(value) ? TypeKind.FLOAT : TypeKind.INT;
        int local = code.allocateLocal(kind);
        load(value);
        code.storeLocal(kind, local);
        return local;
    }

    /// NaN is not less than anything and equal to nothing.
    private void choose(ScalarFn comparison, List<Value> in, Runnable yes, Runnable no) {
        load(in.get(0));
        load(in.get(1));
        if (isFloat(in.get(0))) {
            code.fcmpg();
        } else {
            code.invokestatic(
                    ClassDesc.of("java.lang.Integer"),
                    "compare",
                    MethodTypeDesc.of(ConstantDescs.CD_int, ConstantDescs.CD_int, ConstantDescs.CD_int));
        }
        branch(
                switch (comparison) {
                    case LT -> Opcode.IFLT;
                    case LE -> Opcode.IFLE;
                    case EQ -> Opcode.IFEQ;
                    case NE -> Opcode.IFNE;
                    default -> throw new IllegalStateException("no comparison: " + comparison);
                },
                yes,
                no);
    }

    private void branch(Opcode opcode, Runnable yes, Runnable no) {
        Label otherwise = code.newLabel();
        Label end = code.newLabel();
        code.branch(opcode, otherwise);
        no.run();
        code.goto_(end).labelBinding(otherwise);
        yes.run();
        code.labelBinding(end);
    }
}
