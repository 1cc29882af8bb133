// @ts-check
/**
 * The line to the server: a WebSocket, and where a network forbids those, long polling with the same frames. It comes back by
 * itself with growing, jittered pauses; each time it says what it has seen, and the server answers with what it lacks.
 */

/**
 * @typedef {import("./protocol.js").ServerFrame} ServerFrame
 * @typedef {object} Ends
 * @property {string} server
 * @property {string} account
 * @property {() => Record<string, unknown>} hello who is here and what was seen
 * @property {(frame: ServerFrame) => void} frame called for each frame in order
 * @property {(up: boolean) => void} status called when the line goes up or down
 */

const PING_MS = 25_000;
const SILENCE_MS = 40_000;
const OPENING_MS = 10_000;
const LONGEST_PAUSE_MS = 30_000;
/** After so many sockets that never opened, poll, and try a socket again after this time. */
const REFUSALS = 2;
const POLLING_MS = 300_000;

export class Connection {
  /** @type {WebSocket | null} */ #socket = null;
  /** @type {AbortController | null} */ #poll = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #next;
  /** @type {ReturnType<typeof setInterval> | undefined} */ #beat;
  #failures = 0;
  #refusals = 0;
  #heard = 0;
  #running = false;
  #up = false;

  /** @param {Ends} ends */
  constructor(ends) {
    this.ends = ends;
    this.at = `${ends.server}/widget/${encodeURIComponent(ends.account)}/`;
  }

  /** Whether frames can be sent now. */
  get up() {
    return this.#up;
  }

  start() {
    if (this.#running) return;
    this.#running = true;
    addEventListener("online", this.#now);
    addEventListener("pageshow", this.#now);
    document.addEventListener("visibilitychange", this.#now);
    this.#beat = setInterval(() => this.#check(), PING_MS);
    this.#connect();
  }

  stop() {
    this.#running = false;
    removeEventListener("online", this.#now);
    removeEventListener("pageshow", this.#now);
    document.removeEventListener("visibilitychange", this.#now);
    clearInterval(this.#beat);
    clearTimeout(this.#next);
    this.#drop();
  }

  /** Hang up and connect again at once. */
  restart() {
    this.#drop();
    if (this.#running) this.#later(0);
  }

  /**
   * @param {Record<string, unknown>} frame
   * @returns {boolean} false when there is no line: nothing was sent
   */
  send(frame) {
    if (!this.#up) return false;
    if (this.#poll) this.#post(frame);
    else this.#socket?.send(JSON.stringify(frame));
    return true;
  }

  #now = () => {
    if (document.visibilityState === "hidden") return;
    if (!this.#up && !this.#socket && !this.#poll) this.#later(0);
    else this.#check();
  };

  #check() {
    if (!this.#socket || !this.#up) return;
    if (Date.now() - this.#heard > SILENCE_MS) this.restart();
    else this.#socket.send('{"t":"ping"}');
  }

  /** @param {number} ms */
  #later(ms) {
    clearTimeout(this.#next);
    this.#next = setTimeout(() => this.#connect(), ms);
  }

  #failed() {
    this.#drop();
    if (!this.#running) return;
    const pause = Math.min(LONGEST_PAUSE_MS, 500 * 2 ** this.#failures++);
    this.#later(pause * (0.5 + Math.random()));
  }

  #drop() {
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
    this.#poll?.abort();
    this.#poll = null;
    this.#set(false);
  }

  /** @param {boolean} up */
  #set(up) {
    if (this.#up === up) return;
    this.#up = up;
    this.ends.status(up);
  }

  #connect() {
    if (!this.#running || this.#socket || this.#poll) return;
    if (this.#refusals >= REFUSALS) void this.#pollFor(POLLING_MS);
    else this.#open();
  }

  #open() {
    const socket = new WebSocket(`${this.at.replace(/^http/, "ws")}socket`);
    this.#socket = socket;
    let opened = false;
    const giveUp = setTimeout(() => opened || socket.close(), OPENING_MS);
    socket.onopen = () => {
      opened = true;
      this.#heard = Date.now();
      this.#refusals = 0;
      socket.send(JSON.stringify({ t: "hello", ...this.ends.hello() }));
    };
    socket.onmessage = (event) => {
      this.#heard = Date.now();
      if (socket === this.#socket) this.#receive(JSON.parse(event.data));
    };
    socket.onclose = () => {
      clearTimeout(giveUp);
      if (!opened && navigator.onLine) this.#refusals++;
      if (socket === this.#socket) this.#failed();
    };
  }

  /** @param {ServerFrame} frame */
  #receive(frame) {
    if (frame.t === "bye") {
      this.#drop();
      this.#later(frame.reconnect * 1000 * (0.5 + Math.random()));
      return;
    }
    if (frame.t === "ready") {
      this.#failures = 0;
      this.#set(true);
    }
    this.ends.frame(frame);
  }

  /** @param {number} ms how long to poll before a socket is tried again */
  async #pollFor(ms) {
    const abort = (this.#poll = new AbortController());
    const until = Date.now() + ms;
    let cursor = "";
    while (this.#poll === abort) {
      if (Date.now() > until) {
        this.#refusals = REFUSALS - 1;
        return this.restart();
      }
      try {
        const answer = await this.#ask("poll", { ...this.ends.hello(), cursor }, abort.signal);
        if (this.#poll !== abort) return;
        cursor = answer.cursor;
        for (const frame of answer.frames) this.#receive(frame);
      } catch {
        if (this.#poll === abort) this.#failed();
        return;
      }
    }
  }

  /** @param {Record<string, unknown>} frame */
  async #post(frame) {
    try {
      const answer = await this.#ask("send", { ...this.ends.hello(), frame });
      for (const one of answer.frames) this.#receive(one);
    } catch {
      this.restart();
    }
  }

  /**
   * @param {string} path
   * @param {object} body
   * @param {AbortSignal} [signal]
   * @returns {Promise<{ frames: ServerFrame[], cursor: string }>}
   */
  async #ask(path, body, signal) {
    const answer = await fetch(this.at + path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
      signal,
    });
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  }
}
