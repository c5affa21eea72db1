// Makes elements. Texts are always texts, never markup, whatever a run calls its things.

const SVG = "http://www.w3.org/2000/svg";

const fill = (element, attributes, children) => {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) {
      element.addEventListener(name.slice(2), value);
    } else if (value === true) {
      element.setAttribute(name, "");
    } else if (value !== false && value !== undefined) {
      element.setAttribute(name, String(value));
    }
  }
  element.append(...children.flat(2).filter((child) => child !== undefined));
  return element;
};

/** An HTML element: `html("p", { class: "hint" }, "text", other)`. */
export const html = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);

/** An SVG element. */
export const svg = (tag, attributes = {}, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

export const byId = (id) => document.getElementById(id);

/** Puts children in the place of those that are there. */
export const show = (element, ...children) => element.replaceChildren(...children.flat().filter((c) => c !== undefined));

/** A table with a caption; cells are texts or elements, and the first of each row is its heading. */
export const table = (caption, heads, rows, attributes = {}) =>
  html(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": caption },
    html(
      "table",
      attributes,
      html("caption", {}, caption),
      html("thead", {}, html("tr", {}, heads.map((head) => html("th", { scope: "col" }, head)))),
      html(
        "tbody",
        {},
        rows.map((row) =>
          html("tr", {}, row.map((cell, i) => html(i === 0 ? "th" : "td", i === 0 ? { scope: "row" } : {}, cell)))
        )
      )
    )
  );
