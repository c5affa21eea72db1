// The pictures and texts that the job left in the run's folder.

import { html, show } from "./elements.js";
import { ago } from "./format.js";

const CURVE = "learning_curve.png";

const address = (run, file) => `/api/runs/${run.id}/files/${encodeURIComponent(file.name)}`;

const caption = (file) => html("figcaption", {}, html("strong", {}, file.name), ` ${ago(file.changed)}`);

const picture = (run, file) => {
  const path = `${address(run, file)}?changed=${file.changed}`;
  return html(
    "figure",
    { class: "card" },
    caption(file),
    html("a", { href: path, target: "_blank", rel: "noopener" }, html("img", { src: path, alt: `${file.name} of ${run.name}`, loading: "lazy" }))
  );
};

const text = async (run, file, fetched) =>
  html("figure", { class: "card" }, caption(file), html("pre", { tabindex: 0, "aria-label": file.name }, await fetched(address(run, file))));

export const drawSamples = async (place, run, fetched) => {
  if (run.files.length === 0) {
    show(place, html("p", { class: "hint" }, "No pictures or texts yet: most jobs make them when they end."));
    return;
  }
  const order = [...run.files].sort((a, b) => (a.name === CURVE) - (b.name === CURVE));
  const figures = await Promise.all(order.map((file) => (file.kind === "picture" ? picture(run, file) : text(run, file, fetched))));
  show(place, html("div", { class: "samples" }, figures));
};
