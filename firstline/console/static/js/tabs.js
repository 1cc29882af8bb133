// @ts-check
/** Tabs within a page: a click or an arrow key chooses, the panel with the id `<tab>-panel` shows. */
import { on } from "./page.js";

/**
 * Choose a tab; tells with a `firstline:tab` event, so that others can follow.
 * @param {HTMLElement} tab
 */
export function choose(tab) {
  const list = tab.closest('[role="tablist"]');
  if (!list) return;
  for (const other of list.querySelectorAll('[role="tab"]')) {
    if (!(other instanceof HTMLElement)) continue;
    const on = other === tab;
    other.setAttribute("aria-selected", String(on));
    other.tabIndex = on ? 0 : -1;
    const panel = document.getElementById(other.getAttribute("aria-controls") ?? "");
    if (panel) panel.hidden = !on;
  }
  tab.dispatchEvent(new CustomEvent("firstline:tab", { bubbles: true }));
}

on("click", '[role="tab"]', choose);
on("keydown", '[role="tab"]', (tab, event) => {
  if (!(event instanceof KeyboardEvent)) return;
  const tabs = [...(tab.closest('[role="tablist"]')?.querySelectorAll('[role="tab"]') ?? [])];
  const forward = getComputedStyle(tab).direction === "rtl" ? "ArrowLeft" : "ArrowRight";
  const back = forward === "ArrowRight" ? "ArrowLeft" : "ArrowRight";
  const place = tabs.indexOf(tab);
  const next =
    event.key === forward ? tabs[(place + 1) % tabs.length]
    : event.key === back ? tabs[(place - 1 + tabs.length) % tabs.length]
    : event.key === "Home" ? tabs[0]
    : event.key === "End" ? tabs[tabs.length - 1]
    : null;
  if (!(next instanceof HTMLElement)) return;
  event.preventDefault();
  next.focus();
  choose(next);
});

// Tabs that are links to pages: the one that is open is in sight, however narrow the page.
// Only the row of tabs moves: scrollIntoView would move the page too, to tabs that stand further down.
const current = document.querySelector(".tabs [aria-current]");
const row = current?.closest(".tabs");
if (current && row) row.scrollLeft += Math.max(0, current.getBoundingClientRect().right - row.getBoundingClientRect().right);
