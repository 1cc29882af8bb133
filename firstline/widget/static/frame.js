// @ts-check
/** The window around the conversation: who answers, the way to a person, open and close, the keyboard, the badge on the launcher. */
import { fill, h, icon } from "./dom.js";

/**
 * @typedef {import("./protocol.js").Config} Config
 * @typedef {import("./protocol.js").State} State
 * @typedef {object} Parts
 * @property {ShadowRoot} root
 * @property {HTMLElement} launch
 * @property {Config} config
 * @property {import("./log.js").Log} log
 * @property {import("./composer.js").Composer} composer
 * @property {() => void} close
 * @property {() => void} person asks for a person
 * @property {() => void} mail asks for the conversation by mail
 */

const NOTICE_MS = 8_000;
const FULL_SCREEN = matchMedia("(max-width: 480px), (max-height: 520px)");

export class Frame {
  isOpen = false;
  #title = h("h2", { id: "title" });
  #line = h("p");
  #avatar = h("span.avatar", { "aria-hidden": "true" });
  #pill = h("span.pill");
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #later;

  /** @param {Parts} parts */
  constructor(parts) {
    const { root, config, log, composer, close, person, mail } = parts;
    const { strings } = config;
    this.parts = parts;
    const shut = h("button.quiet", { type: "button", "aria-label": strings.close, title: strings.close, onclick: close }, icon("down"));
    const head = h("header.head", {}, this.#avatar, h("div.title", {}, this.#title, this.#line), this.#pill, shut);
    this.banner = h("p.banner", { role: "status" });
    this.person = h("button.pill-button", { type: "button", onclick: person }, icon("user"), strings.talk);
    this.asked = h("p.asked", { role: "status" });
    this.legal = h("p.legal", {}, strings.legal);
    this.mail = h("button.pill-button", { type: "button", hidden: true, onclick: mail }, strings.transcript);
    this.mailed = h("p", { role: "status" });
    const quick = h("div.quick", {}, this.person, this.asked, this.mail, this.mailed);
    const foot = h("footer.foot", {}, this.banner, quick, composer.form, composer.problem, this.legal);
    const attributes = { role: "dialog", "aria-labelledby": "title", hidden: true, lang: config.locale, dir: config.dir };
    this.window = h("section.window", attributes, head, h("div.middle", {}, log.element, log.jump), foot);
    this.window.addEventListener("keydown", (event) => this.#key(event));
    root.prepend(this.window);
    this.badge = h("span.badge", { hidden: true, "aria-hidden": "true" });
    parts.launch.append(this.badge);
    for (const change of ["resize", "scroll"]) visualViewport?.addEventListener(change, () => this.#fit());
    FULL_SCREEN.addEventListener("change", () => this.#fit());
  }

  open() {
    const { launch, config, log, composer } = this.parts;
    if (this.isOpen) return;
    this.isOpen = true;
    this.window.hidden = false;
    launch.setAttribute("aria-expanded", "true");
    launch.setAttribute("aria-label", config.strings.close);
    this.#fit();
    log.toEnd();
    composer.field.focus({ preventScroll: true });
  }

  close() {
    const { launch, root } = this.parts;
    if (!this.isOpen) return;
    const inside = this.window.contains(root.activeElement);
    this.isOpen = false;
    this.window.hidden = true;
    launch.setAttribute("aria-expanded", "false");
    this.#fit();
    this.count(0);
    if (inside) launch.focus({ preventScroll: true });
  }

  /** @param {number} unread messages, on the launcher of a closed window */
  count(unread) {
    const { launch, config } = this.parts;
    if (this.isOpen) unread = 0;
    else launch.setAttribute("aria-label", config.strings.open + (unread ? `. ${fill(config.strings.unread, { n: unread })}` : ""));
    this.badge.hidden = unread === 0;
    this.badge.textContent = unread > 9 ? "9+" : String(unread);
  }

  /**
   * Who answers, said in words.
   *
   * @param {State} state
   */
  state({ owner, poweredByAi, status, asked = false }) {
    const { strings, company, agent } = this.parts.config;
    const person = owner.kind === "teammate" && status === "open";
    const ai = !person && !asked && (owner.kind === "agent" || poweredByAi);
    const name = owner.kind === "agent" && owner.name ? owner.name : agent.name;
    const title = person ? strings.title_person : ai ? strings.title_agent : "{company}";
    this.#title.textContent = fill(title, { name: person ? owner.name : name, company });
    this.#line.textContent = person ? strings.line_person : ai ? strings.line_agent : asked ? strings.line_asked : strings.line_company;
    this.#avatar.className = `avatar ${ai ? "agent" : ""}`;
    this.#avatar.replaceChildren(ai ? this.#face() : initials(person ? owner.name : company));
    this.#pill.hidden = !person && !poweredByAi;
    this.#pill.className = `pill ${person ? "good" : "info"}`;
    this.#pill.textContent = person ? strings.person : strings.powered;
    this.person.hidden = person || asked;
    this.asked.textContent = asked ? strings.asked : "";
    this.legal.hidden = !ai;
  }

  #face() {
    return this.parts.config.agent.avatar || icon("agent");
  }

  /** @param {string} text a trouble, until the next one or for some seconds */
  notice(text) {
    clearTimeout(this.#later);
    this.banner.textContent = text;
    if (text) this.#later = setTimeout(() => this.notice(""), NOTICE_MS);
  }

  /** @param {string} text stays until it is taken away with "" */
  hold(text) {
    clearTimeout(this.#later);
    this.banner.textContent = text;
  }

  #fit() {
    const full = FULL_SCREEN.matches;
    this.window.classList.toggle("full", full);
    this.parts.launch.hidden = full && this.isOpen;
    if (full) this.window.setAttribute("aria-modal", "true");
    else this.window.removeAttribute("aria-modal");
    // The keyboard of a phone covers the page's lower part, and may push the upper part off the screen.
    const seen = full && visualViewport;
    this.window.style.setProperty("--visible", seen ? `${seen.height}px` : "");
    this.window.style.setProperty("--pushed", seen ? `${seen.offsetTop}px` : "");
  }

  /** @param {KeyboardEvent} event Escape closes; where the window covers the page, Tab stays inside */
  #key(event) {
    if (event.key === "Escape" && !event.isComposing) {
      event.stopPropagation();
      this.parts.close();
    } else if (event.key === "Tab" && FULL_SCREEN.matches) {
      const stops = [.../** @type {NodeListOf<HTMLElement>} */ (this.window.querySelectorAll("a[href],button,textarea,[tabindex]"))].filter((one) => one.checkVisibility());
      const edge = event.shiftKey ? stops[0] : stops[stops.length - 1];
      if (this.parts.root.activeElement !== edge) return;
      event.preventDefault();
      (event.shiftKey ? stops[stops.length - 1] : stops[0]).focus();
    }
  }
}

/** @param {string} name */
const initials = (name) =>
  name
    .split(/\s+/)
    .map((word) => [...word][0] ?? "")
    .slice(0, 2)
    .join("")
    .toUpperCase();
