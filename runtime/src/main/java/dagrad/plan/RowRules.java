package dagrad.plan;

import dagrad.graph.Broadcast;
import dagrad.graph.Cast;
import dagrad.graph.Constant;
import dagrad.graph.Input;
import dagrad.graph.Iota;
import dagrad.graph.Node;
import dagrad.graph.Op;
import dagrad.graph.Pointwise;
import dagrad.graph.Reduce;
import dagrad.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/// What must hold of a [Launch.Rows] in particular.
final class RowRules {
    private final Launch.Rows launch;
    private final List<String> problems = new ArrayList<>();
    private boolean reducesRows;

    private RowRules(Launch.Rows launch) {
        this.launch = launch;
    }

    static List<String> problems(Launch.Rows launch, Capabilities device) {
        if (launch.split() < 0 || launch.split() > launch.domain().rank()) {
            return List.of("its rows begin at axis " + launch.split() + " of " + launch.domain());
        }
        RowRules rules = new RowRules(launch);
        launch.body().nodes().forEach(rules::check);
        rules.require(launch.rows() > 1 && launch.width() > 1, "%s has no rows of several elements", launch.domain());
        rules.require(device.longestRow() > 0, "the device has no code for rows");
        rules.require(
                !rules.reducesRows || launch.width() <= device.longestRow(),
                "it reduces rows of %d elements, the device rows of at most %d",
                launch.width(),
                device.longestRow());
        return rules.problems;
    }

    private void require(boolean condition, String problem, Object... arguments) {
        if (!condition) {
            problems.add(problem.formatted(arguments));
        }
    }

    private void check(Node node) {
        Shape out = node.outputs().getFirst().shape();
        boolean whole = out.equals(launch.domain());
        boolean row = out.equals(launch.rowShape());
        boolean column = out.equals(launch.columnShape());
        boolean allowed = switch (node.op()) {
            case Input _ -> whole || row;
            case Iota _, Pointwise _, Cast _ -> whole || row || column;
            case Constant constant -> constant.isFill() && (whole || row || column);
            case Broadcast _ -> whole && shapeOf(node).equals(launch.rowShape());
            case Reduce _ -> shapeOf(node).equals(launch.domain()) && (row || column);
            case Op _ -> false;
        };
        require(
                allowed,
                "its body has %s of %s over the domain %s of rows from axis %d on",
                node.op().name(),
                out,
                launch.domain(),
                launch.split());
        reducesRows |= node.op() instanceof Reduce && row;
    }

    private Shape shapeOf(Node node) {
        return launch.body().spec(node.inputs().getFirst()).shape();
    }
}
