// @ts-check
/**
 * Files chosen in the composer, before they are sent: each with its name and size, how it will go out on this channel, and a way
 * to take it back. Choosing again adds. What the channel takes stands on the list; the server decides in the end.
 */
import { icon } from "./page.js";

/** @param {number} octets */
function size(octets) {
  return octets < 1e6 ? `${Math.max(1, Math.floor(octets / 1000))} kB` : `${(octets / 1e6).toFixed(1)} MB`;
}

/**
 * Whether a channel that declared this takes a file as a file; else the customer gets a link.
 * @param {File} file
 * @param {DOMStringMap} takes
 */
function fits(file, takes) {
  const kinds = (takes.kinds ?? "").split(" ");
  const kind = file.type.split("/")[0];
  const known = kinds.includes("file") || (["image", "audio", "video"].includes(kind) && kinds.includes(kind));
  return known && file.size <= Number(takes.most);
}

/**
 * @param {HTMLInputElement} input
 * @param {HTMLElement} list
 */
function show(input, list) {
  const files = [...(input.files ?? [])];
  list.hidden = files.length === 0;
  list.replaceChildren(...files.map((file, place) => {
    const item = document.createElement("li");
    const name = document.createElement("b");
    name.textContent = file.name;
    const detail = document.createElement("span");
    detail.textContent = fits(file, list.dataset) ? size(file.size) : `${size(file.size)} · ${list.dataset.asLink}`;
    const away = document.createElement("button");
    away.type = "button";
    away.className = "btn btn-quiet btn-icon btn-s";
    away.setAttribute("aria-label", `${list.dataset.away} ${file.name}`);
    away.append(icon("x"));
    away.addEventListener("click", () => {
      keep(input, files.filter((_one, other) => other !== place));
      show(input, list);
      input.focus();
    });
    item.append(name, detail, away);
    return item;
  }));
}

/**
 * @param {HTMLInputElement} input
 * @param {File[]} files
 */
function keep(input, files) {
  const held = new DataTransfer();
  for (const file of files) held.items.add(file);
  input.files = held.files;
}

/**
 * Show what is chosen in a form that has a list for it.
 * @param {HTMLFormElement} form
 */
export function prepare(form) {
  const input = form.querySelector('input[type="file"]');
  const list = form.querySelector("[data-chosen]");
  if (!(input instanceof HTMLInputElement) || !(list instanceof HTMLElement)) return;
  /** @type {File[]} */
  let before = [];
  input.addEventListener("click", () => { before = [...(input.files ?? [])]; });
  input.addEventListener("change", () => {
    keep(input, [...before, ...(input.files ?? [])]);
    before = [];
    show(input, list);
  });
  form.addEventListener("reset", () => setTimeout(() => show(input, list)));
}
