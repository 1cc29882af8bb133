// @ts-check
/**
 * What this browser remembers for one channel account: the visitor token, whether there is a conversation, and messages that
 * the server has not confirmed. All tabs of a site share it. A customer whom the website names has a memory of his own, and his
 * token lives no longer than the tab. Where the page forbids storage, memory stands in.
 */

/**
 * @typedef {{ id: string, name: string, size: number, type: string }} Piece a file that the server has and no message holds yet
 * @typedef {{ clientId: string, text: string, person?: true, files?: Piece[], at: string, failed?: string }} Waiting
 * @typedef {{ conversation: string, seq: number }} Point a place in the conversation
 * @typedef {{ visitor?: string, browser?: string, live?: boolean, waiting?: Waiting[], read?: Point }} Memory
 */

const KEPT = 50;

export class Store {
  /** @type {Memory} */ #fallback = {};
  /** Storage may be read and not written, where it is full or a browser forbids only that. */
  #full = false;
  /** @param {import("./protocol.js").Config} config */
  constructor({ key, who, identity }) {
    this.tab = key;
    this.key = key + who;
    this.named = !!identity;
  }

  /** @returns {string | undefined} */
  get visitor() {
    return this.named ? session(() => sessionStorage.getItem(`${this.key}:visitor`)) || this.#fallback.visitor : this.read().visitor;
  }

  set visitor(token) {
    if (!this.named) return this.write({ visitor: token });
    this.#fallback.visitor = token;
    session(() => sessionStorage.setItem(`${this.key}:visitor`, token || ""));
  }

  /** A random word of this browser's own: with it, it brings the website's token. */
  get browser() {
    const { browser = randomId() } = this.read();
    this.write({ browser });
    return browser;
  }

  /** Nothing of a customer who signed out stays. */
  forget() {
    this.#fallback = {};
    session(() => (localStorage.removeItem(this.key), [":visitor", ":draft"].forEach((part) => sessionStorage.removeItem(this.key + part))));
  }

  /** @returns {Memory} */
  read() {
    if (this.#full) return this.#fallback;
    try {
      const value = JSON.parse(localStorage.getItem(this.key) || "{}");
      return value && typeof value === "object" ? value : {};
    } catch {
      return this.#fallback;
    }
  }

  /** @param {Memory} change */
  write(change) {
    const value = { ...this.read(), ...change };
    this.#fallback = { ...this.#fallback, ...value };
    try {
      localStorage.setItem(this.key, JSON.stringify(value));
      this.#full = false;
    } catch {
      this.#full = true; // This page view still works.
    }
  }

  /** @returns {Waiting[]} messages not confirmed yet, oldest first */
  waiting() {
    const list = this.read().waiting;
    return Array.isArray(list) ? list : [];
  }

  /** @param {Waiting} message */
  wait(message) {
    this.write({ waiting: [...this.waiting().filter((other) => other.clientId !== message.clientId), message].slice(-KEPT) });
  }

  /** @param {string} clientId the server has it */
  confirm(clientId) {
    const list = this.waiting();
    const rest = list.filter((message) => message.clientId !== clientId);
    if (rest.length < list.length) this.write({ waiting: rest });
  }

  /** @param {boolean} open remembered for the next page of the same tab */
  keepOpen(open) {
    session(() => sessionStorage.setItem(this.tab, open ? "open" : ""));
  }

  /** What was typed in this tab and not sent. */
  get draft() {
    return session(() => sessionStorage.getItem(`${this.key}:draft`)) || "";
  }

  set draft(text) {
    session(() => sessionStorage.setItem(`${this.key}:draft`, text));
  }
}

/** Also where the page is not a secure context, which has no `randomUUID`. */
export const randomId = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/**
 * @template T
 * @param {() => T} use
 * @returns {T | null} null where the page forbids storage
 */
function session(use) {
  try {
    return use();
  } catch {
    return null;
  }
}
