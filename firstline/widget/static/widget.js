// @ts-check
/**
 * The loader: defines `<firstline-chat account="…" server="…">`, shows the launcher, and fetches the chat itself at the first
 * click, or at once when this visitor has a conversation from before. `<script src=".../widget.js" data-account="…">` alone
 * adds the element by itself. Everything lives in a shadow root; the page gets no style, no global, no cookie.
 */
(() => {
  const script = /** @type {HTMLScriptElement | null} */ (document.currentScript || document.querySelector('script[src*="/widget.js"]'));
  const home = script ? new URL(".", script.src).href : "";

  const css = `
:host{all:initial;position:fixed!important;inset:auto var(--firstline-offset-x,24px) var(--firstline-offset-y,24px) auto!important;
margin:0!important;padding:0!important;border:0!important;overflow:visible!important;font-size:medium!important;inline-size:auto!important;block-size:auto!important;
transform:none!important;z-index:var(--firstline-z-index,2147483000)!important;color-scheme:light dark;
--accent:var(--firstline-accent,var(--account-accent,light-dark(oklch(50% .185 264),oklch(55% .175 264))));
--on-accent:var(--firstline-on-accent,oklch(from var(--accent) clamp(0,(.58 - l)*999,1) 0 h));
--accent-text:light-dark(oklch(from var(--accent) min(l,.47) c h),oklch(from var(--accent) max(l,.79) min(c,.095) h));
--float:0 1px 2px light-dark(#1112,#0006),0 8px 28px light-dark(#1112,#0008);
--font:var(--firstline-font,"Segoe UI Variable Text","Segoe UI",-apple-system,BlinkMacSystemFont,Roboto,Cantarell,Ubuntu,"Noto Sans","Helvetica Neue","Liberation Sans",Arial,system-ui,sans-serif)}
:host([hidden]){display:none!important}
:host([theme=light]){color-scheme:light}
:host([theme=dark]){color-scheme:dark}
:host([position=start]:not(:dir(rtl))),:host(:dir(rtl):not([position=start])){left:var(--firstline-offset-x,24px)!important;right:auto!important}
.launch{all:initial;visibility:inherit;color-scheme:inherit;box-sizing:border-box;position:relative;display:grid;place-content:center;inline-size:52px;block-size:52px;border-radius:50%;
cursor:pointer;background:var(--accent);color:var(--on-accent);box-shadow:var(--float)}
.launch:hover{filter:brightness(.93)}
.launch:focus-visible{outline:2px solid var(--accent-text);outline-offset:2px}
.launch[aria-busy=true]{cursor:progress}
.launch svg{inline-size:24px;block-size:24px;fill:none;stroke:currentColor;stroke-width:1.5;stroke-linecap:round;stroke-linejoin:round}
.launch[aria-expanded=true] .closed,.launch[aria-expanded=false] .opened{display:none}
.badge{position:absolute;inset:-2px -2px auto auto;box-sizing:border-box;min-inline-size:20px;padding-inline:5px;border-radius:99px;
font:600 12px/20px var(--font);text-align:center;background:light-dark(#c0272d,#d8474b);color:#fff;box-shadow:0 0 0 2px light-dark(#fff,#222)}
.badge[hidden],.launch[hidden]{display:none}
@media (forced-colors:active){.launch{border:1px solid}}
@media print{:host{display:none}}`;

  const paths = { closed: "M4 15.5V6a2 2 0 0 1 2-2h8a2 2 0 0 1 2 2v5a2 2 0 0 1-2 2H7.2zM7.5 7.5h5M7.5 10h3", opened: "m5 5 10 10M15 5 5 15" };

  /** @param {() => string | null} read what storage holds; a page may forbid storage altogether */
  const stored = (read) => {
    try {
      return read() || "";
    } catch {
      return "";
    }
  };

  /**
   * @param {string} identity
   * @returns {string} ends the name of a place in storage: each customer whom the website names has one of his own
   */
  const own = (identity) => identity && `:${stored(() => JSON.parse(atob(identity.split(".")[1].replace(/-/g, "+").replace(/_/g, "/"))).sub)}`;

  class FirstlineChat extends HTMLElement {
    /** @type {import("./chat.js").Chat | undefined} */ #chat;
    /** @type {Promise<import("./chat.js").Chat> | undefined} */ #loading;
    /** @type {Promise<any> | undefined} */ #config;
    /** @type {any} */ #setting;

    connectedCallback() {
      if (this.#config) return void this.#chat?.resume();
      const account = this.getAttribute("account") || "";
      const server = (this.getAttribute("server") || home).replace(/\/+$/, "");
      const lang = this.getAttribute("lang") || document.documentElement.lang || navigator.language;
      const identity = this.getAttribute("identity") || "";
      const key = `firstline:${account}`;
      const who = own(identity);
      this.#config = fetch(`${server}/widget/${encodeURIComponent(account)}/config?lang=${encodeURIComponent(lang)}`)
        .then((answer) => (answer.ok ? answer.json() : answer.json().then((problem) => Promise.reject(problem.detail))))
        .then((config) => {
          const root = this.attachShadow({ mode: "open" });
          const sheet = new CSSStyleSheet();
          sheet.replaceSync(css);
          root.adoptedStyleSheets = [sheet];
          this.#show(root, (this.#setting = { ...config, account, server, key, who, lang, identity }));
          if (stored(() => sessionStorage.getItem(key)) === "open") this.open();
          else if (stored(() => localStorage.getItem(key + who)).includes('"live":true')) this.#load();
        })
        .catch((problem) => console.warn(`Firstline chat does not start: ${problem}`));
    }

    disconnectedCallback() {
      this.#chat?.stop();
    }

    /** A page may move its whole body, and what is fixed in it with it: then the chat stands beside the body. */
    #stay() {
      const off = innerHeight - this.getBoundingClientRect().bottom - parseFloat(getComputedStyle(this).bottom);
      if (Math.abs(off) > 2 && this.parentElement === document.body) document.documentElement.append(this);
    }

    /** @param {ShadowRoot} root @param {any} config */
    #show(root, config) {
      if (config.theme.mode !== "auto" && !this.hasAttribute("theme")) this.setAttribute("theme", config.theme.mode);
      if (config.theme.position === "start" && !this.hasAttribute("position")) this.setAttribute("position", "start");
      if (config.theme.accent) this.style.setProperty("--account-accent", config.theme.accent);
      const launch = document.createElement("button");
      launch.className = "launch";
      launch.type = "button";
      launch.setAttribute("aria-expanded", "false");
      launch.setAttribute("aria-label", config.strings.open);
      for (const [name, path] of Object.entries(paths)) {
        const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
        svg.setAttribute("class", name);
        svg.setAttribute("viewBox", "0 0 20 20");
        svg.setAttribute("aria-hidden", "true");
        svg.append(document.createElementNS(svg.namespaceURI, "path"));
        svg.firstElementChild?.setAttribute("d", path);
        launch.append(svg);
      }
      launch.addEventListener("click", () => this.toggle());
      root.append(launch);
      this.#stay();
      this.#start = () => {
        const at = `${config.server}/widget/${config.version}/`;
        const css = Promise.all(["chat", "log"].map((name) => fetch(`${at}${name}.css`).then((answer) => answer.text())));
        return import(at + "chat.js").then(async (chat) => chat.mount({ root, launch, config, css: (await css).join("") }));
      };
    }

    /** @type {() => Promise<import("./chat.js").Chat>} */
    #start = () => Promise.reject(new Error("not configured"));

    async #load() {
      await this.#config;
      this.shadowRoot?.querySelector(".launch")?.setAttribute("aria-busy", "true");
      this.#loading ||= this.#start();
      try {
        return (this.#chat = await this.#loading);
      } catch (problem) {
        this.#loading = undefined;
        console.warn("Firstline chat could not be loaded; a click tries again.", problem);
      } finally {
        this.shadowRoot?.querySelector(".launch")?.removeAttribute("aria-busy");
      }
    }

    /** Show the chat. */
    async open() {
      (await this.#load())?.open();
    }

    /** Hide the chat; it stays connected and counts new messages on the launcher. */
    close() {
      this.#chat?.close();
    }

    /**
     * Say who is signed in.
     *
     * @param {string} identity the website's token; "" once the customer has signed out
     */
    async identify(identity = "") {
      this.setAttribute("identity", identity);
      await this.#config;
      if (!identity && this.#setting?.identity) this.#chat?.store.forget();
      this.become(identity);
    }

    /** @param {string} identity */
    become(identity) {
      const setting = this.#setting;
      if (!setting || setting.identity === identity) return;
      setting.identity = identity;
      setting.who = own(identity);
      this.#chat?.become();
    }

    /** Show or hide the chat. */
    toggle() {
      this.#chat?.isOpen ? this.close() : this.open();
    }
  }

  if (!customElements.get("firstline-chat")) customElements.define("firstline-chat", FirstlineChat);
  const account = script?.dataset.account;
  const add = () => {
    if (document.querySelector("firstline-chat")) return;
    const chat = document.createElement("firstline-chat");
    chat.setAttribute("account", account || "");
    chat.setAttribute("identity", script?.dataset.identity || "");
    document.body.append(chat);
  };
  if (account) document.body ? add() : addEventListener("DOMContentLoaded", add);
})();
