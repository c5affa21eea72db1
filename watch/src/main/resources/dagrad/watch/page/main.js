// Follows the server's events and shows what they tell.

import { byId, html, show, svg, table } from "./elements.js";
import { ago, exact, short } from "./format.js";
import { latest, runs, takeMetrics, takeRuns } from "./runs.js";
import { drawCharts } from "./charts.js";
import { drawDetails } from "./details.js";
import { drawSettings } from "./settings.js";

const PHASES = {
  training: "training",
  quiet: "quiet",
  finished: "finished",
  missing: "not there",
};

const stored = (key) => {
  try {
    return localStorage.getItem(key);
  } catch {
    return null; // the browser keeps nothing
  }
};

const store = (key, value) => {
  try {
    localStorage.setItem(key, value);
  } catch {
    // it is chosen again the next time
  }
};

const shown = () => runs.filter((run) => run.shown);

/** A value with few digits; the exact one is told, too, and is what tests compare. */
const value = (run, name) => {
  const number = latest(run, name);
  return html("data", { value: number ?? "", "data-metric": name, title: exact(number) }, short(number));
};

const swatch = (run) =>
  svg("svg", { class: "sample", width: 26, height: 10, "aria-hidden": "true" }, svg("path", { class: `line run-${run.index % 8}`, d: "M1 5 H25" }));

const checkbox = (run) =>
  html(
    "label",
    { class: "choice" },
    html("input", {
      type: "checkbox",
      checked: run.shown,
      "data-run": run.id,
      onchange: (event) => {
        run.shown = event.target.checked;
        drawCharts(shown());
        drawSettings(shown());
      },
    }),
    swatch(run),
    html("span", {}, run.name)
  );

const phase = (run) => html("span", { class: `phase ${run.phase}` }, PHASES[run.phase] ?? run.phase);

const drawRuns = () => {
  document.title = runs.length === 1 ? `${runs[0].name}: Dagrad` : `${runs.length} runs: Dagrad`;
  if (runs.length === 0) {
    show(byId("runs"), html("p", { class: "notice" }, "There are no runs here yet. They appear as soon as a training begins."));
    return;
  }
  const names = ["step", "loss", "val_loss", "learning_rate", "gradient_norm", "items_per_s"];
  const heads = ["run", "state", "step", "loss", "validation loss", "learning rate", "gradient norm", "examples/s", "changed"];
  const focused = document.activeElement?.getAttribute("data-run");
  show(
    byId("runs"),
    table(
      "The last numbers of each run",
      heads,
      runs.map((run) => [
        checkbox(run),
        phase(run),
        ...names.map((name) => value(run, name)),
        run.changed ? html("time", { datetime: new Date(run.changed).toISOString() }, ago(run.changed)) : "–",
      ]),
      { class: "runs" }
    )
  );
  if (focused) {
    byId("runs").querySelector(`input[data-run="${CSS.escape(focused)}"]`)?.focus();
  }
};

const notices = (run) => {
  const texts = [];
  if (run.message) {
    texts.push(run.message);
  }
  if (run.damaged.length > 0) {
    const first = run.damaged[0];
    const more = run.damaged.length > 1 ? `, and ${run.damaged.length - 1} more` : "";
    texts.push(`metrics.jsonl has damaged lines, which are left out: line ${first.line} (${first.why})${more}`);
  }
  if (run.unfinished) {
    texts.push("the last line of metrics.jsonl is not finished: it is being written, or the training was killed meanwhile");
  }
  return texts.map((text) => `${run.name}: ${text}.`);
};

let noticed = "";

const drawNotices = () => {
  const texts = runs.flatMap(notices);
  if (texts.join("\n") !== noticed) {
    noticed = texts.join("\n");
    show(byId("notices"), texts.map((text) => html("p", { class: "notice", role: "status" }, text)));
  }
};

let waiting = false;

/** Draws once for all that comes together. */
const draw = () => {
  if (!waiting) {
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      drawRuns();
      drawNotices();
      drawCharts(shown());
      drawSettings(shown());
      drawDetails();
      document.documentElement.dataset.drawn = String(runs.reduce((sum, run) => sum + run.rows.length, 0));
    });
  }
};

const connect = () => {
  const status = byId("connection");
  const events = new EventSource("/events");
  const say = (text, kind) => {
    if (status.textContent !== text) {
      status.textContent = text;
      status.className = `connection ${kind}`;
    }
  };
  events.addEventListener("open", () => say("live", "live"));
  events.addEventListener("error", () => say("no connection; trying again", "lost"));
  events.addEventListener("runs", (event) => {
    takeRuns(JSON.parse(event.data));
    draw();
  });
  events.addEventListener("metrics", (event) => {
    takeMetrics(JSON.parse(event.data));
    draw();
  });
};

const theme = byId("theme");
const setTheme = (name) => {
  theme.value = name;
  document.documentElement.dataset.theme = name;
};
setTheme(["light", "dark"].includes(stored("theme")) ? stored("theme") : "system");
theme.addEventListener("change", () => {
  setTheme(theme.value);
  store("theme", theme.value);
});
byId("log").checked = stored("log") === "yes";
byId("log").addEventListener("change", () => {
  store("log", byId("log").checked ? "yes" : "no");
  drawCharts(shown());
});
new ResizeObserver(draw).observe(byId("charts"));
setInterval(drawRuns, 10000);
connect();
