// @ts-check
/**
 * Parts that renew themselves: `data-live="source.* message.received"` names the events, `data-live-subject` limits them to
 * one thing. Such an element has `hx-get` and `hx-trigger="refresh"`. Many events in a row make one request.
 */

const GATHER = 250;
/** @type {Map<Element, number>} */
const waiting = new Map();

/** @param {string} patterns @param {string} kind */
export function matches(patterns, kind) {
  return patterns.split(" ").some((pattern) => {
    return pattern.endsWith("*") ? kind.startsWith(pattern.slice(0, -1)) : kind === pattern;
  });
}

document.addEventListener("firstline:event", (event) => {
  const { kind, subject } = /** @type {CustomEvent} */ (event).detail;
  for (const element of document.querySelectorAll("[data-live]")) {
    if (!(element instanceof HTMLElement) || !matches(element.dataset.live ?? "", kind)) continue;
    if (element.dataset.liveSubject && element.dataset.liveSubject !== subject) continue;
    if (waiting.has(element)) continue;
    waiting.set(element, setTimeout(() => {
      waiting.delete(element);
      if (element.isConnected && !element.contains(openMenu())) element.dispatchEvent(new Event("refresh"));
    }, GATHER));
  }
});

/** A menu that is open is being used; what it belongs to is renewed later. */
function openMenu() {
  return document.querySelector(".menu:popover-open");
}
