// @ts-check
/**
 * `<firstline-composer data-conversation>`: reply or comment. Ctrl+Enter sends, a draft is kept for each conversation and
 * kind in this browser, the customer sees that somebody types, and a message carries an id, so that sending it twice is one.
 */
import { prepare } from "./chosen-files.js";
import { choose } from "./tabs.js";
import { send } from "./live.js";
import { newId } from "./page.js";

const TYPING_EVERY = 3000;

/**
 * Whether a form has files or a template, which need no text.
 * @param {HTMLFormElement} form
 */
function hasMore(form) {
  const files = form.elements.namedItem("files");
  const template = form.elements.namedItem("template");
  return (
    (files instanceof HTMLInputElement && (files.files?.length ?? 0) > 0) ||
    (template instanceof HTMLSelectElement && template.value !== "")
  );
}

class Composer extends HTMLElement {
  #typedAt = 0;

  connectedCallback() {
    for (const form of this.querySelectorAll("form[data-kind]")) this.#prepare(/** @type {HTMLFormElement} */ (form));
    this.addEventListener("firstline:tab", () => this.#shown()?.querySelector("textarea")?.focus());
  }

  /** @param {"reply" | "comment"} kind */
  write(kind) {
    const tab = this.querySelector(`#tab-${kind}`);
    if (tab instanceof HTMLElement) choose(tab);
  }

  #shown() {
    return this.querySelector('[role="tabpanel"]:not([hidden])');
  }

  /** @param {HTMLFormElement} form */
  #prepare(form) {
    const kind = form.dataset.kind ?? "";
    const area = /** @type {HTMLTextAreaElement} */ (form.elements.namedItem("text"));
    const id = /** @type {HTMLInputElement} */ (form.elements.namedItem("client_id"));
    const draft = `firstline.draft.${this.dataset.conversation}.${kind}`;
    prepare(form);
    area.value = area.value || (localStorage.getItem(draft) ?? "");
    id.value = newId();
    area.addEventListener("input", () => {
      if (area.value.trim()) localStorage.setItem(draft, area.value);
      else localStorage.removeItem(draft);
      if (kind === "reply") this.#typing();
    });
    area.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing) {
        event.preventDefault();
        if (area.value.trim() || hasMore(form)) form.requestSubmit(/** @type {HTMLElement | null} */ (form.querySelector('button[type="submit"]:not([name])')));
      } else if (event.key === "Escape") {
        area.blur();
      }
    });
    form.addEventListener("submit", (event) => {
      const asks = event.submitter instanceof HTMLButtonElement && event.submitter.name === "asks";
      if (!area.value.trim() && !hasMore(form) && !asks) event.preventDefault();
    });
    form.addEventListener("htmx:afterRequest", (event) => {
      const { successful, elt, xhr } = /** @type {CustomEvent} */ (event).detail;
      // What was refused (422) is an answer too, which htmx counts as a success: what was written stays.
      if (elt !== form || !successful || xhr.status >= 400) return;
      form.reset();
      area.value = "";
      id.value = newId();
      this.#typedAt = 0;
      if (kind === "reply") send({ typing: this.dataset.conversation, on: false });
      localStorage.removeItem(draft);
      area.focus();
    });
  }

  /** Tell that somebody types, at most every three seconds. */
  #typing() {
    if (Date.now() - this.#typedAt < TYPING_EVERY) return;
    this.#typedAt = Date.now();
    send({ typing: this.dataset.conversation, on: true });
  }
}

customElements.define("firstline-composer", Composer);

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-writes]") : null;
  if (!(button instanceof HTMLElement)) return;
  const composer = document.querySelector("firstline-composer");
  if (composer instanceof Composer) composer.write(button.dataset.writes === "comment" ? "comment" : "reply");
});
