// @ts-check
/** The rows of a schedule: days, start, end. */

/** Labels say which row they belong to. @param {Element} row @param {number} place */
export function label(row, place) {
  for (const control of row.querySelectorAll("[data-label]")) {
    control.setAttribute("aria-label", `${control.getAttribute("data-label")} ${place + 1}`);
  }
}

/** @param {string} text */
export function minutes(text) {
  const found = /^(\d{1,2}):(\d{2})$/.exec(text.trim());
  return found ? Number(found[1]) * 60 + Number(found[2]) : null;
}

export class Rows {
  /** @param {HTMLElement} host */
  constructor(host) {
    this.host = host;
  }

  all() {
    return /** @type {HTMLElement[]} */ ([...this.host.querySelectorAll(".hours-row")]);
  }

  values() {
    return this.all().map((row) => {
      const [days, start, end] = /** @type {HTMLInputElement[]} */ ([...row.querySelectorAll("select, input")]);
      return [days?.value, start?.value, end?.value];
    });
  }

  /** @param {string[]} values */
  append([days = "", start = "", end = ""]) {
    const template = this.host.querySelector('template[data-for="row"]');
    const row = template instanceof HTMLTemplateElement ? template.content.firstElementChild?.cloneNode(true) : null;
    if (!(row instanceof HTMLElement)) return null;
    const select = row.querySelector("select");
    const inputs = row.querySelectorAll("input");
    if (!select || !inputs[0] || !inputs[1]) return null;
    if (![...select.options].some((option) => option.value === days)) {
      const shown = days.split(",").map((day) => day.charAt(0).toUpperCase() + day.slice(1));
      select.add(new Option(shown.join(", "), days));
    }
    select.value = days;
    inputs[0].value = start;
    inputs[1].value = end;
    row.querySelector("button")?.setAttribute("type", "button");
    this.host.querySelector(".hours")?.append(row);
    return row;
  }

  add() {
    const used = this.values().map(([days]) => days);
    const free = ["weekdays", "sat", "sun", "mon", "tue", "wed", "thu", "fri"].find((day) => !used.includes(day));
    const row = this.append([free ?? "weekdays", "09:00", "17:00"]);
    this.number();
    row?.querySelector("select")?.focus();
  }

  /** @param {Element} button */
  remove(button) {
    const rows = this.all();
    const place = rows.findIndex((row) => row.contains(button));
    rows[place]?.remove();
    this.number();
    const next = this.all()[Math.min(place, rows.length - 2)];
    const focus = next?.querySelector("[data-remove-row]") ?? this.host.querySelector("[data-add-row]");
    if (focus instanceof HTMLElement) focus.focus();
  }

  /** @param {string} written */
  preset(written) {
    this.restore([written.split(" ")]);
  }

  /** @param {string[][]} values */
  restore(values) {
    for (const row of this.all()) row.remove();
    for (const value of values) this.append(value);
    this.number();
  }

  number() {
    this.all().forEach(label);
    this.host.toggleAttribute("data-none", this.all().length === 0);
  }

  /** An end before its start is said to mean the next day. */
  hint() {
    for (const row of this.all()) {
      const [start, end] = [...row.querySelectorAll("input")].map((input) => minutes(input.value));
      const hint = row.querySelector("[data-next-day]");
      if (hint instanceof HTMLElement) hint.hidden = start == null || end == null || end >= start || end === 0;
    }
  }
}
