// @ts-check
/**
 * Files for the next message: chosen, dropped or pasted. Each is sent to the server at once, shows how far it is, and can be
 * taken back or tried again. The server says what it takes; what is surely refused is said here, before anything is sent.
 */
import { fill, h, icon } from "./dom.js";
import { bytes } from "./message.js";

/**
 * @typedef {import("./protocol.js").Config} Config
 * @typedef {import("./store.js").Piece} Piece
 * @typedef {{ file: File, node: HTMLElement, bar: HTMLProgressElement, says: HTMLElement, again: HTMLElement, request?: XMLHttpRequest, id?: string, bad?: boolean }} Item
 */

export class Tray {
  /** @type {Item[]} */ #items = [];

  /**
   * @param {Config} config
   * @param {import("./protocol.js").FileLimits} limits
   * @param {{ token: () => string, changed: () => void, trouble: (text: string) => void }} ends
   */
  constructor(config, limits, ends) {
    const { server, account } = config;
    this.config = config;
    this.limits = limits;
    this.ends = ends;
    this.at = `${server}/widget/${encodeURIComponent(account)}/upload`;
    this.list = h("ul.tray", { "aria-live": "polite" });
  }

  get busy() {
    return this.#items.some((item) => !item.id && !item.bad);
  }

  /** @returns {Piece[]} what has arrived */
  get pieces() {
    return this.#items.flatMap(({ id, file }) => (id ? [{ id, name: file.name, size: file.size, type: file.type }] : []));
  }

  /** They went out with a message; what could not be sent stays. */
  sent() {
    for (const item of this.#items.filter(({ id }) => id)) this.#leave(item);
  }

  /** @param {File[]} files */
  add(files) {
    const { strings } = this.config;
    for (const file of files) {
      if (this.#items.length >= this.limits.count) return this.ends.trouble(fill(strings.too_many_files, { max: this.limits.count }));
      this.#add(file);
    }
  }

  /** @param {File} file */
  #add(file) {
    const { strings, locale } = this.config;
    const { size } = this.limits;
    const bar = /** @type {HTMLProgressElement} */ (h("progress", { max: 1, value: 0, "aria-label": strings.uploading }));
    const says = h("small", {}, bytes(file.size, locale));
    const again = h("button.link", { type: "button", hidden: true, onclick: () => this.#send(item) }, strings.again);
    const label = fill(strings.remove_file, { name: file.name });
    const away = h("button.quiet", { type: "button", "aria-label": label, title: label, onclick: () => this.#takeBack(item) }, icon("close"));
    const node = h("li", {}, this.#picture(file), h("div", {}, h("span", { dir: "auto" }, file.name), says, bar, again), away);
    /** @type {Item} */
    const item = { file, node, bar, says, again };
    this.#items.push(item);
    this.list.append(node);
    if (file.size > size) this.#refused(item, fill(strings.file_too_large, { max: size / 1e6 }), false);
    else if (!file.size) this.#refused(item, strings.file_empty, false);
    else this.#send(item);
  }

  /** @param {File} file */
  #picture(file) {
    if (!/^image\/(png|jpeg|gif|webp|avif)$/.test(file.type)) return null;
    const url = URL.createObjectURL(file);
    const done = () => URL.revokeObjectURL(url);
    /** @type {HTMLElement} a page's policy may forbid it: then there is the name alone */
    const shown = h("img", { src: url, alt: "", onload: done, onerror: () => (done(), shown.remove()) });
    return shown;
  }

  /** @param {Item} item */
  #send(item) {
    const { file, bar, again, says } = item;
    const request = (item.request = new XMLHttpRequest());
    item.bad = again.hidden = bar.hidden = false;
    says.className = "";
    says.textContent = bytes(file.size, this.config.locale);
    request.open("POST", `${this.at}?name=${encodeURIComponent(file.name)}&lang=${this.config.locale}`);
    request.responseType = "json";
    request.setRequestHeader("X-Visitor", this.ends.token());
    request.setRequestHeader("Content-Type", file.type || "application/octet-stream");
    request.upload.onprogress = ({ loaded, total }) => (bar.value = loaded / total);
    request.onloadend = () => {
      if (item.request !== request || !this.#items.includes(item)) return;
      const answer = request.response ?? {};
      if (request.status === 201) item.id = answer.id;
      else return this.#refused(item, answer.detail || this.config.strings.upload_failed, ![403, 413, 415, 422].includes(request.status));
      bar.hidden = true;
      this.ends.changed();
    };
    request.send(file);
    again.hidden = true;
    this.ends.changed();
  }

  /**
   * @param {Item} item
   * @param {string} why
   * @param {boolean} again whether it may be tried again
   */
  #refused(item, why, again) {
    item.bad = item.bar.hidden = true;
    item.again.hidden = !again;
    item.says.className = "bad";
    item.says.textContent = why;
    this.ends.changed();
  }

  /** @param {Item} item */
  #takeBack(item) {
    this.#leave(item);
    item.request?.abort();
    // Nobody waits for the answer: what is not taken back is forgotten by itself.
    if (item.id) fetch(`${this.at}/${item.id}`, { method: "DELETE", headers: { "X-Visitor": this.ends.token() } }).catch(() => {});
    this.ends.changed();
  }

  /** @param {Item} item */
  #leave(item) {
    this.#items.splice(this.#items.indexOf(item), 1);
    item.node.remove();
  }
}
