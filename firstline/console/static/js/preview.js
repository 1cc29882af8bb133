// @ts-check
/** The preview chat: suggestions are asked with a click, the field is cleared when its question was answered. */
import { on } from "./page.js";

on("click", "[data-asks]", (button) => {
  const field = document.getElementById(button.dataset.asks ?? "");
  if (!(field instanceof HTMLInputElement)) return;
  field.value = button.textContent?.trim() ?? "";
  field.form?.requestSubmit();
});

document.addEventListener("htmx:afterRequest", (event) => {
  const { elt, successful, xhr } = /** @type {CustomEvent} */ (event).detail;
  if (!successful || xhr.status >= 400 || !(elt instanceof HTMLFormElement) || elt.dataset.clears === undefined) return;
  document.getElementById("preview-start")?.remove();
  const field = elt.querySelector("input:not([type=hidden])");
  if (field instanceof HTMLInputElement) {
    field.value = "";
    field.focus();
  }
});
