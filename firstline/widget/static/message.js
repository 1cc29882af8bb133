// @ts-check
/** One entry of the conversation as elements: bubble, sources, thumbs, delivery. */
import { fill, h, icon } from "./dom.js";
import { markdown, safeAddress } from "./markdown.js";

/**
 * @typedef {import("./protocol.js").Entry} Entry
 * @typedef {Entry & { status?: "sending" | "queued" | "failed", problem?: string, person?: true }} Shown an entry, or a message on its way
 * @typedef {object} Item
 * @property {Shown} entry
 * @property {HTMLElement} node
 * @property {HTMLElement} day
 * @property {HTMLElement | null} name
 * @property {HTMLElement | null} meta
 * @property {HTMLElement | null} options shown while nothing follows
 * @typedef {object} Deeds
 * @property {(entry: Entry, value: "up" | "down" | null) => void} rate
 * @property {(clientId: string) => void} again
 * @property {(text: string) => void} choose
 * @typedef {{ strings: Record<string, string>, locale: string, server: string, deeds: Deeds }} Setting
 */

const REVEAL_MS = 500;
const WORD_MS = 28;

/**
 * @param {string} at
 * @param {string} locale
 */
export const clockTime = (at, locale) => new Date(at).toLocaleTimeString(locale, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

/**
 * @param {Shown} entry
 * @param {Setting} setting
 * @returns {Item}
 */
export function build(entry, setting) {
  const day = h("p.event.day", { hidden: true });
  if (entry.kind !== "message") {
    const text = h("p.event", {}, sentence(entry, setting));
    return { entry, node: h("div.item", {}, day, text), day, name: null, meta: null, options: null };
  }
  const mine = entry.by.kind === "contact";
  const { strings } = setting;
  const who = mine ? strings.you : entry.by.kind === "agent" ? `${entry.by.name} · ${strings.ai}` : entry.by.name;
  const name = h(mine ? "small.sr" : "small", {}, who);
  const bubble = h("div.bubble", { dir: "auto", title: clockTime(entry.at, setting.locale) });
  const meta = h("small.meta", { hidden: true });
  if (mine && entry.text) bubble.append(h("p.plain", {}, entry.text));
  else if (entry.text) {
    bubble.append(markdown(entry.text, entry.citations, ({ n, title }) => fill(strings.source, { n, title })));
    if (entry.citations.length) bubble.append(sources(entry, strings));
  }
  if (entry.files?.length) bubble.append(files(entry.files, setting));
  const thumbs = entry.answer && rating(entry, setting);
  // The way to a person stands below in any case.
  const labels = entry.options?.filter((label) => label !== strings.talk) ?? [];
  const options = labels.length ? choice(labels, setting) : null;
  if (entry.stream) reveal(bubble);
  const message = h(`div.msg.${mine ? "me" : entry.by.kind}`, {}, name, bubble, thumbs, options, meta);
  return { entry, node: h("div.item", {}, day, message), day, name, meta, options };
}

/**
 * @param {Shown} entry
 * @param {Setting} setting
 */
function sentence(entry, { strings, locale }) {
  return fill(strings[entry.kind], { name: entry.by.name, time: clockTime(entry.at, locale) });
}

/**
 * Pictures as they are, everything else by name and size; each opens by itself.
 *
 * @param {NonNullable<Entry["files"]>} found
 * @param {Setting} setting
 */
function files(found, { server, locale }) {
  const list = h("ul.files");
  for (const { name, size, shown, url } of found) {
    const says = [h("span.file-name", { dir: "auto" }, name), h("small", {}, bytes(size, locale))];
    const picture = shown && h("img", { src: server + url, alt: "", loading: "lazy" });
    if (picture) picture.addEventListener("error", () => picture.remove());
    const where = { href: server + url, target: "_blank", rel: "noopener noreferrer nofollow" };
    list.append(h("li", {}, h(url ? "a.file" : "span.file", url ? where : {}, picture, h("span.file-says", {}, ...says))));
  }
  return list;
}

/**
 * @param {number} size
 * @param {string} locale
 */
export function bytes(size, locale) {
  const [unit, by] = size < 1e6 ? ["kilobyte", 1e3] : ["megabyte", 1e6];
  const digits = size < 1e6 ? 0 : 1;
  const style = { style: "unit", unit, maximumFractionDigits: digits };
  return new Intl.NumberFormat(locale, /** @type {Intl.NumberFormatOptions} */ (style)).format(size < 1e6 ? Math.max(1, size / by) : size / by);
}

/**
 * @param {Entry} entry
 * @param {Record<string, string>} strings
 */
function sources(entry, strings) {
  const list = h("ul.sources", { "aria-label": strings.sources });
  for (const { n, title, url } of entry.citations) {
    const address = url && safeAddress(url);
    const mark = h("span.cite", { "aria-hidden": "true" }, String(n));
    const label = h("span", { dir: "auto" }, title);
    const line = address ? h("a", { href: address, target: "_blank", rel: "noopener noreferrer nofollow" }, mark, label) : h("span.line", {}, mark, label);
    list.append(h("li", {}, line));
  }
  return list;
}

/**
 * @param {Entry} entry
 * @param {Setting} setting
 */
function rating(entry, { strings, deeds }) {
  /** @type {HTMLElement[]} */
  const buttons = [];
  const show = () => buttons.forEach((button, at) => button.setAttribute("aria-pressed", String(entry.feedback === (at ? "down" : "up"))));
  for (const value of /** @type {("up" | "down")[]} */ (["up", "down"])) {
    const label = value === "up" ? strings.helped : strings.not_helped;
    const press = () => {
      const next = entry.feedback === value ? null : value;
      entry.feedback = next ?? undefined;
      show();
      deeds.rate(entry, next);
    };
    buttons.push(h("button.quiet", { type: "button", title: label, "aria-label": label, onclick: press }, icon(value === "up" ? "up" : "thumbdown")));
  }
  show();
  return h("div.thumbs", { role: "group", "aria-label": strings.rate }, ...buttons);
}

/**
 * @param {string[]} options
 * @param {Setting} setting
 */
function choice(options, { strings, deeds }) {
  const buttons = options.map((text) => h("button.pill-button", { type: "button", dir: "auto", onclick: () => deeds.choose(text) }, text));
  return h("div.options", { role: "group", "aria-label": strings.choose }, ...buttons);
}

/**
 * Delivery, under the visitor's own message.
 *
 * @param {Item} item
 * @param {Setting} setting
 * @param {boolean} wanted whether this is the message that shows it; troubles always show
 * @param {boolean} answered whether somebody answered after it, who therefore read it
 */
export function delivery({ entry, meta }, { strings, locale, deeds }, wanted, answered) {
  if (!meta || entry.by.kind !== "contact") return;
  const { status, clientId = "" } = entry;
  const failed = status === "failed";
  meta.hidden = !(wanted || failed || status === "queued");
  meta.classList.toggle("bad", failed);
  if (failed) {
    const again = status === "failed" && h("button.link", { type: "button", onclick: () => deeds.again(clientId) }, strings.again);
    meta.replaceChildren(entry.problem || strings.failed, ...(again ? [" · ", again] : []));
  } else {
    const time = clockTime(entry.at, locale);
    meta.textContent = status ? strings[status] : `${answered ? strings.read : strings.sent} ${time}`;
  }
}

/**
 * Words appear one after the other while the whole text is already there, for a screen reader and for copying; the size does not
 * change, so nothing moves under the eye.
 *
 * @param {HTMLElement} bubble
 */
function reveal(bubble) {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  /** @type {Element[]} */
  const steps = [];
  const walker = document.createTreeWalker(bubble, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT, (node) =>
    node.parentElement?.closest(".cite, .sources") ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT,
  );
  const nodes = [];
  while (walker.nextNode()) nodes.push(walker.currentNode);
  for (const node of nodes) {
    if (node instanceof Text) {
      const words = node.data.split(/(?<=\s)(?=\S)/).map((word) => h("span", {}, word));
      steps.push(...words);
      node.replaceWith(...words);
    } else if (node instanceof Element && node.matches("li, .cite, .sources")) steps.push(node);
  }
  const pause = Math.min(WORD_MS, REVEAL_MS / steps.length);
  steps.forEach((step, at) => {
    step.classList.add("come");
    /** @type {HTMLElement} */ (step).style.animationDelay = `${Math.round(at * pause)}ms`;
  });
}
