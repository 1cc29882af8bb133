// @ts-check
/** The conversation as it is read: entries in order, days, names once per run, who is writing, and where the reader's eye is. */
import { fill, h, icon } from "./dom.js";
import { build, delivery } from "./message.js";

/**
 * @typedef {import("./protocol.js").Entry} Entry
 * @typedef {import("./message.js").Shown} Shown
 * @typedef {import("./message.js").Item} Item
 * @typedef {import("./message.js").Setting} Setting
 * @typedef {import("./store.js").Point} Point
 */

const NEAR_END_PX = 80;
const TYPING_MS = 12_000;
/** Whoever stops writing has usually sent something, which is about to arrive. */
const STOPPED_MS = 400;

/** The conversation of a message that has no place yet: after all that have one. */
export const UNPLACED = "~";

/**
 * @param {Point} a
 * @param {Point} b
 * @returns {boolean} whether a comes after b
 */
export const after = (a, b) => (a.conversation === b.conversation ? a.seq > b.seq : a.conversation > b.conversation);

export class Log {
  /** @type {Item[]} in order */ #items = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #quiet;
  #typist = "";
  #atEnd = true;
  #height = 0;

  /**
   * @param {Setting} setting
   * @param {(before: Point) => void} earlier asks for the entries before that one
   */
  constructor(setting, earlier) {
    const { strings } = setting;
    this.setting = setting;
    this.earlier = h("button.pill-button", { type: "button", hidden: true, onclick: () => this.first && earlier(this.first) }, strings.earlier);
    this.welcome = h("div.item", { hidden: true });
    this.typing = h("div.msg.agent", { hidden: true, "aria-live": "off" });
    this.list = h("div.list", {}, this.earlier, this.welcome, this.typing);
    this.element = h("div.log", { role: "log", "aria-label": strings.messages, tabindex: 0, onscroll: () => this.#seen() }, this.list);
    this.jump = h("button.pill-button.jump", { type: "button", hidden: true, onclick: () => this.toEnd() }, icon("down"), strings.below);
    new ResizeObserver(() => this.#resized()).observe(this.element);
  }

  /** Place of the oldest entry shown. */
  get first() {
    return point(this.#items[0]);
  }

  /** Place of the newest entry that has one. */
  get last() {
    return point(this.#items.findLast(({ entry }) => entry.conversation !== UNPLACED));
  }

  /**
   * @param {Point | undefined} read
   * @returns {number} messages of the other side after that place
   */
  unread(read) {
    return this.#items.filter(({ entry }) => entry.kind === "message" && entry.by.kind !== "contact" && (!read || after(entry, read))).length;
  }

  /**
   * @param {string} clientId
   * @returns {Shown | undefined} the message with that id
   */
  holds(clientId) {
    return this.#items.find(({ entry }) => entry.clientId === clientId)?.entry;
  }

  /** Whether the agent has said anything in what is shown. */
  get hasAgent() {
    return this.#items.some(({ entry }) => entry.by.kind === "agent");
  }

  clear() {
    for (const { node } of this.#items) node.remove();
    this.#items = [];
  }

  /**
   * Show an entry, or what is new about one that is shown already. A confirmed message takes the place of its draft.
   *
   * @param {Shown} entry
   * @returns {boolean} whether it was not there before
   */
  put(entry) {
    const known = this.#items.find((item) => item.entry.id === entry.id || (entry.clientId && item.entry.clientId === entry.clientId));
    // The draft of a message with files knows no addresses of theirs.
    const filesCame = entry.files?.[0]?.url && !known?.entry.files?.[0]?.url;
    if (known && known.entry.text === entry.text && !filesCame) {
      const feedback = known.entry.feedback;
      const moved = known.entry.seq !== entry.seq || known.entry.conversation !== entry.conversation;
      Object.assign(known.entry, { status: undefined, problem: undefined }, entry, { feedback: entry.feedback ?? feedback });
      if (moved) this.#place(known);
      this.#regroup();
      return false;
    }
    const follow = this.#nearEnd();
    if (known) this.#remove(known);
    const item = build(entry, this.setting);
    this.#place(item);
    this.#regroup();
    if (follow || entry.by.kind === "contact") this.#show(item.node);
    else this.jump.hidden = entry.kind !== "message";
    return !known;
  }

  /** @param {Item} item */
  #remove(item) {
    item.node.remove();
    this.#items.splice(this.#items.indexOf(item), 1);
  }

  /** @param {Item} item put where its number belongs, before the first with a greater one */
  #place(item) {
    const held = this.#items.indexOf(item);
    if (held >= 0) this.#items.splice(held, 1);
    let at = this.#items.length;
    while (at > 0 && after(this.#items[at - 1].entry, item.entry)) at--;
    const next = this.#items[at]?.node ?? this.typing;
    if (item.node.nextElementSibling !== next) this.list.insertBefore(item.node, next);
    this.#items.splice(at, 0, item);
  }

  /** Names once per run of one sender, delivery under the last message, days where they change. */
  #regroup() {
    let before = "";
    let day = new Date().toDateString();
    const last = this.#items.findLast(({ entry }) => entry.by.kind === "contact");
    const answered = this.#items.findLast(({ entry }) => ["agent", "teammate"].includes(entry.by.kind) && entry.kind === "message");
    for (const item of this.#items) {
      const { entry, name } = item;
      const who = entry.kind === "message" ? entry.by.kind + entry.by.name : "";
      item.node.classList.toggle("run", who !== "" && who === before);
      if (name && entry.by.kind !== "contact") name.classList.toggle("sr", who === before);
      before = who;
      const today = new Date(entry.at).toDateString();
      item.day.hidden = today === day;
      if (today !== day) item.day.textContent = new Date(entry.at).toLocaleDateString(this.setting.locale, { weekday: "long", day: "numeric", month: "long" });
      day = today;
      if (item.options) item.options.hidden = item !== this.#items.at(-1);
      delivery(item, this.setting, item === last, answered !== undefined && after(answered.entry, entry));
    }
  }

  /**
   * Entries from before what is shown; the reader's place is kept.
   *
   * @param {Entry[]} entries
   */
  prepend(entries) {
    const { element } = this;
    const fromEnd = element.scrollHeight - element.scrollTop;
    for (const entry of entries) if (!this.#items.some((item) => item.entry.id === entry.id)) this.#place(build(entry, this.setting));
    this.#regroup();
    element.scrollTop = element.scrollHeight - fromEnd;
  }

  /** @param {Entry | null} entry what the agent says before anything else, or nothing */
  greet(entry) {
    this.welcome.hidden = !entry;
    if (!entry) return;
    this.welcome.replaceChildren(...build(entry, this.setting).node.children);
  }

  /** Whoever was writing has stopped. */
  stops() {
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => this.writes(null), STOPPED_MS);
  }

  /**
   * @param {{ kind: string, name: string } | null} by who is writing, or nobody
   */
  writes(by) {
    clearTimeout(this.#quiet);
    const who = by ? by.kind + by.name : "";
    if (by) this.#quiet = setTimeout(() => this.writes(null), TYPING_MS);
    if (who === this.#typist) return;
    this.#typist = who;
    const follow = this.#nearEnd();
    this.typing.hidden = !by;
    if (!by) return;
    const text = fill(this.setting.strings[by.kind === "agent" ? "writing" : "typing"], { name: by.name });
    const dots = h("span.typing", { "aria-hidden": "true" }, h("i"), h("i"), h("i"));
    this.typing.className = `msg ${by.kind}`;
    this.typing.replaceChildren(h("small", {}, text), h("div.bubble", {}, dots));
    if (follow) this.toEnd();
  }

  /** @param {string} kind whoever of that kind was writing has stopped */
  writesNoMore(kind) {
    if (this.#typist.startsWith(kind)) this.writes(null);
  }

  #nearEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.element;
    return scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
  }

  /** Whoever read the end still does when the window or the composer changes its size. */
  #resized() {
    this.#height = this.element.clientHeight;
    if (this.#atEnd) this.toEnd();
  }

  #seen() {
    if (this.element.clientHeight !== this.#height) return;
    this.#atEnd = this.#nearEnd();
    if (this.#atEnd) this.jump.hidden = true;
  }

  /** @param {HTMLElement} node shown to its end, or from its beginning when it is taller than the window */
  #show(node) {
    const { element } = this;
    const top = node.offsetTop - element.offsetTop - 12;
    element.scrollTop = Math.min(element.scrollHeight - element.clientHeight, node.offsetHeight > element.clientHeight ? top : Infinity);
    this.jump.hidden = true;
  }

  toEnd() {
    this.element.scrollTop = this.element.scrollHeight;
    this.jump.hidden = true;
  }
}

/**
 * @param {Item | undefined} item
 * @returns {Point | undefined}
 */
const point = (item) => (item && item.entry.conversation !== UNPLACED ? { conversation: item.entry.conversation, seq: item.entry.seq } : undefined);
