// One chart: lines over steps, with axes, a cursor for pointer and keys, and a table of the same numbers.

import { html, svg, show, table } from "./elements.js";
import { exact, short, ticks, whole } from "./format.js";

const HEIGHT = 240;
const LEFT = 58;
const RIGHT = 12;
const TOP = 10;
const BOTTOM = 28;
const MOST_ROWS = 500;

const points = (line) =>
  line.run.rows.filter((row) => typeof row[line.name] === "number").map((row) => ({ x: row.step, y: row[line.name] }));

/** No more points than can be told apart: for each pixel the lowest and the highest. */
const thinned = (all, pixels) => {
  if (all.length <= 4 * pixels) {
    return all;
  }
  const result = [];
  const size = Math.ceil(all.length / pixels);
  for (let i = 0; i < all.length; i += size) {
    const part = all.slice(i, i + size);
    const low = part.reduce((a, b) => (b.y < a.y ? b : a));
    const high = part.reduce((a, b) => (b.y > a.y ? b : a));
    result.push(...(low.x <= high.x ? [low, high] : [high, low]));
  }
  return [...result, all.at(-1)];
};

const nearest = (all, x) => all.reduce((a, b) => (Math.abs(b.x - x) < Math.abs(a.x - x) ? b : a), all[0]);

const label = (line) => `${line.run.name}${line.validation ? ", validation" : ""}`;

/** A piece of a line as the legend shows it. */
const sample = (line) =>
  svg(
    "svg",
    { class: "sample", width: 26, height: 10, "aria-hidden": "true" },
    svg("path", { class: `line run-${line.run.index % 8}${line.validation ? " validation" : ""}`, d: "M1 5 H25" }),
    line.validation ? svg("circle", { class: `dot run-${line.run.index % 8}`, cx: 13, cy: 5, r: 2.5 }) : undefined
  );

/** Makes a chart; `update(lines, logarithmic)` draws it anew. */
export const makeChart = (name, title) => {
  const readout = html("p", { class: "readout" });
  const spoken = html("p", { class: "unseen", role: "status" });
  const drawing = html("div", {
    class: "drawing",
    tabindex: 0,
    role: "application",
    "aria-roledescription": "chart",
    onpointermove: (event) => point(event),
    onpointerleave: () => leave(),
    onblur: () => leave(),
    onkeydown: (event) => key(event),
  });
  const numbers = html("details", { class: "numbers", ontoggle: () => list() }, html("summary", {}, "Numbers"));
  const box = html("div");
  numbers.append(box);
  const legend = html("ul", { class: "legend", "aria-label": "Lines" });
  const element = html(
    "figure",
    { class: "chart", "data-metric": name },
    html("figcaption", {}, html("h3", {}, title)),
    legend,
    drawing,
    readout,
    spoken,
    numbers
  );
  let lines = [];
  let series = [];
  let scale;
  let cursor;

  const draw = (logarithmic) => {
    const width = Math.max(260, drawing.clientWidth || 480);
    series = lines.map((line) => ({ line, points: points(line) })).filter((s) => s.points.length > 0);
    const seen = logarithmic ? series.map((s) => ({ ...s, points: s.points.filter((p) => p.y > 0) })) : series;
    const all = seen.flatMap((s) => s.points);
    if (all.length === 0) {
      scale = undefined;
      show(drawing, html("p", { class: "hint" }, "no numbers yet"));
      return;
    }
    scale = scales(all, width, logarithmic);
    const { x, y } = scale;
    const pixels = width - LEFT - RIGHT;
    const parts = seen.map(({ line, points: own }) => {
      const drawn = thinned(own, pixels);
      const d = drawn.map((p, i) => `${i ? "L" : "M"}${x(p.x).toFixed(1)} ${y(p.y).toFixed(1)}`).join("");
      const kind = `run-${line.run.index % 8}${line.validation ? " validation" : ""}`;
      const dots = line.validation || drawn.length === 1 ? drawn : [];
      return svg(
        "g",
        {},
        svg("path", { class: `line ${kind}`, d }),
        dots.length <= 80 ? dots.map((p) => svg("circle", { class: `dot ${kind}`, cx: x(p.x), cy: y(p.y), r: 2.5 })) : []
      );
    });
    show(
      drawing,
      svg(
        "svg",
        { viewBox: `0 0 ${width} ${HEIGHT}`, width, height: HEIGHT, "aria-hidden": "true" },
        axes(scale, width),
        parts,
        svg("g", { class: "cursor" })
      )
    );
    move(cursor, false);
  };

  const move = (step, aloud) => {
    cursor = step;
    const group = drawing.querySelector(".cursor");
    if (!group || step === undefined) {
      group?.replaceChildren();
      show(readout, "\u00a0");
      return;
    }
    const at = series.map((s) => ({ line: s.line, point: nearest(s.points, step) }));
    show(
      group,
      svg("path", { d: `M${scale.x(step)} ${TOP}V${HEIGHT - BOTTOM}` }),
      at.filter((a) => Number.isFinite(scale.y(a.point.y))).map((a) =>
        svg("circle", { class: `dot run-${a.line.run.index % 8}`, cx: scale.x(a.point.x), cy: scale.y(a.point.y), r: 4 })
      )
    );
    const texts = at.map((a) => `${label(a.line)} ${exact(a.point.y)}${a.point.x === step ? "" : ` (step ${whole(a.point.x)})`}`);
    show(readout, html("strong", {}, `step ${whole(step)}`), texts.map((text) => html("span", {}, text)));
    if (aloud) {
      spoken.textContent = `step ${step}: ${texts.join("; ")}`;
    }
  };

  const leave = () => move(undefined, false);

  const steps = () => [...new Set(series.flatMap((s) => s.points.map((p) => p.x)))].sort((a, b) => a - b);

  const point = (event) => {
    if (scale) {
      const box = drawing.getBoundingClientRect();
      const at = scale.step(event.clientX - box.left);
      move(steps().reduce((a, b) => (Math.abs(b - at) < Math.abs(a - at) ? b : a)), false);
    }
  };

  const key = (event) => {
    const all = steps();
    const here = cursor === undefined ? all.length : all.indexOf(cursor);
    const to = {
      ArrowLeft: here - 1,
      ArrowRight: here + 1,
      PageUp: here - 10,
      PageDown: here + 10,
      Home: 0,
      End: all.length - 1,
    }[event.key];
    if (event.key === "Escape") {
      leave();
    } else if (to !== undefined && all.length > 0) {
      event.preventDefault();
      move(all[Math.min(all.length - 1, Math.max(0, to))], true);
    }
  };

  const list = () => {
    if (numbers.open) {
      const by = series.map((s) => new Map(s.points.map((p) => [p.x, p.y])));
      const all = steps().reverse();
      const rows = all.slice(0, MOST_ROWS).map((step) => [exact(step), ...by.map((values) => exact(values.get(step)))]);
      const of = all.length > MOST_ROWS ? `, the last ${MOST_ROWS} of ${all.length} lines` : "";
      show(box, table(`${title}${of}`, ["step", ...series.map((s) => label(s.line))], rows));
    }
  };

  const update = (newLines, logarithmic) => {
    lines = newLines;
    show(legend, lines.map((line) => html("li", {}, sample(line), label(line))));
    draw(logarithmic);
    const last = series.map((s) => `${label(s.line)} ${short(s.points.at(-1).y)} at step ${s.points.at(-1).x}`);
    drawing.setAttribute("aria-label", `${title} over steps. Last: ${last.join("; ")}. Arrow keys read values.`);
    list();
  };

  return { element, update };
};

