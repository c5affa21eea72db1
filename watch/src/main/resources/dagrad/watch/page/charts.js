// The charts of all shown runs, on the same axes.

import { byId, html, show } from "./elements.js";
import { chartsOf } from "./runs.js";
import { makeChart } from "./chart.js";

const LOSSES = /loss|kl|nll|elbo/;

const made = new Map();

/** Draws the charts of the runs anew; those that are there stay, with focus and opened tables. */
export const drawCharts = (shown) => {
  const wanted = chartsOf(shown);
  const place = byId("charts");
  if (wanted.length === 0) {
    show(place, html("p", { class: "hint" }, "No metrics yet. Curves appear with the first step."));
    made.clear();
    return;
  }
  for (const name of [...made.keys()].filter((n) => !wanted.some((w) => w.name === n))) {
    made.get(name).element.remove();
    made.delete(name);
  }
  const elements = wanted.map(({ name, title }) => {
    if (!made.has(name)) {
      made.set(name, makeChart(name, title));
    }
    return made.get(name).element;
  });
  if (elements.some((element, i) => place.children[i] !== element) || place.children.length !== elements.length) {
    show(place, elements);
  }
  wanted.forEach(({ name, lines }) => made.get(name).update(lines, byId("log").checked && LOSSES.test(name)));
};
