// The plan's launches as a table, with their times as bars.

import { html, show, svg } from "./elements.js";
import { bytes, count, exact, seconds } from "./format.js";

const BAR = 80;

const bar = (value, most) =>
  svg(
    "svg",
    { class: "bar-of-time", width: BAR, height: 12, "aria-hidden": "true" },
    svg("rect", { class: "category-0", width: Math.max(1, (value / most) * BAR).toFixed(1), height: 12, rx: 2 })
  );

const row = (launch, number, times, most, total) =>
  html(
    "tr",
    {},
    html("th", { scope: "row" }, String(number)),
    html("td", { class: "text" }, launch.phase),
    html("td", { class: "text" }, launch.layer),
    html("td", { class: "text" }, launch.kind),
    html("td", { class: "text computes" }, launch.computes),
    html("td", {}, bytes(launch.bytes)),
    html("td", {}, count(launch.operations)),
    times
      ? [
          html("td", {}, html("data", { value: exact(times[number]) }, seconds(times[number]))),
          html("td", {}, `${((100 * times[number]) / total).toFixed(1)} %`),
          html("td", { class: "text" }, bar(times[number], most)),
        ]
      : []
  );

export const drawLaunches = (place, plan, measured) => {
  const times = measured?.seconds;
  const total = times?.reduce((a, b) => a + b, 0);
  const most = times?.reduce((a, b) => Math.max(a, b), 0);
  const heads = ["launch", "phase", "layer", "kind", "computes", "bytes moved", "operations", ...(times ? ["time", "share", ""] : [])];
  const body = html("tbody");
  const sort = html("input", { type: "checkbox", checked: times !== undefined, onchange: () => fill() });
  const fill = () => {
    const order = plan.launches.map((_, i) => i);
    if (sort.checked && times) {
      order.sort((a, b) => times[b] - times[a]);
    }
    show(body, order.map((i) => row(plan.launches[i], i, times, most, total)));
  };
  fill();
  const said = times
    ? html("p", { class: "bar" }, html("span", {}, `In step ${measured.step}, waited for one by one, they took ${seconds(total)}.`), html("label", {}, sort, " longest first"))
    : html("p", { class: "hint" }, "No times yet: the first step that is measured is the 8th.");
  show(
    place,
    said,
    html(
      "div",
      { class: "scroll", tabindex: 0, role: "region", "aria-label": "Launches" },
      html(
        "table",
        { class: "launches" },
        html("caption", {}, `The ${plan.launches.length} launches of a step`),
        html("thead", {}, html("tr", {}, heads.map((head, i) => html("th", { scope: "col", class: i > 0 && i < 5 ? "text" : undefined }, head)))),
        body
      )
    )
  );
};
