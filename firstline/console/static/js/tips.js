// @ts-check
/** Tooltips: `data-tip` and, for the key that does the same, `data-tip-key`. Shown on hover and on keyboard focus. */

const WAIT = 450;
const tip = document.createElement("div");
tip.className = "tip";
tip.popover = "manual";
tip.setAttribute("aria-hidden", "true");
let waiting = 0;
/** @type {HTMLElement | null} */
let shownFor = null;

/** @param {EventTarget | null} target */
function owner(target) {
  const found = target instanceof Element ? target.closest("[data-tip]") : null;
  return found instanceof HTMLElement ? found : null;
}

/** @param {HTMLElement} element */
function show(element) {
  if (!element.isConnected) return;
  if (!tip.isConnected) document.body.append(tip);
  tip.replaceChildren(element.dataset.tip ?? "");
  for (const key of (element.dataset.tipKey ?? "").split(" ").filter(Boolean)) {
    const kbd = document.createElement("kbd");
    kbd.textContent = key;
    tip.append(" ", kbd);
  }
  const within = element.closest("dialog[open]") ?? document.body;
  if (tip.parentElement !== within) within.append(tip);
  tip.showPopover();
  const at = element.getBoundingClientRect();
  const size = tip.getBoundingClientRect();
  const below = at.bottom + 6 + size.height < innerHeight;
  tip.style.top = `${Math.round(below ? at.bottom + 6 : at.top - 6 - size.height)}px`;
  tip.style.left = `${Math.round(Math.min(Math.max(4, at.left + at.width / 2 - size.width / 2), innerWidth - size.width - 4))}px`;
  shownFor = element;
}

function hide() {
  clearTimeout(waiting);
  if (shownFor && tip.isConnected) tip.hidePopover();
  shownFor = null;
}

document.addEventListener("pointerover", (event) => {
  const element = event.pointerType === "mouse" ? owner(event.target) : null;
  if (element === shownFor) return;
  hide();
  if (element) waiting = setTimeout(() => show(element), WAIT);
});
document.addEventListener("focusin", (event) => {
  const element = owner(event.target);
  hide();
  if (element?.matches(":focus-visible")) waiting = setTimeout(() => show(element), WAIT);
});
for (const type of ["focusout", "pointerdown", "keydown", "scroll"]) document.addEventListener(type, hide, true);

export {};
