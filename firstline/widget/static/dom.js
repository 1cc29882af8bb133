// @ts-check
/** Elements from words: text always goes in as text, never as markup. */

/**
 * @param {string} name tag, with classes after dots: `"div.bubble"`
 * @param {Record<string, string | boolean | number | EventListener | null | undefined>} [attributes] `onclick` and the like add listeners; `true` sets an empty attribute; null, undefined and false none
 * @param {...(Node | string | null | undefined | false)} children
 * @returns {HTMLElement}
 */
export function h(name, attributes = {}, ...children) {
  const [tag, ...classes] = name.split(".");
  const element = document.createElement(tag);
  if (classes.length) element.className = classes.join(" ");
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(key.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(key, value === true ? "" : String(value));
  }
  for (const child of children) if (child) element.append(child);
  return element;
}

/** Icons on a 20 px grid, drawn as lines. */
const PATHS = {
  agent: "M6.5 6h7a3 3 0 0 1 3 3v3.5a3 3 0 0 1-3 3h-7a3 3 0 0 1-3-3V9a3 3 0 0 1 3-3zM10 6V3.5M7.5 10v1.5M12.5 10v1.5",
  clip: "m15.5 9.5-5.8 5.8a3.5 3.5 0 0 1-5-5l6.3-6.2a2.3 2.3 0 0 1 3.3 3.3L8 13.6a1.1 1.1 0 0 1-1.6-1.6l5.6-5.5",
  close: "m6 6 8 8m0-8-8 8",
  down: "m5.5 8 4.5 4.5L14.5 8",
  user: "M13 7a3 3 0 1 1-6 0 3 3 0 0 1 6 0M4 16.5c.7-3 3-4.5 6-4.5s5.3 1.5 6 4.5",
  send: "M10 16V4M5 9l5-5 5 5",
  up: "M6.5 9v7H4V9zM6.5 9.5 9.5 4c1.2 0 1.8.8 1.5 2l-.5 2.5h4.3c.9 0 1.4.7 1.2 1.5l-1.2 5c-.2.6-.6 1-1.3 1h-7",
  thumbdown: "M6.5 11V4H4v7zM6.5 10.5 9.5 16c1.2 0 1.8-.8 1.5-2l-.5-2.5h4.3c.9 0 1.4-.7 1.2-1.5l-1.2-5c-.2-.6-.6-1-1.3-1h-7",
};

/**
 * @param {keyof typeof PATHS} name
 * @returns {SVGElement}
 */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(svg.namespaceURI, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return /** @type {SVGElement} */ (svg);
}

/**
 * A sentence of the catalogue with its places filled.
 *
 * @param {string | undefined} sentence
 * @param {Record<string, string | number>} values
 */
export const fill = (sentence, values) => (sentence || "").replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
