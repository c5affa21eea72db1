// Where the boxes of a step's graph lie. The forward computation goes down on the left, the gradient comes up on the right
// beside the layers that it is of, the optimizer is below both. A layer is one box, or, opened, the boxes of its launches,
// each with the operations that it computes together.

const WIDTH = 300;
const GAP = 130;
const SIDE = 110;
const ROW_GAP = 30;
const HEAD = 46;
const LAUNCH_HEAD = 24;
const CHIP = 20;
const MOST_CHIPS = 24;
const PAD = 10;

const keyOf = (launch) => `${launch.phase} ${launch.layer}`;

/** The plan's layers in each phase: `{ key, phase, layer, launches }`, in the order of their first launches. */
export const groupsOf = (plan) => {
  const groups = new Map();
  plan.launches.forEach((launch, i) => {
    const key = keyOf(launch);
    if (!groups.has(key)) {
      groups.set(key, { key, phase: launch.phase, layer: launch.layer, launches: [] });
    }
    groups.get(key).launches.push(i);
  });
  return [...groups.values()];
};

/** The operations of a launch in lines of chips as wide as the box: `[{ text, x, y, width }]`. */
const chips = (launch) => {
  const names = (launch.nodes ?? []).map((node) => node.operation);
  const texts = names.length > MOST_CHIPS ? [...names.slice(0, MOST_CHIPS - 1), `and ${names.length - MOST_CHIPS + 1} more`] : names;
  const result = [];
  let x = 0;
  let y = 0;
  for (const text of texts.length > 0 ? texts : [`${launch.node_count ?? 0} operations`]) {
    const width = Math.min(WIDTH - 4 * PAD, text.length * 6.4 + 12);
    if (x + width > WIDTH - 4 * PAD) {
      x = 0;
      y += CHIP + 4;
    }
    result.push({ text, x, y, width });
    x += width + 5;
  }
  return { chips: result, height: y + CHIP };
};

const measured = (group, plan, opened) => {
  if (!opened.has(group.key)) {
    return { ...group, opened: false, height: HEAD, boxes: [] };
  }
  const order = group.phase === "gradient" ? [...group.launches].reverse() : group.launches;
  let y = HEAD + 2;
  const boxes = order.map((number) => {
    const inside = chips(plan.launches[number]);
    const box = { number, x: PAD, y, width: WIDTH - 2 * PAD, height: LAUNCH_HEAD + inside.height + 8, chips: inside.chips };
    y += box.height + 14;
    return box;
  });
  return { ...group, opened: true, height: y, boxes };
};

/**
 * Places all boxes. Gives the groups with `x`, `y`, `width`, `height` and their boxes, the place of each launch (`of`), and
 * the size of the whole.
 */
export const layOut = (plan, opened) => {
  const groups = groupsOf(plan).map((group) => measured(group, plan, opened));
  const of = (phase) => groups.filter((group) => group.phase === phase);
  const layers = [...new Set([...of("forward"), ...of("gradient").reverse()].map((group) => group.layer))];
  const hasGradient = of("gradient").length > 0;
  let y = 20;
  for (const layer of layers) {
    const forward = of("forward").find((group) => group.layer === layer);
    const gradient = of("gradient").find((group) => group.layer === layer);
    const height = Math.max(forward?.height ?? 0, gradient?.height ?? 0);
    if (forward) {
      Object.assign(forward, { x: SIDE, y, width: WIDTH });
    }
    if (gradient) {
      Object.assign(gradient, { x: SIDE + WIDTH + GAP, y: y + height - gradient.height, width: WIDTH });
    }
    y += height + ROW_GAP;
  }
  for (const group of of("optimizer")) {
    Object.assign(group, { x: hasGradient ? SIDE + (WIDTH + GAP) / 2 : SIDE, y: y + 14, width: WIDTH });
    y += group.height + ROW_GAP + 14;
  }
  const places = new Map();
  groups.forEach((group, order) => {
    const whole = { x: group.x, y: group.y, width: group.width, height: group.height, phase: group.phase, key: group.key, order };
    group.launches.forEach((number) => places.set(number, whole));
    group.boxes.forEach((box) =>
      places.set(box.number, { ...whole, x: group.x + box.x, y: group.y + box.y, width: box.width, height: box.height, key: `launch ${box.number}` })
    );
  });
  return { groups, places, width: SIDE * 2 + WIDTH + (hasGradient ? WIDTH + GAP : 0), height: y };
};

/** The edges between the boxes as they are: `{ from, to, path, count }`, each pair of boxes once. */
export const edgesOf = (plan, { places }) => {
  const edges = new Map();
  plan.launches.forEach((launch, number) => {
    const to = places.get(number);
    for (const before of launch.after) {
      const from = places.get(before);
      if (from.key !== to.key) {
        const key = `${from.key}>${to.key}`;
        const edge = edges.get(key) ?? { from: from.key, to: to.key, path: path(from, to), count: 0 };
        edge.count++;
        edges.set(key, edge);
      }
    }
  });
  return [...edges.values()];
};

const bulge = (distance) => Math.min(SIDE - 20, 24 + distance / 12);

const round = (...numbers) => numbers.map((n) => n.toFixed(1)).join(" ");

/** From one side of a box around to the same side of another. */
const around = (from, to, left) => {
  const x1 = left ? from.x : from.x + from.width;
  const x2 = left ? to.x : to.x + to.width;
  const y1 = from.y + from.height / 2;
  const y2 = to.y + to.height / 2;
  const out = (left ? Math.min(x1, x2) - bulge(Math.abs(y2 - y1)) : Math.max(x1, x2) + bulge(Math.abs(y2 - y1)));
  return `M${round(x1, y1)}C${round(out, y1, out, y2, x2, y2)}`;
};

const path = (from, to) => {
  const middle = (box) => box.x + box.width / 2;
  if (from.phase === to.phase) {
    const up = from.phase === "gradient";
    const space = up ? from.y - (to.y + to.height) : to.y - (from.y + from.height);
    if (space >= 0 && space <= ROW_GAP * 1.8) {
      return up
        ? `M${round(middle(from), from.y)}L${round(middle(to), to.y + to.height)}`
        : `M${round(middle(from), from.y + from.height)}L${round(middle(to), to.y)}`;
    }
    return around(from, to, from.phase !== "gradient");
  }
  if (to.phase === "optimizer") {
    return around(from, to, from.phase === "forward");
  }
  const [x1, x2] = from.x < to.x ? [from.x + from.width, to.x] : [from.x, to.x + to.width];
  const y1 = from.y + from.height / 2;
  const y2 = to.y + to.height / 2;
  const bend = (x1 + x2) / 2;
  return `M${round(x1, y1)}C${round(bend, y1, bend, y2, x2, y2)}`;
};
