// @ts-check
/** Where the visitor writes: grows with the text, Enter sends, says when it is too long, takes files, tells that somebody writes. */
import { fill, h, icon } from "./dom.js";

const TYPING_EVERY_MS = 3_000;
const TYPING_STOPS_MS = 4_000;
/** The count shows from this share of the limit on. */
const COUNT_FROM = 0.9;

/**
 * @typedef {object} Ends
 * @property {(text: string, files: import("./store.js").Piece[]) => void} submit
 * @property {(on: boolean) => void} typing
 * @property {(text: string) => void} draft
 */

export class Composer {
  #typing = false;
  #told = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #stop;

  /**
   * @param {Record<string, string>} strings
   * @param {number} limit characters
   * @param {Ends} ends
   * @param {((changed: () => void, trouble: (text: string) => void) => import("./tray.js").Tray) | null} tray where files are taken
   */
  constructor(strings, limit, ends, tray) {
    this.strings = strings;
    this.limit = limit;
    this.ends = ends;
    this.problem = h("p.problem", { id: "problem", role: "status" });
    const attributes = { rows: 1, dir: "auto", enterkeyhint: "send", "aria-label": strings.your_message, "aria-describedby": "problem", placeholder: strings.placeholder };
    this.field = /** @type {HTMLTextAreaElement} */ (h("textarea", attributes));
    this.button = h("button.send", { type: "submit", "aria-label": strings.send, title: strings.send }, icon("send"));
    this.tray = tray?.(() => this.#measure(), (text) => this.#say(text, true));
    this.form = h("form.compose", {}, this.tray?.list, this.tray?.button, this.tray?.chooser, this.field, this.button);
    this.form.addEventListener("submit", (event) => this.#submit(event));
    this.field.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) this.#submit(event);
    });
    this.field.addEventListener("input", () => this.#changed());
    this.field.addEventListener("blur", () => this.#tell(false));
  }

  /** @param {string} text */
  fill(text) {
    this.field.value = text;
    this.#measure();
  }

  /** @param {Event} event */
  #submit(event) {
    event.preventDefault();
    const text = this.field.value.trim();
    const files = this.tray?.pieces ?? [];
    if (!(text || files.length) || this.#over() > 0 || this.tray?.busy) return;
    this.#tell(false);
    this.tray?.sent();
    this.fill("");
    this.ends.draft("");
    this.ends.submit(text, files);
  }

  /** Characters as the server counts them: code points. */
  #length() {
    return [...this.field.value.trim()].length;
  }

  #over() {
    return this.field.value.length > this.limit ? this.#length() - this.limit : 0;
  }

  #changed() {
    this.#measure();
    this.ends.draft(this.field.value);
    this.#tell(this.field.value.trim() !== "");
  }

  #measure() {
    const { field, limit, strings } = this;
    const over = this.#over() > 0;
    field.setAttribute("aria-invalid", String(over));
    this.button.setAttribute("aria-disabled", String(over || !!this.tray?.busy));
    const shown = field.value.length > limit * COUNT_FROM;
    this.#say(over ? fill(strings.too_long, { n: this.#length(), max: limit }) : shown ? `${this.#length()} / ${limit}` : "", over);
    if (CSS.supports("field-sizing", "content")) return;
    field.style.blockSize = "auto";
    field.style.blockSize = `${field.scrollHeight}px`;
  }

  /**
   * @param {string} text
   * @param {boolean} bad
   */
  #say(text, bad) {
    this.problem.classList.toggle("bad", bad);
    this.problem.textContent = text;
  }

  /** @param {boolean} on */
  #tell(on) {
    clearTimeout(this.#stop);
    if (on) this.#stop = setTimeout(() => this.#tell(false), TYPING_STOPS_MS);
    const now = Date.now();
    if (on ? this.#typing && now - this.#told < TYPING_EVERY_MS : !this.#typing) return;
    this.#typing = on;
    this.#told = now;
    this.ends.typing(on);
  }
}
