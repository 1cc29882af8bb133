// @ts-check
/**
 * The chat: one conversation of this visitor, kept the same on the server, in this tab and in every other tab. What the visitor
 * writes is shown at once under an id made here, kept until the server confirms it, and sent again after a break; the id makes
 * sending twice harmless.
 */
import { Composer } from "./composer.js";
import { Connection } from "./connection.js";
import { fill } from "./dom.js";
import { Frame } from "./frame.js";
import { UNPLACED, Log, after } from "./log.js";
import { Store, randomId } from "./store.js";

/**
 * @typedef {import("./protocol.js").Config} Config
 * @typedef {import("./protocol.js").Entry} Entry
 * @typedef {import("./protocol.js").ServerFrame} ServerFrame
 * @typedef {import("./protocol.js").Ready} Ready
 * @typedef {import("./protocol.js").State} State
 * @typedef {import("./store.js").Waiting} Waiting
 * @typedef {{ root: ShadowRoot, launch: HTMLElement, config: Config, css: string }} Place
 */

const NOBODY = { owner: { kind: /** @type {const} */ ("nobody"), name: "" }, status: /** @type {const} */ ("none"), asked: false };
/** A message that the server has not confirmed for so long is shown as not sent. */
const CONFIRM_MS = 12_000;
/** A break shorter than this is not worth a word. */
const BREAK_MS = 2_500;

/** @param {Place} place */
export function mount(place) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(place.css);
  place.root.adoptedStyleSheets.push(sheet);
  return new Chat(place);
}

export class Chat {
  /** @type {State} */ #state;
  #asksEmail = false;
  #cursor = "";
  /** @type {string | undefined} */ #visitor;
  /** @type {Map<string, ReturnType<typeof setTimeout>>} */ #confirming = new Map();
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #break;

