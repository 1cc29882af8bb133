// @ts-check
/**
 * Dialogs and side panels. `data-opens="id"` opens a dialog of the page. A link with `data-panel` opens the page it leads to
 * as a side panel over this one, with its own address: Back closes it, a reload opens it again. Whichever way somebody closes
 * one in which something is unsaved, it asks first.
 */
import { endBusy } from "./busy.js";
import { on, say } from "./page.js";
import { toast } from "./toasts.js";
import { forget, isUnsaved, unlessUnsaved, watch } from "./unsaved.js";

let leaving = false;

/**
 * The menu that an item was chosen from goes.
 * @param {Element} item
 */
function hideMenu(item) {
  const menu = item.closest("[popover]");
  if (menu instanceof HTMLElement) menu.hidePopover();
}

on("click", "[data-opens]", (button) => {
  const dialog = document.getElementById(button.dataset.opens ?? "");
  hideMenu(button);
  if (!(dialog instanceof HTMLDialogElement)) return;
  const form = dialog.querySelector("form");
  if (form && button.dataset.action) form.action = button.dataset.action;
  const title = dialog.querySelector("h2");
  if (title && button.dataset.title) title.textContent = button.dataset.title;
  dialog.showModal();
  watch(dialog);
});

/**
 * Somebody wants a dialog to go. One of the page stays in it, and must not offer to the next thing what was typed for this one.
 * @param {HTMLDialogElement} dialog
 */
function dismiss(dialog) {
  const unsaved = isUnsaved(dialog);
  unlessUnsaved(dialog, () => {
    if (unsaved) dialog.querySelectorAll("form").forEach((form) => form.reset());
    dialog.close();
  });
}

on("click", "[data-closes]", (button, event) => {
  const dialog = button.closest("dialog");
  if (!dialog) return;
  event.preventDefault();
  dismiss(dialog);
});

/** Escape. The browser asks a dialog only once whether it may close it; so the key is not left to it. */
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented || event.isComposing || document.querySelector(".menu:popover-open")) return;
  const inside = event.target instanceof Element ? event.target.closest("dialog") : null;
  const dialog = inside ?? document.querySelector("dialog.panel[open]");
  if (!(dialog instanceof HTMLDialogElement) || !isUnsaved(dialog)) return;
  event.preventDefault();
  dismiss(dialog);
});

/** A phone's way back, and whatever else closes a dialog. */
document.addEventListener("cancel", (event) => {
  const dialog = event.target;
  if (!(dialog instanceof HTMLDialogElement) || !isUnsaved(dialog)) return;
  event.preventDefault();
  dismiss(dialog);
}, { capture: true });

/** A press outside. Where it falls must not take the focus from the question that may come. */
document.addEventListener("mousedown", (event) => {
  const dialog = event.target;
  if (!(dialog instanceof HTMLDialogElement) || !dialog.open) return;
  const box = dialog.getBoundingClientRect();
  const inside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
  if (inside) return;
  event.preventDefault();
  dismiss(dialog);
});

/** @param {HTMLDialogElement} panel */
function openPanel(panel) {
  panel.removeAttribute("open");
  panel.showModal();
  panel.addEventListener("close", () => {
    if (isUnsaved(panel)) {
      panel.showModal();
      dismiss(panel);
      return;
    }
    const base = panel.dataset.base ?? "";
    if (panel.dataset.done && !leaving) {
      location.assign(base);
      return;
    }
    if (!leaving && base && location.pathname !== new URL(base, location.href).pathname) {
      if (history.state?.panel) history.back();
      else history.replaceState(null, "", base);
    }
    panel.remove();
  });
  focusFirst(panel);
  watch(panel);
  panel.dataset.here = location.href;
}

/** @param {HTMLDialogElement} panel */
function focusFirst(panel) {
  const order = [
    "[autofocus]",
    '.panel-body :is(input:not([type="hidden"], :disabled, [readonly]), select:not(:disabled), textarea:not(:disabled, [readonly]))',
    ".panel-body button",
    "footer .btn-primary",
    ".panel-body",
  ];
  const first = order.map((one) => panel.querySelector(one)).find((one) => one instanceof HTMLElement);
  if (first instanceof HTMLElement) first.focus();
}

