// What the server has told of the runs so far.

/** Runs in the server's order; each with `rows`, the lines of its metrics. */
export const runs = [];

const rowsOf = new Map();

/** Takes the event `runs`. */
export const takeRuns = (told) => {
  const shown = new Map(runs.map((run) => [run.id, run.shown]));
  runs.length = 0;
  told.runs.forEach((run, i) => {
    runs.push({ ...run, index: i, shown: shown.get(run.id) ?? true, rows: rowsOf.get(run.id) ?? [] });
  });
};

/** Takes the event `metrics`. */
export const takeMetrics = ({ id, from, rows }) => {
  const all = [...(rowsOf.get(id) ?? []).slice(0, from), ...rows];
  rowsOf.set(id, all);
  const run = runs.find((r) => r.id === id);
  if (run) {
    run.rows = all;
  }
};

/** The last value of a metric that a run has, or undefined. */
export const latest = (run, name) => {
  for (let i = run.rows.length - 1; i >= 0; i--) {
    const value = run.rows[i][name];
    if (value !== undefined) {
      return value;
    }
  }
  return undefined;
};

const FIRST = ["loss", "learning_rate", "gradient_norm", "items_per_s"];
const TITLES = { loss: "Loss", learning_rate: "Learning rate", gradient_norm: "Gradient norm", items_per_s: "Examples per second" };
const titled = (name) => name.charAt(0).toUpperCase() + name.slice(1).replaceAll("_", " ");

const VALIDATION = "val_";

/**
 * The charts that the shown runs' metrics make: one for each metric, with the validation's beside the training's.
 * Each is `{ name, title, lines: [{ run, name, validation }] }`.
 */
export const chartsOf = (shown) => {
  const names = new Set();
  shown.forEach((run) => run.rows.forEach((row) => Object.keys(row).forEach((name) => names.add(name))));
  names.delete("step");
  const plain = new Set([...names].map((name) => (name.startsWith(VALIDATION) ? name.slice(VALIDATION.length) : name)));
  const others = [...plain].filter((name) => !FIRST.includes(name)).sort();
  return ["loss", ...others, ...FIRST.slice(1)]
    .filter((name) => plain.has(name))
    .map((name) => ({
      name,
      title: TITLES[name] ?? titled(name),
      lines: shown.flatMap((run) =>
        [name, VALIDATION + name]
          .filter((line) => run.rows.some((row) => line in row))
          .map((line) => ({ run, name: line, validation: line !== name }))
      ),
    }));
};
