package dagrad.train;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/// Shows how training goes: on a terminal a bar that is drawn over and over, elsewhere a plain line now and then.
/// Evaluations get a line each that stays.
public final class Progress implements Consumer<Event> {
    private static final long NANOS = 1_000_000_000;
    private static final long REDRAW = NANOS / 10;
    private static final long PLAIN_LINE = 5 * NANOS;
    private static final int WIDEST_BAR = 30;
    private static final int NARROWEST_BAR = 5;

    private final Terminal terminal;
    private final LongSupplier nanoTime;
    private long steps;
    private long from;
    private long began;
    private long shownAt;
    private double lossSum;
    private long lossCount;
    private boolean drawn;

    public Progress(Terminal terminal) {
        this(terminal, System::nanoTime);
    }

    /// @param nanoTime a clock
    Progress(Terminal terminal, LongSupplier nanoTime) {
        this.terminal = terminal;
        this.nanoTime = nanoTime;
    }

    @Override
    public void accept(Event event) {
        switch (event) {
            case Event.Started started -> start(started);
            case Event.Resumed resumed -> resume(resumed);
            case Event.Warning warning -> line("warning: " + warning.text());
            case Event.Step step -> show(step);
            case Event.Finished finished -> finish(finished);
        }
    }

    private void start(Event.Started started) {
        steps = started.steps();
        began = nanoTime.getAsLong();
        shownAt = began;
        line(String.format(
                Locale.ROOT,
                "training %,d parameters for %,d steps on %s",
                started.parameters(),
                steps,
                started.device()));
    }

    private void resume(Event.Resumed resumed) {
        from = resumed.step();
        line(from == 0 ? "no checkpoint to go on from; beginning again" : "going on after step " + from);
    }

    private void show(Event.Step step) {
        if (Double.isFinite(step.loss())) { // not so where a step was left out
            lossSum += step.loss();
            lossCount++;
        }
        long now = nanoTime.getAsLong();
        boolean due = now - shownAt >= (terminal.interactive() ? REDRAW : PLAIN_LINE);
        boolean evaluated = !step.validation().isEmpty();
        if (!due && !evaluated) {
            return;
        }
        double loss = lossSum / lossCount;
        lossSum = 0;
        lossCount = 0;
        shownAt = now;
        if (evaluated || !terminal.interactive()) {
            line(sentence(step, loss, now));
        }
        if (terminal.interactive()) {
            draw(step, loss, now);
        }
    }

    private void finish(Event.Finished finished) {
        String why = switch (finished.reason()) {
            case STEPS_DONE -> "done";
            case DATA_ENDED -> "the data ended";
            case NO_IMPROVEMENT -> "stopped, as the validation loss did not fall any more";
            case STOPPED -> "stopped, as asked,";
        };
        String best = finished.best().isEmpty() || finished.bestStep() == finished.steps()
                ? ""
                : "; best at step " + finished.bestStep() + ": " + values(finished.best());
        line(why + " after " + finished.steps() + " steps in " + duration(finished.seconds()) + best);
    }

    /// `step 3400/10000  loss 0.3124  validation: loss 0.3301, accuracy 0.8712  24,500/s  0:12 left`
    private String sentence(Event.Step step, double loss, long now) {
        String validation = step.validation().isEmpty() ? "" : "  " + values(step.validation());
        return "step " + step.step() + "/" + steps + "  loss " + number(loss) + validation + "  " + pace(step) + "  "
                + left(step, now);
    }

    private static String values(Map<String, Double> values) {
        List<String> parts = new ArrayList<>();
        values.forEach((name, value) -> parts.add(name + " " + number(value)));
        return "validation: " + String.join(", ", parts);
    }

    /// A line that stays, in place of the bar.
    private void line(String text) {
        terminal.out()
                .println(drawn ? "\r" + text + " ".repeat(Math.max(0, terminal.width() - 1 - text.length())) : text);
        terminal.out().flush();
        drawn = false;
    }

    private void draw(Event.Step step, double loss, long now) {
        terminal.out().print("\r" + bar(step, loss, now));
        terminal.out().flush();
        drawn = true;
    }

    /// As much as fits in one line: percentage and loss first, then time left, pace, count; the rest is the bar's.
    private String bar(Event.Step step, double loss, long now) {
        int width = terminal.width() - 1;
        String percent = String.format(Locale.ROOT, "%3d%%", 100 * step.step() / steps);
        StringBuilder after = new StringBuilder();
        String[] wishes = {
            "loss " + number(loss), left(step, now), pace(step), step.step() + "/" + steps,
        };
        for (String wish : wishes) {
            if (percent.length() + after.length() + 2 + wish.length() <= width) {
                after.append("  ").append(wish);
            }
        }
        int room = Math.min(WIDEST_BAR, width - percent.length() - after.length() - 1);
        String bar = room < NARROWEST_BAR ? "" : " " + blocks(room, (double) step.step() / steps);
        String text = percent + bar + after;
        int visible = percent.length() + (bar.isEmpty() ? 0 : room + 1) + after.length();
        return text + " ".repeat(Math.max(0, width - visible));
    }

    private String blocks(int width, double part) {
        int full = (int) Math.round(width * part);
        String done = (terminal.isUnicode() ? "█" : "#").repeat(full);
        String open = (terminal.isUnicode() ? "░" : ".").repeat(width - full);
        return terminal.colored() ? "\u001b[36m" + done + open + "\u001b[0m" : done + open;
    }

    private String left(Event.Step step, long now) {
        double seconds = (now - began) / (double) NANOS / (step.step() - from) * (steps - step.step());
        return duration(seconds) + " left";
    }

    private static String pace(Event.Step step) {
        double pace = step.itemsPerSecond();
        return String.format(Locale.ROOT, pace < 100 ? "%.1f/s" : "%,.0f/s", pace);
    }

    /// Four digits, whatever the size.
    private static String number(double value) {
        double size = Math.abs(value);
        String format = size != 0 && (size < 1e-3 || size >= 1e5) ? "%.3e" : size >= 100 ? "%.1f" : "%.4f";
        return String.format(Locale.ROOT, format, value);
    }

    /// `0:07`, `12:30`, `3:05:00`
    private static String duration(double seconds) {
        long s = Math.round(seconds);
        return s < 3600
                ? String.format(Locale.ROOT, "%d:%02d", s / 60, s % 60)
                : String.format(Locale.ROOT, "%d:%02d:%02d", s / 3600, s / 60 % 60, s % 60);
    }
}
