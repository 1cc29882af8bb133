// @ts-check
/** Menus and other popovers: placed at their button, moved through with the arrow keys. */

/** @type {WeakMap<Element, HTMLElement>} */
const openers = new WeakMap();

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[popovertarget]") : null;
  const target = button && document.getElementById(button.getAttribute("popovertarget") ?? "");
  if (button instanceof HTMLElement && target) openers.set(target, button);
}, true);

document.addEventListener("toggle", (event) => {
  const menu = event.target;
  if (!(menu instanceof HTMLElement) || !menu.matches(".menu[popover]")) return;
  const opener = openers.get(menu);
  if (!opener) return;
  const open = event instanceof ToggleEvent && event.newState === "open";
  opener.setAttribute("aria-expanded", String(open));
  if (open) {
    place(menu, opener);
    items(menu)[0]?.focus();
  }
}, true);

// What was chosen is being done: an open menu would keep its part of the page from showing what came of it.
document.addEventListener("submit", (event) => {
  const menu = event.target instanceof Element ? event.target.closest(".menu[popover]") : null;
  if (menu instanceof HTMLElement) menu.hidePopover();
});

document.addEventListener("keydown", (event) => {
  const menu = event.target instanceof Element ? event.target.closest(".menu") : null;
  if (!menu || event.target instanceof HTMLInputElement || !["ArrowDown", "ArrowUp", "Home", "End"].includes(event.key)) return;
  const all = items(menu);
  const now = all.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  const next = { ArrowDown: now + 1, ArrowUp: now - 1, Home: 0, End: -1 }[event.key] ?? 0;
  event.preventDefault();
  all.at(next % all.length)?.focus();
});

/** @param {Element} menu */
function items(menu) {
  return /** @type {HTMLElement[]} */ ([...menu.querySelectorAll("a[href], button:not(:disabled)")]);
}

/**
 * Below its button, at its end edge; above or at the start edge where there is no room.
 * @param {HTMLElement} menu
 * @param {HTMLElement} opener
 */
export function place(menu, opener) {
  const at = opener.getBoundingClientRect();
  const size = menu.getBoundingClientRect();
  const gap = 4;
  const below = at.bottom + gap + size.height <= innerHeight;
  const top = below ? at.bottom + gap : Math.max(gap, at.top - gap - size.height);
  const fromEnd = at.right - size.width;
  const left = fromEnd >= gap ? fromEnd : Math.min(at.left, innerWidth - size.width - gap);
  menu.style.top = `${Math.round(top)}px`;
  menu.style.left = `${Math.round(Math.max(gap, left))}px`;
}