/** @param {string} url */
async function fetchPanel(url) {
  const answer = await fetch(url, { headers: { "X-Panel": "1", Accept: "text/html" }, credentials: "same-origin" });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const panel = page.querySelector("dialog.panel[data-base]");
  return answer.ok && panel instanceof HTMLDialogElement ? /** @type {HTMLDialogElement} */ (document.adoptNode(panel)) : null;
}

on("click", "a[data-panel]", async (element, event) => {
  const link = /** @type {HTMLAnchorElement} */ (element);
  if (!(event instanceof MouseEvent) || event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
  event.preventDefault();
  hideMenu(link);
  const panel = await fetchPanel(link.href).catch(() => null);
  if (!panel) {
    location.assign(link.href);
    return;
  }
  const open = link.closest("dialog.panel[data-base]");
  if (open instanceof HTMLDialogElement) {
    unlessUnsaved(open, () => {
      history.replaceState(history.state, "", link.href);
      open.replaceChildren(...panel.childNodes);
      open.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
      focusFirst(open);
      watch(open);
      open.dataset.here = link.href;
    });
    return;
  }
  history.pushState({ panel: true }, "", link.href);
  document.body.append(panel);
  // @ts-ignore htmx is a classic script
  window.htmx?.process(panel);
  openPanel(panel);
});

on("submit", "dialog.panel[data-base] form", async (element, event) => {
  const form = /** @type {HTMLFormElement} */ (element);
  const panel = /** @type {HTMLDialogElement} */ (form.closest("dialog"));
  if (event.defaultPrevented) return;
  event.preventDefault();
  if (panel.dataset.sending) return;
  panel.dataset.sending = "yes";
  const submitter = event instanceof SubmitEvent ? event.submitter : null;
  const body = new FormData(form, submitter instanceof HTMLButtonElement ? submitter : undefined);
  const upload = form.enctype === "multipart/form-data";
  const inside = panel.querySelector(".panel-body");
  inside?.toggleAttribute("inert", true);
  const answer = await fetch(form.action, {
    method: "POST",
    headers: { "X-Panel": "1", Accept: "text/html" },
    credentials: "same-origin",
    body: upload ? body : new URLSearchParams(/** @type {any} */ (body)),
  }).catch(() => null);
  const elsewhere = answer?.headers.get("X-Go");
  if (elsewhere) {
    leaving = true;
    forget(panel);
    location.assign(elsewhere);
    return;
  }
  endBusy();
  delete panel.dataset.sending;
  inside?.toggleAttribute("inert", false);
  const text = answer ? await answer.text() : say("no-answer");
  if (!answer || !answer.headers.get("Content-Type")?.startsWith("text/html")) {
    toast({ text: answer && answer.status >= 500 ? say("error") : text, tone: "bad" });
    return;
  }
  const page = new DOMParser().parseFromString(text, "text/html").querySelector("dialog.panel[data-base]");
  if (!page) {
    leaving = true;
    forget(panel);
    location.assign(answer.url);
    return;
  }
  panel.replaceChildren(...page.childNodes);
  if (answer.status === 201) {
    // What was made is shown in the panel, such as a secret; the page below is from before it.
    for (const name of ["id", "aria-labelledby", "data-base"]) panel.setAttribute(name, page.getAttribute(name) ?? "");
    panel.dataset.done = "yes";
    watch(panel);
  }
  const wrong = panel.querySelector('[aria-invalid="true"], .error, .banner.bad');
  focusFirst(panel);
  if (wrong instanceof HTMLElement) {
    wrong.scrollIntoView({ block: "center" });
    wrong.focus();
  }
});

window.addEventListener("popstate", () => {
  const open = document.querySelector("dialog.panel[data-base]");
  if (open instanceof HTMLDialogElement && isUnsaved(open)) {
    history.pushState({ panel: true }, "", open.dataset.here);
    dismiss(open);
  } else if (open instanceof HTMLDialogElement && open.open) {
    delete open.dataset.base;
    open.close();
  } else if (history.state?.panel) {
    location.reload();
  }
});

for (const panel of document.querySelectorAll("dialog.panel[data-base]")) openPanel(/** @type {HTMLDialogElement} */ (panel));
