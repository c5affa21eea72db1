// The configurations of all shown runs side by side; what differs is marked.

import { byId, html, show } from "./elements.js";

const configs = new Map();
let drawn = "";

const load = async (run) => {
  if (!configs.has(run.id)) {
    const answer = await fetch(`/api/runs/${run.id}`);
    const { config } = await answer.json();
    if (Object.keys(config).length > 0) {
      configs.set(run.id, config);
    }
    return config;
  }
  return configs.get(run.id);
};

const value = (config, name) => (name in config ? (typeof config[name] === "string" ? config[name] : JSON.stringify(config[name])) : "–");

/** Draws the table anew if other runs are shown. */
export const drawSettings = async (shown) => {
  const key = shown.map((run) => `${run.id} ${run.name} ${run.message ?? ""}`).join("\n");
  if (key === drawn) {
    return;
  }
  drawn = key;
  const all = await Promise.all(shown.map(load));
  const names = [...new Set(all.flatMap((config) => Object.keys(config)))];
  if (names.length === 0) {
    show(byId("settings-body"), html("p", { class: "hint" }, "No configuration."));
    return;
  }
  const rows = names.map((name) => {
    const values = all.map((config) => value(config, name));
    const differs = new Set(values).size > 1;
    return html(
      "tr",
      { class: differs ? "differs" : undefined },
      html("th", { scope: "row" }, name, differs ? html("span", { class: "mark" }, " differs") : undefined),
      values.map((v) => html("td", { class: "text" }, v))
    );
  });
  show(
    byId("settings-body"),
    html(
      "div",
      { class: "scroll", tabindex: 0, role: "region", "aria-label": "Settings" },
      html(
        "table",
        {},
        html("caption", {}, shown.length > 1 ? "What the runs were asked for; rows that differ are marked" : "What the run was asked for"),
        html("thead", {}, html("tr", {}, html("th", { scope: "col" }, "setting"), shown.map((run) => html("th", { scope: "col", class: "text" }, run.name)))),
        html("tbody", {}, rows)
      )
    )
  );
};
