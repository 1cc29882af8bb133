// @ts-check
/**
 * The small allow-list of markdown an answer may use: paragraphs, bold, links (http, https, mailto), lists, code, and `[1]` for a
 * citation. Everything else is shown as it is written. Builds nodes, never markup; every pattern takes linear time.
 */
import { h } from "./dom.js";

/** @typedef {import("./protocol.js").Citation} Citation */

const INLINE =
  /`([^`\n]{1,1000})`|\*\*([^*\n]{1,2000})\*\*|\[([^\]\n]{1,300})\]\(([^()\s]{1,2000})\)|\[(\d{1,2})\]|(https?:\/\/[^\s<>"']{1,2000})|([\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5})/g;

/**
 * @param {string} address
 * @returns {string | null} the address when a customer may be led there
 */
export function safeAddress(address) {
  try {
    const url = new URL(address);
    return ["http:", "https:", "mailto:"].includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

/**
 * @param {string} address already safe
 * @param {Record<string, string>} attributes
 * @param {string} label
 */
const link = (address, attributes, label) =>
  h("a", { href: address, target: "_blank", rel: "noopener noreferrer nofollow", ...attributes }, label);

/**
 * @param {Node} into
 * @param {string} text one line or paragraph
 * @param {(n: number) => Node | null} cite
 */
function inline(into, text, cite) {
  let from = 0;
  for (const found of text.matchAll(INLINE)) {
    const [whole, code, bold, label, target, number, bare, mail] = found;
    /** @type {Node | null} */
    let node = null;
    let rest = "";
    if (code) node = h("code", {}, code);
    else if (bold) inline((node = h("strong")), bold, cite);
    else if (label) {
      const address = safeAddress(target);
      if (address) node = link(address, {}, label);
    } else if (number) node = cite(Number(number));
    else if (bare) {
      const [, kept, after] = /** @type {RegExpMatchArray} */ (bare.match(/^(.*?)([.,;:!?)\]*]*)$/));
      const address = safeAddress(kept);
      rest = after;
      if (address) node = link(address, {}, kept);
    } else if (mail) node = link(`mailto:${mail}`, {}, mail);
    if (!node) continue;
    into.appendChild(document.createTextNode(text.slice(from, found.index)));
    into.appendChild(node);
    from = found.index + whole.length - rest.length;
  }
  into.appendChild(document.createTextNode(text.slice(from)));
}

/**
 * @param {string} text
 * @param {Citation[]} citations
 * @param {(citation: Citation) => string} describe the spoken name of a citation mark
 * @returns {DocumentFragment}
 */
export function markdown(text, citations, describe) {
  const out = document.createDocumentFragment();
  /** @param {number} n */
  const cite = (n) => {
    const citation = citations.find((one) => one.n === n);
    if (!citation) return null;
    const address = citation.url && safeAddress(citation.url);
    if (address) return link(address, { class: "cite", "aria-label": describe(citation) }, String(n));
    return h("span.cite", { role: "img", "aria-label": describe(citation) }, String(n));
  };
  /** @type {HTMLElement | null} */ let block = null;
  /** @type {string[] | null} */ let code = null;

  for (const line of text.replace(/\r\n?/g, "\n").split("\n")) {
    const item = line.match(/^\s{0,8}(?:[-*•]|(\d{1,3})[.)])\s+(.+)$/);
    const heading = line.match(/^#{1,6}\s+(.+)$/);
    if (line.trim().startsWith("```")) {
      if (code) out.append(h("pre", { tabindex: 0 }, h("code", {}, code.join("\n"))));
      code = code ? null : [];
      block = null;
    } else if (code) code.push(line);
    else if (!line.trim()) block = null;
    else if (item) {
      const kind = item[1] ? "OL" : "UL";
      if (block?.tagName !== kind) out.append((block = h(kind, item[1] && item[1] !== "1" ? { start: item[1] } : {})));
      const li = h("li");
      inline(li, item[2], cite);
      block.append(li);
    } else if (heading) {
      const strong = h("strong");
      inline(strong, heading[1], cite);
      out.append(h("p", {}, strong));
      block = null;
    } else {
      if (block?.tagName === "P") block.append(h("br"));
      else out.append((block = h("p")));
      inline(block, line.trim(), cite);
    }
  }
  if (code?.length) out.append(h("pre", { tabindex: 0 }, h("code", {}, code.join("\n"))));
  return out;
}
