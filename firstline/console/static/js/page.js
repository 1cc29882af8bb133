// @ts-check
/** Small things every module uses. */

/**
 * Handle an event of any element that matches, now or later on the page.
 * @param {string} type
 * @param {string} selector
 * @param {(element: HTMLElement, event: Event) => void} handle
 * @param {{capture?: boolean}} [options]
 */
export function on(type, selector, handle, options = {}) {
  document.addEventListener(
    type,
    (event) => {
      const from = event.target instanceof Element ? event.target.closest(selector) : null;
      if (from instanceof HTMLElement) handle(from, event);
    },
    options.capture ?? false,
  );
}

/**
 * The content of a `<meta>` of this page.
 * @param {string} name
 */
export function meta(name) {
  return document.querySelector(`meta[name="${name}"]`)?.getAttribute("content") ?? "";
}

/**
 * A sentence of the product in the language of this page.
 * @param {string} key
 */
export function say(key) {
  return JSON.parse(meta("firstline-words") || "{}")[key] ?? key;
}

/**
 * Keep a choice of this browser for a year; the server reads it when it makes the next page.
 * @param {string} name
 * @param {string} value
 */
export function remember(name, value) {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${name}=${encodeURIComponent(value)}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
}

/** Whether the person is writing somewhere, so that single keys are letters. */
export function isWriting() {
  const active = document.activeElement;
  if (!(active instanceof HTMLElement)) return false;
  if (active instanceof HTMLInputElement) return !["checkbox", "radio", "button", "submit", "reset"].includes(active.type);
  return active instanceof HTMLTextAreaElement || active instanceof HTMLSelectElement || active.isContentEditable;
}

/** An id that no other message has. */
export function newId() {
  const octets = crypto.getRandomValues(new Uint8Array(12));
  return "c_" + Array.from(octets, (octet) => octet.toString(36).padStart(2, "0")).join("");
}

/**
 * An icon of the sprite.
 * @param {string} name
 */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${meta("firstline-icons")}#${name}`);
  svg.append(use);
  return svg;
}

/**
 * A part of a page from the server; null when there is none now. When the session has ended, the page goes to sign-in.
 * @param {URL | string} url
 */
export async function part(url) {
  const answer = await fetch(url, { headers: { "HX-Request": "true" }, credentials: "same-origin" }).catch(() => null);
  const elsewhere = answer?.headers.get("HX-Redirect");
  if (elsewhere) location.assign(elsewhere);
  return answer?.ok && answer.status !== 204 ? answer.text() : null;
}
