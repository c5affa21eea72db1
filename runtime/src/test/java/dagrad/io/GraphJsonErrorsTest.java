package dagrad.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// What people read when their graph file is wrong.
class GraphJsonErrorsTest {
    private static final String X = "{'op':'input','name':'x','shape':[2,3]}";

    /// @return the message for a graph with those nodes after input `x`, node 0
    private static String nodes(String nodes) {
        return message("{'format':'dagrad-graph','version':1,'nodes':[" + X + "," + nodes + "],'outputs':{'y':1}}");
    }

    /// @param json with `'` for quotation marks
    private static String message(String json) {
        FormatException e =
                catchThrowableOfType(FormatException.class, () -> GraphJson.parse(json.replace('\'', '"'), "net.json"));
        assertThat(e).as("no error in %s", json).isNotNull();
        return e.getMessage();
    }

    static Stream<Arguments> nodesAndMessages() {
        return Stream.of(
                Arguments.of(
                        "{'op':'matmull','in':[0,0]}",
                        "unknown operation \"matmull\"; did you mean \"matmul\"?; docs/graph-json.md lists all operations"),
                Arguments.of(
                        "{'op':'quantum_leap','in':[0]}",
                        "unknown operation \"quantum_leap\"; docs/graph-json.md lists all operations"),
                Arguments.of("{'in':[0]}", "the field \"op\" is missing"),
                Arguments.of("{'op':7,'in':[0]}", "\"op\" must be a string, not 7"),
                Arguments.of("{'op':'reduce_sum','in':[0]}", "the field \"axes\" is missing"),
                Arguments.of(
                        "{'op':'reduce_sum','in':[0],'axes':[0],'keep':1}",
                        "unknown field \"keep\"; known here: op, id, scope, in, axes"),
                Arguments.of("{'op':'softmax','inn':[0]}", "unknown field \"inn\"; did you mean \"in\"?"),
                Arguments.of(
                        "{'op':'reshape','in':[0],'shape':[6],'scop':'a'}",
                        "unknown field \"scop\"; did you mean \"scope\"?"),
                Arguments.of(
                        "{'op':'exp','in':[1]}",
                        "operand 0 is node 1, the node itself; a node comes after its operands, and there are no cycles"),
                Arguments.of(
                        "{'op':'exp','in':['later']},{'op':'exp','in':[0],'id':'later'}",
                        "operand 0 is node 2 (\"later\"), which comes later; a node comes after its operands, and there are no"
                                + " cycles"),
                Arguments.of(
                        "{'op':'exp','in':[5]}",
                        "operand 0 is node 5, but there is none; the nodes are numbered 0 to 1"),
                Arguments.of(
                        "{'op':'exp','in':[-1]}",
                        "operand 0 is node -1, but there is none; the nodes are numbered 0 to 1"),
                Arguments.of(
                        "{'op':'exp','in':['xx']}", "operand 0 is node \"xx\", but there is none; did you mean \"x\"?"),
                Arguments.of(
                        "{'op':'exp','in':[[0,1]]}",
                        "operand 0 is result 1 of node 0 (\"x\"), which has 1, counted from 0"),
                Arguments.of(
                        "{'op':'exp','in':[0.5]}",
                        "operand 0 must be a node's number, its id, or [node, output], not 0.5"),
                Arguments.of("{'op':'exp','in':0}", "\"in\" must be an array [ … ], not 0"),
                Arguments.of(
                        "{'op':'add','in':[0]}", "add: takes 2 operands, not 1 — given f32[2,3] from node 0 (\"x\")"),
                Arguments.of(
                        "{'op':'matmul','in':[0,0]}",
                        "matmul: inner dimensions differ: 3 and 2 — given f32[2,3] from node 0 (\"x\"), f32[2,3] from node 0"
                                + " (\"x\")"),
                Arguments.of(
                        "{'op':'cast','in':[0],'to':'f16'}",
                        "\"to\" is the unknown type \"f16\"; there are f64, f32, bf16, i64, i32"),
                Arguments.of(
                        "{'op':'argmax','in':[0],'axis':1.0}",
                        "\"axis\" must be a whole number of at most 31 bits, not 1.0"),
                Arguments.of(
                        "{'op':'argmax','in':[0],'axis':-1}",
                        "argmax: no axis -1 in f32[2,3] — given f32[2,3] from node 0 (\"x\")"),
                Arguments.of(
                        "{'op':'iota','shape':[1000000,1000000,1000000],'axis':0}",
                        "\"shape\": a shape of 2^40 or more elements: [1000000, 1000000, 1000000]"),
                Arguments.of(
                        "{'op':'iota','shape':[99999999999],'axis':0}",
                        "\"shape\" must be a whole number of at most 31 bits, not 99999999999"),
                Arguments.of("{'op':'iota','shape':[-2],'axis':0}", "\"shape\": a shape has no negative extents: [-2]"),
                Arguments.of(
                        "{'op':'constant','type':'i32','value':1.5}",
                        "\"value\" must be whole numbers that fit i32, not 1.5"),
                Arguments.of(
                        "{'op':'constant','value':1e999}",
                        "\"value\" has a number beyond all doubles; write \"inf\" or \"-inf\" if that is meant"),
                Arguments.of(
                        "{'op':'constant','value':1" + "0".repeat(400) + "}",
                        "\"value\" has a number beyond all doubles; write \"inf\" or \"-inf\" if that is meant"),
                Arguments.of(
                        "{'op':'constant','value':'NaN'}",
                        "\"value\" must be a number, \"inf\", \"-inf\" or \"nan\", not \"NaN\""),
                Arguments.of(
                        "{'op':'constant','value':1,'values':[1]}",
                        "a constant has either \"value\", which fills it, or \"values\", one for each element"),
                Arguments.of(
                        "{'op':'constant','shape':[3],'values':[1]}",
                        "\"values\" has length 1, f32[3] has 3 elements; \"value\" would fill it"),
                Arguments.of(
                        "{'op':'attention','in':[0,0,0],'scale':1,'causal':1}",
                        "\"causal\" must be true or false, not 1"),
                Arguments.of(
                        "{'op':'max_pool2d','in':[0],'kernel':[2,2,2],'stride':[1,1]}",
                        "\"kernel\" must be two numbers [height, width], not [2,2,2]"),
                Arguments.of(
                        "{'op':'max_pool2d','in':[0],'kernel':[0,2],'stride':[1,1]}",
                        "window: sizes, strides and dilations must be 1 or more, not 0x2, 1x1, 1x1"),
                Arguments.of("'exp'", "it must be an object { … }, not \"exp\""));
    }

