package dagrad.cuda.code;

/// CUDA text, line by line.
final class Text {
    private final StringBuilder lines = new StringBuilder();
    private int depth;

    Text line(String line) {
        lines.append("    ".repeat(depth)).append(line).append('\n');
        return this;
    }

    /// Empty text, to be appended here.
    Text inner() {
        Text inner = new Text();
        inner.depth = depth;
        return inner;
    }

    Text append(Text inner) {
        lines.append(inner.lines);
        return this;
    }

    /// A line at the left edge, whatever is open.
    Text directive(String line) {
        lines.append(line).append('\n');
        return this;
    }

    /// A line that ends in an opening brace; what follows is indented.
    Text open(String line) {
        line(line + " {");
        depth++;
        return this;
    }

    /// Names declared from here on are gone when it is closed.
    Text scope() {
        line("{");
        depth++;
        return this;
    }

    Text close() {
        depth--;
        return line("}");
    }

    @Override
    public String toString() {
        return lines.toString();
    }
}
