package dagrad.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dagrad.backend.Backend;
import dagrad.backend.Backends;
import dagrad.backend.DeviceOptions;
import dagrad.io.Json;
import dagrad.models.jobs.NamesJob;
import dagrad.models.jobs.Workplace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;
import tools.jackson.databind.JsonNode;

/// The page in a real browser, on runs that were really trained. Without Chromium and its driver, all of it is skipped.
class BrowserTest {
    @TempDir
    static Path runs;

    private static Optional<Chromium> chromium = Optional.empty();
    private static Optional<Dashboard> dashboard = Optional.empty();

    @BeforeAll
    static void openOne() {
        chromium = Chromium.open();
        assumeTrue(
                chromium.isPresent(),
                "no Chromium with its driver is here: install the packages chromium, chromium-driver");
        try (Backend cpu = Backends.open("cpu", new DeviceOptions(1), _ -> {})) {
            train(cpu, "names-1", 10);
            train(cpu, "names-2", 9);
        }
        var options = new Dashboard.Options("127.0.0.1", 0, false, false, Duration.ofMillis(50));
        dashboard = Optional.of(Dashboard.start(List.of(runs), options));
    }

    private static void train(Backend cpu, String name, int steps) {
        NamesJob job = new NamesJob();
        job.run(
                job.standard().with("steps", steps).with("hidden", 8).with("evaluations", 2),
                Workplace.silent(cpu).in(runs.resolve(name)));
    }

    @AfterAll
    static void closeBoth() {
        chromium.ifPresent(Chromium::close);
        dashboard.ifPresent(Dashboard::close);
    }

    @BeforeEach
    void look() {
        browser().sized(1400, 1000).driver().get(dashboard.orElseThrow().url());
        browser().until("document.querySelectorAll('.launch').length > 0 && document.querySelector('.samples pre')");
        browser().until("document.querySelectorAll('#charts figure').length > 4");
    }

    @AfterEach
    void nothingWasComplainedOf() {
        chromium.ifPresent(c -> assertThat(c.complaints()).isEmpty());
    }

    private static Chromium browser() {
        return chromium.orElseThrow();
    }

    private static List<JsonNode> log(String run) throws IOException {
        List<JsonNode> rows = new ArrayList<>();
        for (String line : Files.readAllLines(runs.resolve(run).resolve("metrics.jsonl"))) {
            rows.add(Json.parse(line, run));
        }
        return rows;
    }

    private static WebElement find(String selector) {
        return browser().driver().findElement(By.cssSelector(selector));
    }

    /// A table's body, as texts.
    private static List<List<String>> cells(String selector) {
        return browser()
                .rows("[...document.querySelectorAll('" + selector
                        + " tbody tr')].map(row => [...row.children].map(cell => cell.textContent))");
    }

    @Test
    void everyNumberOfTheCurvesIsTheLogs() throws IOException {
        int compared = 0;
        for (String metric : List.of("loss", "accuracy", "learning_rate", "gradient_norm", "items_per_s")) {
            String figure = "figure[data-metric=\"" + metric + "\"]";
            find(figure + " summary").click();
            browser().until("document.querySelector('" + figure + " tbody tr')");
            List<String> heads = browser()
                    .texts("[...document.querySelectorAll('" + figure + " thead th')].map(cell => cell.textContent)");
            for (List<String> row : cells(figure)) {
                long step = Long.parseLong(row.getFirst());
                for (int i = 1; i < row.size(); i++) {
                    String[] line = heads.get(i).split(", ");
                    String name = line.length == 1 ? metric : "val_" + metric;
                    Optional<JsonNode> logged = log(line[0]).stream()
                            .filter(r -> r.path("step").asLong() == step)
                            .findFirst();
                    boolean isThere = logged.isPresent() && logged.get().has(name);
                    assertThat(row.get(i).equals("–"))
                            .as(heads.get(i) + ", step " + step)
                            .isEqualTo(!isThere);
                    if (isThere) {
                        assertThat(Double.parseDouble(row.get(i)))
                                .isEqualTo(logged.get().path(name).doubleValue());
                        compared++;
                    }
                }
            }
        }
        int logged = 0;
        for (String run : List.of("names-1", "names-2")) {
            logged += log(run).stream().mapToInt(row -> row.size() - 1).sum();
        }
        assertThat(compared).as("all that is in the logs is shown").isEqualTo(logged);
    }

    @Test
    void theLastNumbersAreTheLogs() throws IOException {
        List<WebElement> rows = browser().driver().findElements(By.cssSelector("table.runs tbody tr"));
        assertThat(rows).hasSizeGreaterThanOrEqualTo(2); // another test's run may be told of as gone
        for (WebElement row : rows.subList(0, 2)) {
            String name = row.findElement(By.tagName("th")).getText().strip();
            JsonNode last = log(name).getLast();
            for (String metric : List.of("step", "loss", "learning_rate", "gradient_norm", "items_per_s")) {
                WebElement shown = row.findElement(By.cssSelector("data[data-metric=" + metric + "]"));
                double exact = last.path(metric).doubleValue();
                assertThat(Double.parseDouble(String.valueOf(shown.getDomAttribute("value"))))
                        .as(metric)
                        .isEqualTo(exact);
                assertThat(Double.parseDouble(shown.getText().replace("\u202f", "")))
                        .as(metric)
                        .isCloseTo(exact, org.assertj.core.api.Assertions.withinPercentage(0.05));
            }
        }
    }