    @ParameterizedTest
    @MethodSource
    void nodesAndMessages(String nodes, String message) {
        assertThat(nodes(nodes)).isEqualTo("net.json: node 1: " + message);
    }

    @Test
    void namesAndIdsAreUnique() {
        assertThat(nodes(X + ",{'op':'exp','in':[0]}"))
                .isEqualTo("net.json: nodes 0 and 1 are both called \"x\"; give one of them another id");
        assertThat(nodes("{'op':'input','name':'x','shape':[],'id':'z'}"))
                .isEqualTo("net.json: node 1 (\"z\"): a second input is named \"x\"");
        assertThat(nodes("{'op':'input','name':'w','kind':'weight'}"))
                .isEqualTo("net.json: node 1 (\"w\"): \"kind\" must be one of data, parameter, state, not \"weight\"");
    }

    static Stream<Arguments> filesAndMessages() {
        String head = "{'format':'dagrad-graph','version':1,";
        String nodes = "'nodes':[" + X + "],";
        return Stream.of(
                Arguments.of("", "net.json: it is empty"),
                Arguments.of(
                        "hello",
                        "net.json line 1 column 1: it is no JSON: Unrecognized token 'hello': was expecting"
                                + " (JSON String, Number, Array, Object or token 'null', 'true' or 'false')"),
                Arguments.of("[]", "net.json: it must be an object { … }, not []"),
                Arguments.of(head + "'nodes':[", "net.json line 1 column 47: it ends in the middle; is it cut off?"),
                Arguments.of(
                        head + "'nodes':[]} x",
                        "net.json line 1 column 50: it is no JSON: Unrecognized token 'x': was"
                                + " expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')"),
                Arguments.of(
                        head + "'version':1}", "net.json line 1 column 47: it is no JSON: a second field \"version\""),
                Arguments.of("[".repeat(100), "net.json: nested more than 32 deep"),
                Arguments.of(
                        head + "'nodes':[{'op':'constant','value':NaN}]}",
                        "net.json line 1 column 75: it is no JSON: Non-standard token 'NaN'; write \"nan\", \"inf\" or"
                                + " \"-inf\""),
                Arguments.of(
                        head + "'nodes':" + "9".repeat(1001) + "}",
                        "net.json: Number value length (1001) exceeds the maximum allowed (1000)"),
                Arguments.of("{'version':1}", "net.json: the field \"format\" is missing"),
                Arguments.of("{'format':'onnx'}", "net.json: \"format\" must be \"dagrad-graph\", not \"onnx\""),
                Arguments.of(
                        "{'format':'dagrad-graph','version':9}",
                        "net.json: it has version 9; this program reads version 1"),
                Arguments.of(head + nodes + "'output':{}}", "net.json: the field \"outputs\" is missing"),
                Arguments.of(
                        head + nodes + "'outputs':{},'update':{}}",
                        "net.json: unknown field \"update\"; did you mean \"updates\"?"),
                Arguments.of(
                        head + nodes + "'outputs':{'y':3}}",
                        "net.json: outputs: output \"y\" is node 3, but there is none; the nodes are numbered 0 to 0"),
                Arguments.of(
                        head + nodes + "'outputs':{},'updates':{'xx':0}}",
                        "net.json: updates: there is no input \"xx\" to update; did you mean \"x\"?"),
                Arguments.of(
                        head + "'nodes':[" + X + ",{'op':'constant','value':0}],'outputs':{},'updates':{'x':1}}",
                        "net.json: updates: the new value of \"x\" is f32[], the input f32[2,3]; cast or reshape it"));
    }

    @ParameterizedTest
    @MethodSource
    void filesAndMessages(String file, String message) {
        assertThat(message(file)).isEqualTo(message);
    }

    @Test
    void hostileNamesStayOnOneLine() {
        assertThat(nodes("{'op':'\\u001b[31m\\n" + "a".repeat(500) + "\\u2028'}"))
                .isEqualTo("net.json: node 1: unknown operation \" [31m " + "a".repeat(54)
                        + "…\"; docs/graph-json.md lists all operations");
    }
}
