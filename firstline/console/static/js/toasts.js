// @ts-check
/** Toasts: what the server says after a change, with the way back. They stay 8 seconds, and as long as pointed at or focused. */
import { icon, say } from "./page.js";

const STAY = 8000;

/** @typedef {{text: string, tone?: string, undo?: string, link?: string, link_label?: string}} ToastContent */

function shelf() {
  return /** @type {HTMLElement} */ (document.getElementById("toasts"));
}

/** Toasts stand above where somebody writes and above the menu at the bottom of a phone, never on their buttons. */
function makeRoom() {
  const heights = [...document.querySelectorAll(".composer, .rail")]
    .map((one) => one.getBoundingClientRect())
    .filter(({ height, top }) => height && top > innerHeight / 2)
    .map(({ top }) => innerHeight - top);
  shelf().style.setProperty("--above", `${Math.max(0, ...heights)}px`);
}

/**
 * Show a toast.
 * @param {string | ToastContent} content
 */
export function toast(content) {
  const { text, tone = "", undo = "", link = "", link_label = "" } = typeof content === "string" ? { text: content } : content;
  const element = document.createElement("div");
  element.className = `toast ${tone}`;
  element.setAttribute("role", tone === "bad" ? "alert" : "status");
  const words = document.createElement("span");
  words.textContent = text;
  element.append(icon(tone === "bad" ? "alert" : "check"), words);
  if (undo) element.append(undoForm(undo));
  if (link) {
    const anchor = document.createElement("a");
    anchor.className = "btn btn-quiet btn-s";
    anchor.href = link;
    anchor.textContent = link_label;
    element.append(anchor);
  }
  makeRoom();
  shelf().append(element);
  // @ts-ignore htmx is a classic script
  window.htmx?.process(element);
  leaveLater(element);
}

/** @param {string} url */
function undoForm(url) {
  const form = document.createElement("form");
  form.className = "inline";
  form.method = "post";
  form.action = url;
  form.setAttribute("hx-post", url);
  form.setAttribute("hx-swap", "none");
  const button = document.createElement("button");
  button.className = "btn btn-quiet btn-s";
  button.type = "submit";
  button.textContent = say("undo");
  form.append(button);
  return form;
}

/** @param {HTMLElement} element */
function leaveLater(element) {
  let timer = 0;
  const start = () => {
    clearTimeout(timer);
    timer = setTimeout(() => element.remove(), STAY);
  };
  const stop = () => clearTimeout(timer);
  for (const type of ["pointerenter", "focusin"]) element.addEventListener(type, stop);
  for (const type of ["pointerleave", "focusout"]) element.addEventListener(type, start);
  element.addEventListener("submit", () => setTimeout(() => element.remove()));
  start();
}

makeRoom();
for (const element of document.querySelectorAll("#toasts > .toast")) leaveLater(/** @type {HTMLElement} */ (element));
document.addEventListener("firstline:toast", (event) => toast(/** @type {CustomEvent} */ (event).detail));
document.addEventListener("htmx:sendError", () => {
  toast({ text: say("no-answer"), tone: "bad" });
});
document.addEventListener("htmx:responseError", (event) => {
  const { xhr } = /** @type {CustomEvent} */ (event).detail;
  if (xhr.getResponseHeader("HX-Trigger")) return;
  toast({ text: say("error"), tone: "bad" });
});
