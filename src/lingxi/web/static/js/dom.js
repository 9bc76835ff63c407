// Elements without templates: el("a", { href, class: "card" }, child, …). Text is always text, never markup.

export function el(tag, props = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name === "style") setStyle(made, value);
    else if (name === "data") Object.assign(made.dataset, value);
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

function setStyle(made, style) {
  for (const [name, value] of Object.entries(style)) made.style.setProperty(name, value);
}

const SVG = "http://www.w3.org/2000/svg";

/** A drawn icon of the sprite; decorative, so hidden from screen readers. */
export function icon(name, className = "icon") {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", className);
  svg.setAttribute("viewBox", "0 0 48 48");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `/static/icons.svg#${name}`);
  svg.append(use);
  return svg;
}

/** A small line sign (a plus, an arrow): the path of a 24 × 24 drawing. */
export function sign(path) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "sign");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(SVG, "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

export const SIGNS = {
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  cross: "M6 6l12 12M18 6L6 18",
  next: "M9 5l7 7-7 7",
  before: "M15 5l-7 7 7 7",
  spark: "M12 3l2 6 6 3-6 3-2 6-2-6-6-3 6-3z",
  bolt: "M13 3L5 14h6l-1 7 8-11h-6z",
  shuffle: "M4 7h4l8 10h4M4 17h4l2-3M14 9l2-2h4M18 4l3 3-3 3M18 14l3 3-3 3",
  disk: "M4 7c0-4 16-4 16 0v10c0 4-16 4-16 0zM4 7c0 4 16 4 16 0M4 12c0 4 16 4 16 0",
  brain: "M5 12a7 7 0 0 1 14 0M5 12a7 7 0 0 0 14 0M12 5v14M5 12h14",
};