    @Test
    void aLineThatIsAddedIsShown() throws IOException {
        Path run = runs.resolve("late");
        Files.createDirectories(run);
        Files.writeString(run.resolve("config.json"), "{\"job\": \"names\"}");
        Files.writeString(run.resolve("metrics.jsonl"), "{\"step\":1,\"loss\":2.5}\n");
        browser().until("document.querySelector('#runs tbody tr:nth-child(3) data[value=\"2.5\"]')");
        Files.writeString(
                run.resolve("metrics.jsonl"), "{\"step\":2,\"loss\":2.25}\nrubbish\n{\"st", StandardOpenOption.APPEND);
        browser().until("document.querySelector('#runs tbody tr:nth-child(3) data[value=\"2.25\"]')");
        browser().until("document.querySelectorAll('#notices .notice').length == 2");
        assertThat(find("#notices").getText()).contains("late", "damaged", "line 3", "not finished");
        for (String name : List.of("config.json", "metrics.jsonl", "")) {
            Files.delete(run.resolve(name));
        }
        browser().until("document.querySelector('#notices').textContent.includes('not there any more')");
    }

    @Test
    void theKeyboardReadsValues() throws IOException {
        WebElement drawing = find("figure[data-metric=loss] .drawing");
        drawing.sendKeys(Keys.HOME);
        String first =
                String.valueOf(find("figure[data-metric=loss] [role=status]").getDomProperty("textContent"));
        assertThat(first)
                .contains(
                        "step 1:",
                        String.valueOf(log("names-1").getFirst().path("loss").doubleValue()));
        drawing.sendKeys(Keys.ARROW_RIGHT);
        assertThat(find("figure[data-metric=loss] [role=status]").getDomProperty("textContent"))
                .contains("step 2:");
    }

    @Test
    void theGraphHasEveryLaunchWithWhatIsFusedInIt() throws IOException {
        JsonNode plan = Json.parse(Files.readString(runs.resolve("names-1/plan.json")), "plan.json");
        int launches = plan.path("launches").size();
        assertThat(launches).isGreaterThan(10);
        browser().until("document.querySelectorAll('.board .launch').length == " + launches);
        for (int i = 0; i < launches; i++) {
            List<String> chips = browser()
                    .texts("[...document.querySelectorAll('[data-launch=\"" + i
                            + "\"] .operation')].map(c => c.textContent)");
            assertThat(chips.getFirst())
                    .isEqualTo(plan.path("launches")
                            .get(i)
                            .path("nodes")
                            .get(0)
                            .path("operation")
                            .stringValue());
        }
        find("[data-launch='1']").sendKeys(Keys.ENTER);
        assertThat(find(".panel").getText()).contains("Launch 1");
        find(".group .head").sendKeys(Keys.ENTER);
        browser().until("document.querySelectorAll('.board .launch').length < " + launches);
    }

    @Test
    void launchesHaveTheirMeasuredTimes() throws IOException {
        JsonNode times = Json.parse(Files.readString(runs.resolve("names-1/launches.json")), "launches.json");
        List<String> shown =
                browser().texts("[...document.querySelectorAll('.launches data')].map(cell => cell.value).sort()");
        List<String> measured = new ArrayList<>();
        times.path("seconds").forEach(s -> measured.add(String.valueOf(s.doubleValue())));
        assertThat(shown.stream().map(Double::valueOf))
                .containsExactlyInAnyOrderElementsOf(
                        measured.stream().map(Double::valueOf).toList());
        assertThat(find("#launches").getText()).contains("In step 8");
    }

    @Test
    void picturesAndTextsOfTheJobAreShown() throws IOException {
        browser().until("[...document.querySelectorAll('.samples img')].every(i => i.loading == 'lazy')");
        browser().driver().executeScript("document.querySelector('.samples img').scrollIntoView()");
        browser().until("document.querySelector('.samples img').naturalWidth > 100");
        assertThat(find(".samples pre").getDomProperty("textContent"))
                .isEqualTo(Files.readString(runs.resolve("names-1/names.txt")));
    }

    @Test
    void coloursAreTheSystemsUntilChosen() {
        String colour = "getComputedStyle(document.body).backgroundColor";
        String before = browser().text(colour);
        find("#theme option[value=dark]").click();
        String dark = browser().text(colour);
        find("#theme option[value=light]").click();
        assertThat(browser().text(colour)).isNotEqualTo(dark).isEqualTo(before);
        find("#theme option[value=dark]").click();
        look();
        assertThat(browser().text(colour)).as("remembered").isEqualTo(dark);
        find("#theme option[value=system]").click();
    }

    @Test
    void nothingIsWiderThanANarrowScreen() {
        browser().sized(500, 900);
        browser().until("innerWidth <= 500");
        assertThat(browser().holds("document.documentElement.scrollWidth <= innerWidth"))
                .isTrue();
    }

    @Test
    void aScreenReaderFindsItsWay() {
        assertThat(browser().text("document.documentElement.lang")).isEqualTo("en");
        assertThat(browser()
                        .texts("['header', 'nav', 'main', 'footer']"
                                + ".filter(name => document.querySelectorAll(name).length != 1)"))
                .isEmpty();
        assertThat(browser()
                        .texts("[...document.querySelectorAll('h1, h2, h3, h4')].map(h => +h.tagName[1])"
                                + ".filter((level, i, all) => level > (all[i - 1] ?? 0) + 1)"))
                .as("levels of headings that were skipped")
                .isEmpty();
        assertThat(browser()
                        .texts("[...document.querySelectorAll('img:not([alt]), svg:not([aria-hidden])"
                                + ":not([role]):not(.board svg), input:not(label input), select:not(label select), th:not([scope]),"
                                + " table:not(:has(caption)), [role=button]:not([aria-label]), section:not([aria-labelledby])')]"
                                + ".map(e => e.outerHTML.slice(0, 100))"))
                .as("what has no name")
                .isEmpty();
        find("body").sendKeys(Keys.TAB);
        assertThat(browser().text("document.activeElement.className")).isEqualTo("skip");
    }
}
