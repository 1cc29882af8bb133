// @ts-check
/**
 * What this browser remembers for one channel account: the visitor token, whether there is a conversation, and messages that
 * the server has not confirmed. All tabs of a site share it. Where the page forbids storage, memory stands in.
 */

/**
 * @typedef {{ id: string, name: string, size: number, type: string }} Piece a file that the server has and no message holds yet
 * @typedef {{ clientId: string, text: string, person?: true, files?: Piece[], at: string, failed?: string }} Waiting
 * @typedef {{ conversation: string, seq: number }} Point a place in the conversation
 * @typedef {{ visitor?: string, live?: boolean, waiting?: Waiting[], read?: Point }} Memory
 */

const KEPT = 50;

export class Store {
  /** @type {Memory} */ #fallback = {};
  /** @param {string} key */
  constructor(key) {
    this.key = key;
  }

  /** @returns {Memory} */
  read() {
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
    this.#fallback = value;
    try {
      localStorage.setItem(this.key, JSON.stringify(value));
    } catch {
      // Storage is forbidden or full: this page view still works.
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
    session(() => sessionStorage.setItem(this.key, open ? "open" : ""));
  }

  /** What was typed in this tab and not sent. */
  get draft() {
    return session(() => sessionStorage.getItem(`${this.key}:draft`)) || "";
  }

  set draft(text) {
    session(() => sessionStorage.setItem(`${this.key}:draft`, text));
  }
}

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
