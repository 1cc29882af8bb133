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
 * @property {(changed: () => void, trouble: (text: string) => void) => Promise<import("./tray.js").Tray>} tray what keeps chosen files
 */

export class Composer {
  #typing = false;
  #told = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #stop;
  /** @type {import("./tray.js").Tray | undefined} */ tray;
  /** @type {Promise<import("./tray.js").Tray> | undefined} */ #coming;

  /**
   * @param {Record<string, string>} strings
   * @param {number} limit characters
   * @param {Ends} ends
   * @param {import("./protocol.js").FileLimits | null} [files] where they are taken
   */
  constructor(strings, limit, ends, files) {
    this.strings = strings;
    this.limit = limit;
    this.ends = ends;
    this.problem = h("p.problem", { id: "problem", role: "status" });
    const attributes = { rows: 1, dir: "auto", enterkeyhint: "send", "aria-label": strings.your_message, "aria-describedby": "problem", placeholder: strings.placeholder };
    this.field = /** @type {HTMLTextAreaElement} */ (h("textarea", attributes));
    this.button = h("button.send", { type: "submit", "aria-label": strings.send, title: strings.send }, icon("send"));
    this.form = h("form.compose", {}, ...(files ? this.#ways(files) : []), this.field, this.button);
    this.form.addEventListener("submit", (event) => this.#submit(event));
    this.field.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) this.#submit(event);
    });
    this.field.addEventListener("input", () => this.#changed());
    this.field.addEventListener("blur", () => this.#tell(false));
  }

  /**
   * The paper clip. What keeps chosen files is fetched with the first of them.
   *
   * @param {import("./protocol.js").FileLimits} limits
   */
  #ways({ accept, size }) {
    const { strings } = this;
    const chooser = /** @type {HTMLInputElement} */ (h("input", { type: "file", multiple: true, hidden: true, accept }));
    chooser.addEventListener("change", () => {
      this.#attach(chooser.files);
      chooser.value = "";
    });
    const label = `${strings.attach}. ${fill(strings.files_hint, { max: size / 1e6 })}`;
    return [h("button.quiet", { type: "button", "aria-label": label, title: label, onclick: () => chooser.click() }, icon("clip")), chooser];
  }

  /** @param {HTMLElement} window files may be dropped anywhere on it, or pasted */
  over(window) {
    window.dataset.drop = this.strings.drop;
    const lit = (/** @type {boolean} */ on) => window.classList.toggle("drop", on);
    window.addEventListener("dragover", (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      lit(true);
    });
    window.addEventListener("dragleave", (event) => !window.contains(/** @type {Node | null} */ (event.relatedTarget)) && lit(false));
    window.addEventListener("drop", (event) => {
      lit(false);
      this.#attach(event.dataTransfer?.files, event);
    });
    window.addEventListener("paste", (event) => this.#attach(event.clipboardData?.files, event));
  }

  /**
   * @param {FileList | null | undefined} list
   * @param {Event} [event] which the page is not to act on
   */
  async #attach(list, event) {
    const files = [...(list ?? [])];
    if (!files.length) return;
    event?.preventDefault();
    this.#coming ??= this.ends.tray(() => this.#measure(), (text) => this.#say(text, true));
    try {
      this.tray = await this.#coming;
    } catch {
      this.#coming = undefined;
      return this.#say(this.strings.upload_failed, true);
    }
    if (!this.tray.list.isConnected) this.form.prepend(this.tray.list);
    this.tray.add(files);
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