  /** @param {Place} place */
  constructor({ root, launch, config }) {
    const { strings, locale } = config;
    this.config = config;
    this.host = root.host;
    this.store = new Store(config);
    this.#state = { ...NOBODY, poweredByAi: config.poweredByAi };
    this.log = new Log({ strings, locale, server: config.server, deeds: { rate: this.#rate, again: this.#again, choose: (text) => this.#say({ text }) } }, (before) => this.line.send({ t: "history", before }));
    const { files } = config.limits;
    const token = () => this.#visitor ?? "";
    const ends = {
      submit: (/** @type {string} */ text, /** @type {import("./store.js").Piece[]} */ files) => this.#say({ text, files }),
      typing: (/** @type {boolean} */ on) => this.#state.status === "open" && this.line.send({ t: "typing", on }),
      draft: (/** @type {string} */ text) => (this.store.draft = text),
      tray: async (/** @type {() => void} */ changed, /** @type {(text: string) => void} */ trouble) => new (await import("./tray.js")).Tray(config, /** @type {any} */ (files), { token, changed, trouble }),
    };
    this.composer = new Composer(strings, config.limits.text, ends, files);
    const mail = () => void this.line.send({ t: "transcript" });
    const person = () => this.#say({ text: strings.ask_person, person: true });
    this.frame = new Frame({ root, launch, config, log: this.log, composer: this.composer, close: () => this.close(), person, mail });
    if (files) this.composer.over(this.frame.window);
    this.line = new Connection({ server: config.server, account: config.account, hello: this.#hello, frame: this.#receive, status: this.#status });
    this.composer.fill(this.store.draft);
    this.#showState({});
    this.#showWaiting();
    this.resume();
  }

  get isOpen() {
    return this.frame.isOpen;
  }

  open() {
    this.frame.open();
    this.store.keepOpen(true);
    this.#look();
  }

  close() {
    this.frame.close();
    this.store.keepOpen(false);
  }

  /** Connect, also after the element came back into a page. */
  resume() {
    addEventListener("storage", this.#otherTab);
    document.addEventListener("visibilitychange", this.#look);
    this.line.start();
    this.#status(this.line.up);
  }

  stop() {
    removeEventListener("storage", this.#otherTab);
    document.removeEventListener("visibilitychange", this.#look);
    this.line.stop();
    clearTimeout(this.#break);
  }

  /** Somebody else from now on: another customer whom the website names, or the visitor of this browser. */
  become() {
    const { config, log, composer } = this;
    this.store = new Store(config);
    this.#cursor = "";
    this.#asksEmail = false;
    this.#confirming.forEach(clearTimeout);
    this.#confirming.clear();
    log.clear();
    composer.tray?.sent();
    composer.fill(this.store.draft);
    this.#showState(NOBODY);
    this.#showWaiting();
    this.line.restart();
  }

  #hello = () => {
    const { origin, pathname } = location;
    const { identity, lang } = this.config;
    this.#visitor = this.store.visitor;
    const page = { url: origin + pathname, title: document.title.slice(0, 200), lang };
    return { visitor: this.#visitor || null, cursor: this.#cursor || null, page, ...(identity && { identity, browser: this.store.browser }) };
  };

  /** @param {string} why the website's token says nothing: whoever built the page has to know, and may bring another */
  #notNamed(why) {
    console.warn(`Firstline chat goes on without knowing the customer: ${why}`);
    /** @type {any} */ (this.host).become("");
    this.host.dispatchEvent(new CustomEvent("identityrefused", { detail: why }));
  }

  /** @param {ServerFrame} frame */
  #receive = (frame) => {
    if (frame.t === "ready") this.#ready(frame);
    else if (frame.t === "entry") {
      this.#entry(frame.entry);
      this.#look();
    } else if (frame.t === "history") {
      this.log.prepend(frame.entries);
      this.log.earlier.hidden = !frame.more;
      this.#greet();
    } else if (frame.t === "typing" && frame.on) this.log.writes(frame.by);
    else if (frame.t === "typing") this.log.stops();
    else if (frame.t === "state") this.#showState(frame);
    else if (frame.t === "transcript") {
      this.frame.mail.hidden = true;
      this.frame.mailed.textContent = fill(this.config.strings.transcript_sent, { to: frame.to });
    } else if (frame.t === "ack") this.#confirmed(frame);
    else if (frame.t === "error" && frame.clientId) this.#failed(frame.clientId, frame.message);
    else if (frame.t === "error" && frame.code === "identity") this.#notNamed(frame.why || "");
    else if (frame.t === "error") this.frame.notice(frame.message);
  };

  /** @param {Ready} ready everything that is to be seen now; what is known already stays as it is */
  #ready({ visitor, conversation, entries, more, cursor, limits, agent, transcript, ...state }) {
    const stored = this.store.visitor;
    // Another tab of this site became a visitor a moment earlier: both are one.
    if (stored && stored !== visitor && stored !== this.#visitor) return this.line.restart();
    this.#visitor = visitor;
    this.#cursor = cursor;
    this.config.agent = agent;
    this.composer.limit = limits.text;
    this.frame.mail.hidden = !transcript;
    this.frame.mail.title = transcript;
    this.frame.mailed.textContent = "";
    const { first, last } = this.log;
    const gap = more && last && entries.length > 0 && after(entries[0], last);
    if (gap) this.log.clear();
    if (gap || !first || !entries.length || !after(entries[0], first)) this.log.earlier.hidden = !more;
    for (const entry of entries) this.#entry({ ...entry, stream: false });
    this.store.visitor = visitor;
    this.store.write({ live: conversation !== null });
    // Whoever has written before is not asked by the greeting; once asked, the question stays while the page does.
    this.#asksEmail ||= !entries.length && !last && state.poweredByAi && !this.config.identity;
    this.#showState(state);
    this.#showWaiting();
    for (const message of this.store.waiting()) if (!message.failed) this.#transmit(message);
    this.#look();
  }

  /** @param {Entry} entry */
  #entry(entry) {
    if (entry.clientId) this.#settle(entry.clientId);
    if (entry.by.kind !== "contact") this.log.writes(null);
    this.log.put(entry);
    this.store.write({ live: true });
  }

  /** @param {{ text: string, person?: true, files?: import("./store.js").Piece[] }} words */
  #say({ text, person, files }) {
    const message = { clientId: randomId(), text, at: new Date().toISOString(), ...(person && { person }), ...(files?.length && { files }) };
    this.store.wait(message);
    this.#show(message);
    this.#transmit(message);
  }

  /** @param {Waiting} message */
  #show({ clientId, text, at, failed, files: pieces }) {
    const status = failed ? "failed" : this.line.up ? "sending" : "queued";
    const by = { kind: /** @type {const} */ ("contact"), name: "" };
    const files = pieces?.map((one) => ({ ...one, shown: false, url: "" }));
    this.log.put({ id: clientId, clientId, conversation: UNPLACED, seq: Date.parse(at), kind: "message", by, text, citations: [], files, at, status, problem: failed });
  }

  /** Messages that the server has not confirmed, also those of other tabs and earlier pages. */
  #showWaiting() {
    for (const message of this.store.waiting()) if (!this.log.holds(message.clientId)) this.#show(message);
  }

  /** @param {Waiting} message */
  #transmit(message) {
    const { clientId, text, person } = message;
    const files = message.files?.map(({ id }) => id);
    clearTimeout(this.#confirming.get(clientId));
    if (!this.line.send(person ? { t: "person", clientId } : { t: "message", clientId, text, files })) return;
    this.#show(message);
    this.#confirming.set(clientId, setTimeout(() => this.#failed(clientId, ""), CONFIRM_MS));
  }

  /** @param {import("./protocol.js").Ack} ack */
  #confirmed({ clientId, id, conversation, seq, at }) {
    this.#settle(clientId);
    const known = this.log.holds(clientId);
    if (known) this.log.put({ ...known, id, conversation, seq, at, status: undefined });
    this.store.write({ live: true });
  }

  /** @param {string} clientId */
  #settle(clientId) {
    clearTimeout(this.#confirming.get(clientId));
    this.#confirming.delete(clientId);
    this.store.confirm(clientId);
  }

  /**
   * @param {string} clientId
   * @param {string} problem in words, or "" for a message that simply did not arrive
   */
  #failed(clientId, problem) {
    clearTimeout(this.#confirming.get(clientId));
    const message = this.store.waiting().find((one) => one.clientId === clientId);
    if (!message) return;
    message.failed = problem || this.config.strings.failed;
    this.store.wait(message);
    this.#show(message);
  }

  /** @param {string} clientId */
  #again = (clientId) => {
    const message = this.store.waiting().find((one) => one.clientId === clientId);
    if (!message) return;
    delete message.failed;
    this.store.wait(message);
    this.#show(message);
    this.#transmit(message);
  };

  /**
   * @param {Entry} entry
   * @param {"up" | "down" | null} value
   */
  #rate = (entry, value) => void this.line.send({ t: "feedback", entry: entry.id, value });

  /** @param {Partial<State>} change */
  #showState(change) {
    const { owner, status, poweredByAi, asked } = { ...this.#state, ...change };
    this.#state = { owner, status, poweredByAi, asked };
    this.frame.state(this.#state);
    if (owner.kind !== "agent") this.log.writesNoMore("agent");
    this.#greet();
  }

  /** The welcome stands before the first entry wherever the agent answers or has answered. */
  #greet() {
    const { agent, emailQuestion } = this.config;
    const welcome = this.config.welcome && emailQuestion && this.#asksEmail ? `${this.config.welcome}\n\n${emailQuestion}` : this.config.welcome;
    const wanted = welcome && this.log.earlier.hidden && (this.#state.poweredByAi || this.log.hasAgent);
    const by = { kind: /** @type {const} */ ("agent"), name: agent.name };
    this.log.greet(wanted ? { id: "", conversation: "", seq: 0, kind: "message", by, text: welcome, citations: [], at: new Date().toISOString() } : null);
  }

  /** What is on the screen has been read; what is not is counted. */
  #look = () => {
    const { last } = this.log;
    const { read } = this.store.read();
    if (this.isOpen && document.visibilityState === "visible" && last && (!read || after(last, read))) {
      this.store.write({ read: last });
      this.line.send({ t: "read", ...last });
    }
    this.frame.count(this.log.unread(this.store.read().read));
  };

  /** @param {boolean} up */
  #status = (up) => {
    clearTimeout(this.#break);
    if (up) return this.frame.hold("");
    this.#break = setTimeout(() => this.frame.hold(this.config.strings.no_line), BREAK_MS);
    this.#confirming.forEach(clearTimeout);
    for (const message of this.store.waiting()) if (!message.failed) this.#show(message);
  };

  /** @param {StorageEvent} event */
  #otherTab = (event) => {
    if (event.key !== this.store.key) return;
    const { visitor } = this.store;
    if (visitor && this.#visitor && visitor !== this.#visitor) this.line.restart();
    this.#showWaiting();
    this.#look();
  };
}
