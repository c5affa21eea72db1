// The graph of a step: layers, launches with the operations that they compute together, and what reads whose results.

import { html, show, svg, table } from "./elements.js";
import { bytes, count, seconds } from "./format.js";
import { edgesOf, groupsOf, layOut } from "./layout.js";

/** Plans up to this many launches are opened at first. */
const OPENED = 40;

const kept = new Map();

const shortened = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);

const about = (group, plan, times) => {
  const of = group.launches.map((i) => plan.launches[i]);
  const parts = [`${of.length} launch${of.length === 1 ? "" : "es"}`, bytes(sum(of.map((l) => l.bytes)))];
  if (times) {
    parts.push(seconds(sum(group.launches.map((i) => times.seconds[i]))));
  }
  return parts.join(" · ");
};

const titleOf = (group) => ({ forward: group.layer, gradient: `gradient of ${group.layer}`, optimizer: "optimizer" })[group.phase];

const details = (plan, number, times) => {
  const launch = plan.launches[number];
  const reads = [...launch.after.map((i) => `launch ${i}`), ...launch.inputs];
  return [
    html("h4", {}, `Launch ${number}: ${launch.kind}`),
    html("p", {}, `${launch.computes}. Reads ${reads.length ? reads.join(", ") : "nothing"}; moves ${bytes(launch.bytes)}, ${count(launch.operations)} operations`, times ? `, ${seconds(times.seconds[number])} in step ${times.step}.` : "."),
    launch.nodes
      ? table(
          "What it computes together",
          ["operation", "gives", "reads"],
          launch.nodes.map((node, i) => [`${i} ${node.operation}`, node.gives, node.reads.length ? node.reads.join(", ") : "inputs"])
        )
      : html("p", { class: "hint" }, `${launch.node_count} operations; a plan this large lists none of them.`),
  ];
};

