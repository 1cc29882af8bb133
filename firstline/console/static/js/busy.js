// @ts-check
/**
 * A form that is being sent: its button shows a spinner and the verb in its going-on form. Whatever the button says, a second
 * click is ignored until there is an answer.
 */
import { on } from "./page.js";

/** @param {HTMLElement} button */
function begin(button) {
  if (button.getAttribute("aria-busy") === "true") return;
  button.style.minInlineSize = `${button.offsetWidth}px`;
  button.setAttribute("aria-busy", "true");
  const kept = [...button.childNodes];
  const spinner = document.createElement("span");
  spinner.className = "spinner";
  button.replaceChildren(spinner, button.dataset.busy ?? "");
  busy.set(button, kept);
}

/** @param {HTMLElement} button */
function end(button) {
  const kept = busy.get(button);
  if (!kept) return;
  button.replaceChildren(...kept);
  button.removeAttribute("aria-busy");
  button.style.minInlineSize = "";
  busy.delete(button);
}

/** @type {Map<HTMLElement, ChildNode[]>} */
const busy = new Map();
/** @type {WeakSet<HTMLElement>} */
let sent = new WeakSet();

on("submit", "form", (form, event) => {
  const button = event instanceof SubmitEvent ? event.submitter : null;
  if (sent.has(form) || form.classList.contains("htmx-request") || button?.getAttribute("aria-busy") === "true") {
    event.preventDefault();
    event.stopImmediatePropagation();
    return;
  }
  if (button instanceof HTMLElement && button.dataset.busy) queueMicrotask(() => begin(button));
}, { capture: true });

/** Sent by the browser itself; an answer that is a file leaves the page as it is, so that it may be sent again after a while. */
window.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || !(form instanceof HTMLFormElement) || form.method !== "post") return;
  sent.add(form);
  setTimeout(() => sent.delete(form), 8000);
});

/** Every button is as it was. */
export function endBusy() {
  sent = new WeakSet();
  [...busy.keys()].forEach(end);
}

/** Filters act at once. */
on("change", "form[data-auto] select, form[data-auto] input[type=checkbox]", (control) => control.closest("form")?.requestSubmit());

document.addEventListener("htmx:afterRequest", endBusy);
window.addEventListener("pageshow", endBusy);
