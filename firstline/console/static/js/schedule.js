// @ts-check
/**
 * `<firstline-schedule>`: rows of days, start and end. Rows are made from its `<template>`; after each change it asks the
 * server for the week as it would be, and shows it (or the refusal, with the row named) in its `[data-preview]`.
 */

const WAIT = 250;

class Schedule extends HTMLElement {
  #asking = 0;
  /** @type {AbortController | null} */
  #request = null;

  connectedCallback() {
    this.addEventListener("click", (event) => {
      const button = event.target instanceof Element ? event.target.closest("button") : null;
      if (button?.matches("[data-add-row]")) this.#add();
      if (button?.matches("[data-remove-row]")) this.#remove(button);
    });
    this.addEventListener("input", () => this.#changed());
    this.closest("form")?.addEventListener("change", (event) => {
      if (event.target instanceof Element && !this.contains(event.target)) this.#changed();
    });
    this.#number();
    this.#changed();
  }

  #rows() {
    return /** @type {HTMLElement[]} */ ([...this.querySelectorAll(".hours-row")]);
  }

  #add() {
    const template = this.querySelector("template");
    const row = template?.content.firstElementChild?.cloneNode(true);
    if (!(row instanceof HTMLElement)) return;
    const used = this.#rows().map((other) => other.querySelector("select")?.value);
    const days = row.querySelector("select");
    const free = ["weekdays", "sat", "sun", "mon", "tue", "wed", "thu", "fri"].find((day) => !used.includes(day));
    if (days && free) days.value = free;
    this.querySelector(".hours")?.append(row);
    this.#number();
    row.querySelector("select")?.focus();
    this.#changed();
  }

  /** @param {HTMLElement} button */
  #remove(button) {
    const rows = this.#rows();
    const place = rows.findIndex((row) => row.contains(button));
    rows[place]?.remove();
    this.#number();
    const next = this.#rows()[Math.min(place, rows.length - 2)];
    const focus = next?.querySelector("[data-remove-row]") ?? this.querySelector("[data-add-row]");
    if (focus instanceof HTMLElement) focus.focus();
    this.#changed();
  }

  /** Labels say which row they belong to. */
  #number() {
    this.#rows().forEach((row, place) => {
      for (const control of row.querySelectorAll("[data-label]")) {
        control.setAttribute("aria-label", `${control.getAttribute("data-label")} ${place + 1}`);
      }
    });
    this.toggleAttribute("data-none", this.#rows().length === 0);
  }

  #changed() {
    for (const row of this.#rows()) {
      const [start, end] = /** @type {HTMLInputElement[]} */ ([...row.querySelectorAll("input")]).map((input) => minutes(input.value));
      const hint = row.querySelector("[data-next-day]");
      if (hint instanceof HTMLElement) hint.hidden = !(start !== null && end !== null && end < start);
    }
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

/** @param {string} text */
function minutes(text) {
  const found = /^(\d{1,2}):(\d{2})$/.exec(text.trim());
  return found ? Number(found[1]) * 60 + Number(found[2]) : null;
}

customElements.define("firstline-schedule", Schedule);

export {};