export const drawGraph = (place, plan, times, key) => {
  if (plan.launches.length === 0) {
    show(place, html("p", { class: "hint" }, "The plan has no launches."));
    return;
  }
  const all = groupsOf(plan).map((group) => group.key);
  const state = kept.get(key) ?? { opened: new Set(plan.launches.length <= OPENED ? all : []), zoom: 1, launch: undefined };
  kept.set(key, state);
  const board = html("div", { class: "board scroll", tabindex: 0, role: "region", "aria-label": "Graph; the table of launches below says the same" });
  const panel = html("div", { class: "card panel", role: "status" });
  let size = { width: 1, height: 1 };

  const scale = () => {
    const drawing = board.querySelector("svg");
    drawing.setAttribute("width", String(Math.round(size.width * state.zoom)));
    drawing.setAttribute("height", String(Math.round(size.height * state.zoom)));
  };

  const zoom = (to) => {
    state.zoom = Math.min(2, Math.max(0.15, to));
    scale();
  };

  const choose = (number) => {
    state.launch = number;
    show(panel, details(plan, number, times));
    board.querySelectorAll(".launch").forEach((box) => box.classList.toggle("chosen", box.dataset.launch === String(number)));
  };

  const toggle = (group) => {
    if (!state.opened.delete(group)) {
      state.opened.add(group);
    }
    draw();
    board.querySelector(`[data-group="${CSS.escape(group)}"]`)?.focus();
  };

  const pressed = (action) => ({
    onclick: action,
    onkeydown: (event) => {
      if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        action();
      }
    },
  });

  const light = (name) => ({
    onpointerenter: () => mark(name, true),
    onpointerleave: () => mark(name, false),
    onfocus: () => mark(name, true),
    onblur: () => mark(name, false),
  });

  const mark = (name, on) =>
    board.querySelectorAll(".edge").forEach((edge) => {
      if (edge.dataset.from === name || edge.dataset.to === name) {
        edge.classList.toggle("lit", on);
      }
    });

  const launchBox = (box) => {
    const launch = plan.launches[box.number];
    const time = times ? seconds(times.seconds[box.number]) : bytes(launch.bytes);
    return svg(
      "g",
      {
        class: `launch${state.launch === box.number ? " chosen" : ""}`,
        transform: `translate(${box.x} ${box.y})`,
        tabindex: 0,
        role: "button",
        "data-launch": box.number,
        "aria-label": `launch ${box.number}, ${launch.computes}, ${time}`,
        ...pressed(() => choose(box.number)),
        ...light(`launch ${box.number}`),
      },
      svg("title", {}, launch.computes),
      svg("rect", { class: "plate", width: box.width, height: box.height, rx: 6 }),
      svg("text", { class: "name", x: 10, y: 17 }, `${box.number} ${launch.kind}`),
      svg("text", { class: "aside", x: box.width - 10, y: 17, "text-anchor": "end" }, time),
      box.chips.map((chip) =>
        svg(
          "g",
          { transform: `translate(${10 + chip.x} ${24 + chip.y})` },
          svg("rect", { class: "chip", width: chip.width, height: 20, rx: 10 }),
          svg("text", { class: "operation", x: chip.width / 2, y: 14, "text-anchor": "middle" }, chip.text)
        )
      )
    );
  };

  const inGroup = (group, ...parts) =>
    svg("g", { class: `group ${group.phase}`, transform: `translate(${group.x} ${group.y})` }, parts);

  const frame = (group) => svg("rect", { class: "frame", width: group.width, height: group.height, rx: 9 });

  /** All but the frame of an opened group, over which its edges are drawn. */
  const groupBox = (group) =>
    inGroup(
      group,
      group.opened ? undefined : frame(group),
      svg(
        "g",
        {
          class: "head",
          tabindex: 0,
          role: "button",
          "data-group": group.key,
          "aria-expanded": String(group.opened),
          "aria-label": `${titleOf(group)}, ${about(group, plan, times)}`,
          ...pressed(() => toggle(group.key)),
          ...light(group.key),
        },
        svg("title", {}, titleOf(group)),
        svg("rect", { class: "grip", width: group.width, height: 44, rx: 9 }),
        svg("text", { class: "name", x: 12, y: 19 }, `${group.opened ? "▾" : "▸"} ${shortened(titleOf(group), 36)}`),
        svg("text", { class: "aside", x: 12, y: 36 }, about(group, plan, times))
      ),
      group.boxes.map(launchBox)
    );

  const draw = () => {
    const layout = layOut(plan, state.opened);
    size = layout;
    const edges = edgesOf(plan, layout);
    show(
      board,
      svg(
        "svg",
        { viewBox: `0 0 ${layout.width} ${layout.height}` },
        svg(
          "defs",
          {},
          svg("marker", { id: "arrow", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto" }, svg("path", { class: "tip", d: "M0 0L8 4L0 8z" }))
        ),
        layout.groups.filter((group) => group.opened).map((group) => inGroup(group, frame(group))),
        edges.map((edge) => svg("path", { class: "edge", d: edge.path, "marker-end": "url(#arrow)", "data-from": edge.from, "data-to": edge.to })),
        layout.groups.map(groupBox)
      )
    );
    scale();
  };

  const button = (text, action, label) => html("button", { type: "button", onclick: action, "aria-label": label }, text);
  show(
    place,
    html(
      "div",
      { class: "bar tools", role: "group", "aria-label": "The graph's tools" },
      button("Open all", () => (all.forEach((g) => state.opened.add(g)), draw())),
      button("Close all", () => (state.opened.clear(), draw())),
      button("−", () => zoom(state.zoom / 1.25), "Smaller"),
      button("+", () => zoom(state.zoom * 1.25), "Larger"),
      button("Fit", () => zoom(board.clientWidth / size.width), "As wide as the page"),
      html("span", { class: "hint" }, `${plan.launches.length} launches on ${plan.device}`)
    ),
    html("div", { class: "graph" }, board, panel)
  );
  draw();
  if (size.width > board.clientWidth) {
    zoom(Math.max(0.5, board.clientWidth / size.width));
  }
  if (state.launch === undefined) {
    show(panel, html("p", { class: "hint" }, "The forward computation goes down on the left, the gradient comes up on the right. A box within a layer is one launch, with the operations that are fused in it. Choose a layer to open or close it, a launch to read what it does."));
  } else {
    choose(state.launch);
  }
};
