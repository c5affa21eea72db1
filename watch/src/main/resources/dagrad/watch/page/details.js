// What is shown of one run: its plan, the times of its launches, its samples. Fetched when the server tells that it changed.

import { byId, html, show } from "./elements.js";
import { runs } from "./runs.js";
import { drawMemory } from "./memory.js";
import { drawGraph } from "./graph.js";
import { drawLaunches } from "./launches.js";
import { drawSamples } from "./samples.js";

let chosen;
let drawn = {};
const plans = new Map();

const fetched = async (path, json = true) => {
  const answer = await fetch(path);
  const text = await answer.text();
  if (!answer.ok) {
    throw new Error(text || `the server answers ${answer.status}`);
  }
  return json ? JSON.parse(text) : text;
};

/** Draws if the key is another than the last time; says so if that fails. */
const redraw = async (part, key, draw) => {
  if (drawn[part] === key) {
    return;
  }
  drawn[part] = key;
  try {
    await draw();
  } catch (e) {
    show(byId(`${part}-body`), html("p", { class: "notice" }, `${e.message}`));
  }
};

const NO_PLAN = "The run has no plan.json: it was trained by a version of Dagrad that wrote none.";

const drawPlan = async (run) => {
  if (run.plan === 0) {
    ["memory", "graph", "launches"].forEach((part) => show(byId(`${part}-body`), html("p", { class: "hint" }, NO_PLAN)));
    return;
  }
  const key = `${run.id}/${run.plan}`;
  if (!plans.has(key)) {
    plans.set(key, await fetched(`/api/runs/${run.id}/plan`));
  }
  const plan = plans.get(key);
  const times = run.launches === 0 ? undefined : await fetched(`/api/runs/${run.id}/launches`);
  const fitting = times?.seconds?.length === plan.launches.length ? times : undefined;
  await redraw("memory", key, () => drawMemory(byId("memory-body"), plan));
  await redraw("graph", `${key}/${run.launches}`, () => drawGraph(byId("graph-body"), plan, fitting, key));
  await redraw("launches", `${key}/${run.launches}`, () => drawLaunches(byId("launches-body"), plan, fitting));
};

/** Shows the chosen run as it is now. */
export const drawDetails = async () => {
  const run = runs.find((r) => r.id === chosen) ?? runs[0];
  const select = byId("chosen");
  const names = runs.map((r) => `${r.id} ${r.name}`).join("\n");
  if (select.dataset.names !== names) {
    select.dataset.names = names;
    show(select, runs.map((r) => html("option", { value: r.id, selected: r.id === run?.id }, r.name)));
  }
  if (!run) {
    return;
  }
  if (chosen !== run.id) {
    chosen = run.id;
    drawn = {};
  }
  await redraw("graph-plan", `${run.id}/${run.plan}/${run.launches}`, () =>
    drawPlan(run).catch((e) =>
      ["memory", "graph", "launches"].forEach((part) => show(byId(`${part}-body`), html("p", { class: "notice" }, e.message)))
    )
  );
  const files = run.files.map((f) => `${f.name} ${f.changed}`).join("\n");
  await redraw("samples", `${run.id}/${files}`, () =>
    drawSamples(byId("samples-body"), run, (path) => fetched(path, false))
  );
};

byId("chosen").addEventListener("change", () => {
  chosen = byId("chosen").value;
  drawn = {};
  drawDetails();
});
