// The bytes of each category during each launch, as stacked bars.

import { html, show, svg, table } from "./elements.js";
import { bytes, exact, ticks } from "./format.js";

const HEIGHT = 220;
const LEFT = 64;
const BOTTOM = 26;
const TOP = 16;
const MOST_BARS = 400;

const sumAt = (memory, names, i) => names.reduce((sum, name) => sum + memory[name][i], 0);

/** Of several launches that share a bar, the one with the most bytes stands for all. */
const bars = (sums) => {
  const size = Math.ceil(sums.length / MOST_BARS);
  const result = [];
  for (let from = 0; from < sums.length; from += size) {
    let best = from;
    for (let i = from; i < Math.min(from + size, sums.length); i++) {
      best = sums[i] > sums[best] ? i : best;
    }
    result.push(best);
  }
  return result;
};

const drawing = (memory, names, sums, peak, width) => {
  const shown = bars(sums);
  const across = (width - LEFT - 8) / shown.length;
  const down = HEIGHT - TOP - BOTTOM;
  const y = (value) => TOP + (1 - value / Math.max(1, sums[peak])) * down;
  const rows = ticks(0, sums[peak], 4).map((value) =>
    svg(
      "g",
      {},
      svg("path", { class: "grid", d: `M${LEFT} ${y(value)}H${width - 8}` }),
      svg("text", { class: "tick", x: LEFT - 6, y: y(value) + 4, "text-anchor": "end" }, bytes(value))
    )
  );
  const stacks = shown.map((launch, i) => {
    let below = 0;
    const x = LEFT + i * across;
    return svg(
      "g",
      {},
      svg("title", {}, `launch ${launch}: ${names.map((n) => `${n} ${bytes(memory[n][launch])}`).join(", ")}`),
      names.map((name, c) => {
        const bottom = y(below);
        below += memory[name][launch];
        return svg("rect", {
          class: `category-${c % 6}`,
          x: x.toFixed(2),
          y: y(below).toFixed(2),
          width: Math.max(0.5, across - (across > 4 ? 1 : 0)).toFixed(2),
          height: Math.max(0, bottom - y(below)).toFixed(2),
        });
      })
    );
  });
  const at = LEFT + (shown.indexOf(peak) + 0.5) * across;
  const labels = ticks(0, sums.length - 1, Math.max(2, Math.floor(width / 90)))
    .filter(Number.isInteger)
    .map((launch) =>
      svg("text", { class: "tick", x: LEFT + ((launch + 0.5) / sums.length) * (width - LEFT - 8), y: HEIGHT - 8, "text-anchor": "middle" }, String(launch))
    );
  const side = at > width / 2 ? "end" : "start";
  return svg(
    "svg",
    { viewBox: `0 0 ${width} ${HEIGHT}`, width, height: HEIGHT, role: "img", "aria-label": `Bytes in use during each launch; the peak is ${bytes(sums[peak])} during launch ${peak}. The table below has the numbers.` },
    rows,
    stacks,
    labels,
    svg("path", { class: "peak", d: `M${at} ${TOP - 4}V${HEIGHT - BOTTOM}` }),
    svg("text", { class: "tick", x: at + (side === "end" ? -5 : 5), y: TOP - 4, "text-anchor": side }, `peak, launch ${peak}`)
  );
};

export const drawMemory = (place, plan) => {
  const { memory } = plan;
  const all = Object.keys(memory);
  const count = memory[all[0]]?.length ?? 0;
  if (count === 0) {
    show(place, html("p", { class: "hint" }, "The plan has no launches."));
    return;
  }
  const names = all.filter((name) => memory[name].some((b) => b > 0));
  const sums = Array.from({ length: count }, (_, i) => sumAt(memory, names, i));
  const peak = sums.reduce((best, sum, i) => (sum > sums[best] ? i : best), 0);
  const most = (name) => memory[name].reduce((a, b) => Math.max(a, b));
  const card = html("div", { class: "card" });
  show(place, card);
  const width = Math.max(280, card.clientWidth - 34);
  const legend = html(
    "ul",
    { class: "legend", "aria-label": "Categories" },
    names.map((name, c) =>
      html("li", {}, svg("svg", { width: 12, height: 12, "aria-hidden": "true" }, svg("rect", { class: `category-${c % 6}`, width: 12, height: 12, rx: 2 })), name)
    )
  );
  const numbers = html("details", { class: "numbers", ontoggle: () => {
    if (numbers.open && numbers.children.length === 1) {
      const rows = sums.map((sum, i) => [String(i), ...names.map((n) => exact(memory[n][i])), exact(sum)]);
      numbers.append(table("Bytes during each launch", ["launch", ...names, "all"], rows));
    }
  } }, html("summary", {}, "Numbers"));
  show(
    card,
    html("p", {}, `A step on ${plan.device} needs at most `, html("strong", {}, bytes(sums[peak])), ` at a time, during launch ${peak}; one block of `, html("strong", {}, bytes(plan.arena_bytes)), ` holds it all.`),
    legend,
    html("div", { class: "drawing" }, drawing(memory, names, sums, peak, width)),
    table("Bytes of each category", ["category", "at the peak", "most"], names.map((n) => [n, bytes(memory[n][peak]), bytes(most(n))])),
    numbers
  );
};
