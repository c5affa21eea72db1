package dagrad.cli;

import dagrad.watch.Dashboard;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/// `dagrad watch RUN…`: a dashboard in the browser.
final class WatchCommand implements Command {
    @Override
    public CommandSpec describe() {
        CommandSpec spec = CommandSpec.wrapWithoutInspection(this);
        spec.usageMessage()
                .description("Serves a page that shows runs while they train, and compares them.")
                .footer(
                        "",
                        "Ctrl-C ends it; the trainings go on. Only this machine can connect, unless --host says",
                        "otherwise: then the address that is printed holds a token, and who has it can read the runs.",
                        "The page needs no network besides. docs/watching.md tells more.",
                        "",
                        "Examples:",
                        "  dagrad watch runs                all runs in the folder runs, also those that begin later",
                        "  dagrad watch names               the last run of names",
                        "  dagrad watch runs/clip-1 runs/clip-2 --port 8080",
                        "  dagrad watch runs --host 0.0.0.0");
        spec.addPositional(PositionalParamSpec.builder()
                .paramLabel("RUN")
                .arity("1..*")
                .type(List.class)
                .auxiliaryTypes(String.class)
                .description(
                        "folders of runs, or folders with such folders; the name of a job means its last run in the"
                                + " folder runs")
                .build());
        spec.addOption(Arguments.option(
                "--host",
                "HOST",
                String.class,
                "name or address to listen on; by default 127.0.0.1, this machine alone"));
        spec.addOption(Arguments.option(
                "--port", "N", Integer.class, "by default " + Dashboard.Options.PORT + "; 0 for any that is free"));
        spec.addOption(Arguments.flag("--prometheus", "serve the last numbers under /metrics, for Prometheus"));
        spec.addOption(Arguments.flag("--token", "ask for a token even where only this machine can connect"));
        return spec;
    }

    @Override
    public int run(ParseResult arguments, Output output) {
        List<Path> runs = arguments.matchedPositionalValue(0, List.<String>of()).stream()
                .map(RunFolders::named)
                .distinct()
                .toList();
        for (Path run : runs) {
            if (!Files.isDirectory(run)) {
                throw new CliException("there is no folder " + run);
            }
        }
        CountDownLatch ended = new CountDownLatch(1);
        try (Interrupts interrupts = new Interrupts(output, "ending");
                Dashboard dashboard = Dashboard.start(runs, options(arguments))) {
            interrupts.ends(ended::countDown);
            output.print(dashboard.url());
            output.remark(said(dashboard.size()) + "; Ctrl-C ends this");
            ended.await();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } catch (NoClassDefFoundError _) { // scripts/gpu-check leaves the web server out
            throw new CliException(
                    "this bundle has no dashboard; copy the run's folder to a whole Dagrad and watch it there");
        }
        return 0;
    }

    private static String said(int runs) {
        return switch (runs) {
            case 0 -> "no run yet";
            case 1 -> "1 run";
            default -> runs + " runs";
        };
    }

    private static Dashboard.Options options(ParseResult arguments) {
        Dashboard.Options standard = Dashboard.Options.STANDARD;
        int port = Arguments.<Integer>value(arguments, "--port").orElse(standard.port());
        if (port < 0 || port > 65535) {
            throw new CliException("--port must be between 0 and 65535, not " + port);
        }
        return new Dashboard.Options(
                Arguments.<String>value(arguments, "--host").orElse(standard.host()),
                port,
                arguments.hasMatchedOption("--token"),
                arguments.hasMatchedOption("--prometheus"),
                standard.every());
    }
}
