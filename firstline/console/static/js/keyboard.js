// @ts-check
/**
 * Keys. Any button or link with `data-key="e"` is done by that key outside fields; with `data-key="mod+enter"` also inside.
 * J and K move through the list marked `data-list`. Single keys can be switched off.
 */
import { isWriting } from "./page.js";

const OFF = "firstline.keys-off";

/** Whether single keys act. */
export function keysOn() {
  return localStorage.getItem(OFF) === null;
}

/** @param {KeyboardEvent} event */
function written(event) {
  const mod = event.ctrlKey || event.metaKey ? "mod+" : "";
  return mod + (event.key.length === 1 ? event.key.toLowerCase() : event.key.toLowerCase());
}

/** @param {string} key */
function doer(key) {
  const within = document.querySelector("dialog[open]") ?? document;
  for (const element of within.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)) {
    if (element instanceof HTMLElement && !element.hasAttribute("disabled") && element.offsetParent !== null) return element;
  }
  return null;
}

/** @param {number} step */
function move(step) {
  const links = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-list] a[href]")]);
  if (!links.length) return false;
  const focused = links.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  const now = focused >= 0 ? focused : links.findIndex((link) => link.hasAttribute("aria-current"));
  const next = links[Math.min(Math.max(now + step, 0), links.length - 1)];
  next.focus();
  next.scrollIntoView({ block: "nearest" });
  if (next.hasAttribute("data-follow")) next.click();
  return true;
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.altKey || event.isComposing) return;
  const key = written(event);
  if (key === "mod+k") {
    event.preventDefault();
    document.dispatchEvent(new CustomEvent("firstline:command"));
    return;
  }
  if (!key.startsWith("mod+")) {
    if (isWriting() || !keysOn() || document.querySelector("dialog[open]")) return;
    if ((key === "j" || key === "k") && move(key === "j" ? 1 : -1)) {
      event.preventDefault();
      return;
    }
    if (key === "?") {
      const help = document.getElementById("all-keys");
      if (help instanceof HTMLDialogElement) help.showModal();
      return;
    }
  }
  const element = doer(key);
  if (!element) return;
  event.preventDefault();
  if (element.matches("input, textarea")) {
    element.focus();
    if (element instanceof HTMLInputElement) element.select();
  } else {
    element.click();
  }
});

const choice = document.getElementById("single-keys");
if (choice instanceof HTMLInputElement) {
  choice.checked = keysOn();
  choice.addEventListener("change", () => {
    if (choice.checked) localStorage.removeItem(OFF);
    else localStorage.setItem(OFF, "1");
  });
}
