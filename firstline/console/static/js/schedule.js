// @ts-check
/**
 * `<firstline-schedule>`: rows of days, start and end; holidays; ready-made hours; undo. Rows are made from its templates. After
 * each change it asks the server for the week as it would be, and shows it (or the refusal, with the row named) in its
 * `[data-preview]`. Without this script the same buttons submit the form and the server sends it back changed.
 */
import { Holidays } from "./schedule-holidays.js";
import { minutes, Rows } from "./schedule-rows.js";

const WAIT = 250;
const STEPS = 50;

class Schedule extends HTMLElement {
  #asking = 0;
  /** @type {AbortController | null} */
  #request = null;
  /** @type {string[]} */
  #before = [];

  connectedCallback() {
    this.rows = new Rows(this);
    this.holidays = new Holidays(this);
    for (const button of this.querySelectorAll('button[name="do"]')) button.setAttribute("type", "button");
    this.addEventListener("click", (event) => {
      const button = event.target instanceof Element ? event.target.closest("button") : null;
      if (button) void this.#press(button);
    });
    this.addEventListener("keydown", (event) => {
      if (event.key.toLowerCase() !== "z" || !(event.ctrlKey || event.metaKey) || event.shiftKey) return;
      if (event.target instanceof HTMLInputElement) return;
      event.preventDefault();
      this.#undo();
    });
    this.addEventListener("input", () => this.#changed());
    this.closest("form")?.addEventListener("change", (event) => {
      if (event.target instanceof Element && !this.contains(event.target)) this.#changed();
    });
    this.rows.number();
    this.holidays.number();
    this.#changed();
  }

  /** @param {HTMLButtonElement} button */
  async #press(button) {
    const { rows, holidays } = this;
    if (!rows || !holidays) return;
    if (button.matches("[data-undo]")) return this.#undo();
    const before = this.#state();
    if (button.matches("[data-add-row]")) rows.add();
    else if (button.matches("[data-remove-row]")) rows.remove(button);
    else if (button.dataset.preset) rows.preset(button.dataset.preset);
    else if (button.matches("[data-add-holiday]")) holidays.add();
    else if (button.matches("[data-remove-holiday]")) holidays.remove(button);
    else if (!button.matches("[data-import]") || !(await holidays.import(button))) return;
    this.#before = [...this.#before.slice(1 - STEPS), before];
    this.#changed();
  }

  #state() {
    return JSON.stringify({ rows: this.rows?.values(), holidays: this.holidays?.values() });
  }

  /** The rows and holidays as they were before the last one was added, removed, imported or replaced. */
  #undo() {
    const before = this.#before.pop();
    if (before === undefined) return;
    const { rows, holidays } = JSON.parse(before);
    this.rows?.restore(rows);
    this.holidays?.restore(holidays);
    this.#changed();
    const focus = this.querySelector("[data-undo]:not([hidden])") ?? this.querySelector("[data-add-row]");
    if (focus instanceof HTMLElement) focus.focus();
  }

  #changed() {
    this.rows?.hint();
    const undo = this.querySelector("[data-undo]");
    if (undo instanceof HTMLElement) undo.hidden = this.#before.length === 0;
    clearTimeout(this.#asking);
    this.#asking = setTimeout(() => this.#preview(), WAIT);
  }

  async #preview() {
    const form = this.closest("form");
    const place = this.querySelector("[data-preview]");
    if (!form || !place || !this.dataset.previewUrl || !this.isConnected) return;
    this.#request?.abort();
    this.#request = new AbortController();
    try {
      const body = new URLSearchParams(/** @type {any} */ (new FormData(form)));
      const answer = await fetch(this.dataset.previewUrl, {
        method: "POST", body, credentials: "same-origin", signal: this.#request.signal,
      });
      if (answer.ok || answer.status === 422) place.innerHTML = await answer.text();
    } catch {
      /* another change came, or the server is away; the strip stays as it is */
    }
  }
}

customElements.define("firstline-schedule", Schedule);

export { minutes };
