// Numbers for people. What a table shows is exact: the shortest text that is the log's number.

/** Five digits, for where there is little room; the exact number stands in the table beside it. */
export const short = (value) => {
  if (value === null || value === undefined) {
    return "–";
  }
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e7) {
    return whole(value);
  }
  if (size >= 1e7 || (size < 1e-3 && size > 0)) {
    return value.toExponential(3);
  }
  const five = Number(value.toPrecision(5));
  return Number.isInteger(five) ? whole(five) : String(five);
};

export const exact = (value) => (value === null || value === undefined ? "–" : String(value));

export const whole = (value) => String(value).replace(/\B(?=(\d{3})+(?!\d))/g, "\u202f");

const scaled = (value, unit, prefixes, base) => {
  let size = value;
  let i = 0;
  while (Math.abs(size) >= 999.5 && i + 1 < prefixes.length) {
    size /= base;
    i++;
  }
  return `${i === 0 ? size : Number(size.toPrecision(3))} ${prefixes[i]}${unit}`;
};

/** As `dagrad plan` writes them: 1 kB is 1000 bytes. */
export const bytes = (value) => scaled(value, "B", ["", "k", "M", "G", "T", "P"], 1000);

export const count = (value) => scaled(value, "", ["", "k", "M", "G", "T", "P"], 1000).trim();

export const seconds = (value) =>
  value >= 1
    ? `${Number(value.toPrecision(3))} s`
    : value >= 1e-3
      ? `${Number((value * 1e3).toPrecision(3))} ms`
      : `${Number((value * 1e6).toPrecision(3))} µs`;

/** How long ago, roughly. */
export const ago = (millis) => {
  const s = Math.max(0, Math.round((Date.now() - millis) / 1000));
  return s < 90 ? `${s} s ago` : s < 5400 ? `${Math.round(s / 60)} min ago` : s < 129600 ? `${Math.round(s / 3600)} h ago` : `${Math.round(s / 86400)} days ago`;
};

/** About `most` round numbers from `low` to `high`. */
export const ticks = (low, high, most) => {
  if (!(high > low)) {
    return [low];
  }
  const rough = (high - low) / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((f) => f * power).find((s) => s >= rough) ?? 10 * power;
  const result = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) {
    result.push(Number((i * step).toPrecision(12)));
  }
  return result;
};
