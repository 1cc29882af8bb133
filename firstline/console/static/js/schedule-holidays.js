// @ts-check
/** The holidays of a schedule, and their import. */
import { say } from "./page.js";
import { label } from "./schedule-rows.js";

export class Holidays {
  /** @param {HTMLElement} host */
  constructor(host) {
    this.host = host;
  }

  all() {
    return /** @type {HTMLElement[]} */ ([...this.host.querySelectorAll(".holiday-row")]);
  }

  values() {
    return this.all().map((row) => [...row.querySelectorAll("input")].map((input) => input.value));
  }

  /** @param {string[]} values date, hours, name */
  append([date = "", hours = "", name = ""]) {
    const template = this.host.querySelector('template[data-for="holiday"]');
    const row = template instanceof HTMLTemplateElement ? template.content.firstElementChild?.cloneNode(true) : null;
    if (!(row instanceof HTMLElement)) return null;
    [...row.querySelectorAll("input")].forEach((input, place) => {
      input.value = [date, hours, name][place] ?? "";
    });
    const shown = row.querySelector("[data-holiday-name]");
    if (shown instanceof HTMLElement && name) {
      const day = new Date(`${date}T12:00:00Z`).toLocaleDateString(document.documentElement.lang, { weekday: "long", timeZone: "UTC" });
      shown.textContent = `${day}, ${name}`;
      shown.hidden = false;
    }
    row.querySelector("button")?.setAttribute("type", "button");
    this.host.querySelector(".holiday-list")?.append(row);
    return row;
  }

  add() {
    const row = this.append([]);
    this.number();
    row?.querySelector("input")?.focus();
  }

  /** @param {Element} button */
  remove(button) {
    const rows = this.all();
    const place = rows.findIndex((row) => row.contains(button));
    rows[place]?.remove();
    this.number();
    const next = this.all()[Math.min(place, rows.length - 2)];
    const focus = next?.querySelector("[data-remove-holiday]") ?? this.host.querySelector("[data-add-holiday]");
    if (focus instanceof HTMLElement) focus.focus();
  }

  /** @param {string[][]} values */
  restore(values) {
    for (const row of this.all()) row.remove();
    for (const value of values) this.append(value);
    this.number();
    this.note("");
  }

  number() {
    this.all().forEach(label);
    const count = this.host.querySelector("[data-holiday-count]");
    if (count) count.textContent = this.all().length ? String(this.all().length) : "";
  }

  /** @param {string} text */
  note(text) {
    const place = this.host.querySelector("[data-import-note]");
    if (place) place.textContent = text;
  }

  /**
   * The public holidays that are not there yet; false if nothing was added.
   * @param {HTMLButtonElement} button
   */
  async import(button) {
    const form = this.host.closest("form");
    if (!form) return false;
    button.disabled = true;
    const body = new URLSearchParams(/** @type {any} */ (new FormData(form)));
    const answer = await fetch("/schedule/holidays", {
      method: "POST", body, credentials: "same-origin", headers: { "HX-Request": "true" },
    }).catch(() => null);
    button.disabled = false;
    button.focus();
    if (!answer?.ok) {
      this.note(answer && answer.status < 500 ? await answer.text() : say("no-answer"));
      return false;
    }
    const there = new Set(this.values().map(([date]) => date));
    const found = /** @type {{date: string, name: string}[]} */ ((await answer.json()).items);
    const fresh = found.filter((one) => !there.has(one.date));
    const values = [...this.values().filter(([date, hours]) => date || hours), ...fresh.map((one) => [one.date, "", one.name])];
    this.restore(values.sort(([one = ""], [other = ""]) => one.localeCompare(other)));
    this.note(fresh.length ? `${fresh.length} ${this.host.dataset.imported ?? ""}` : (this.host.dataset.nothing ?? ""));
    return fresh.length > 0;
  }
}