const scales = (all, width, logarithmic) => {
  const xs = all.map((p) => p.x);
  const ys = all.map((p) => p.y);
  const from = Math.min(...xs.slice(0, 1), xs.reduce((a, b) => Math.min(a, b)));
  const to = xs.reduce((a, b) => Math.max(a, b));
  const f = logarithmic ? Math.log10 : (v) => v;
  let low = f(ys.reduce((a, b) => Math.min(a, b)));
  let high = f(ys.reduce((a, b) => Math.max(a, b)));
  const room = high > low ? (high - low) * 0.05 : Math.abs(high) * 0.1 || 1;
  low -= room;
  high += room;
  const across = width - LEFT - RIGHT;
  const down = HEIGHT - TOP - BOTTOM;
  const span = to > from ? to - from : 1;
  return {
    from,
    to,
    low,
    high,
    logarithmic,
    x: (step) => LEFT + ((step - from) / span) * across,
    y: (value) => TOP + (1 - (f(value) - low) / (high - low)) * down,
    step: (pixel) => from + ((pixel - LEFT) / across) * span,
  };
};

const axes = (scale, width) => {
  const exponents = scale.logarithmic && scale.high - scale.low > 1.5;
  const marks = ticks(scale.low, scale.high, exponents ? 5 : 4)
    .filter((t) => !exponents || Number.isInteger(t))
    .map((t) => (scale.logarithmic ? 10 ** t : t));
  const rows = marks.map((value) =>
    svg(
      "g",
      {},
      svg("path", { class: "grid", d: `M${LEFT} ${scale.y(value).toFixed(1)}H${width - RIGHT}` }),
      svg("text", { class: "tick", x: LEFT - 6, y: scale.y(value) + 4, "text-anchor": "end" }, tick(value))
    )
  );
  const columns = ticks(scale.from, scale.to, Math.max(2, Math.floor(width / 110)))
    .filter(Number.isInteger)
    .map((step) =>
      svg("text", { class: "tick", x: scale.x(step), y: HEIGHT - 9, "text-anchor": "middle" }, whole(step))
    );
  return svg("g", {}, rows, columns, svg("path", { class: "axis", d: `M${LEFT} ${HEIGHT - BOTTOM}H${width - RIGHT}` }));
};

const tick = (value) => {
  const size = Math.abs(value);
  if (size >= 1e5 || (size > 0 && size < 1e-3)) {
    return value.toExponential(size >= 1e5 && value / 10 ** Math.floor(Math.log10(size)) % 1 ? 1 : 0).replace("e+", "e");
  }
  return String(Number(value.toPrecision(3)));
};
