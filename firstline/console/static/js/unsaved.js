// @ts-check
/**
 * What was typed and not saved is not lost by a slip. Closing a panel or dialog (Escape, a click outside, its ×, Back, a link
 * inside) asks once: keep editing, or discard. Leaving the page asks in the browser's own words, for forms of the page too.
 */

const FORMS = 'main form[method="post"]:not([hx-post], [data-auto])';
const WRITTEN = 'textarea, input:not([type="checkbox"], [type="radio"], [type="hidden"])';

/** What fields held when a dialog was opened or a form was first touched. @type {WeakMap<Element, string>} */
const saved = new WeakMap();
/** Where somebody has done something since. @type {WeakSet<Element>} */
const touched = new WeakSet();
/** @type {(() => void) | null} */
let discard = null;

/**
 * Names and values of all fields, also of those that were added.
 * @param {Element} within
 */
function held(within) {
  return JSON.stringify([...within.querySelectorAll("input[name], select[name], textarea[name]")].map((field) => {
    if (field instanceof HTMLSelectElement) return [field.name, ...[...field.selectedOptions].map((one) => one.value)];
    if (field instanceof HTMLTextAreaElement) return [field.name, field.value];
    if (!(field instanceof HTMLInputElement)) return [];
    if (field.type === "file") return [field.name, ...[...(field.files ?? [])].map((file) => `${file.name} ${file.size}`)];
    return [field.name, field.type === "checkbox" || field.type === "radio" ? field.checked : "", field.value];
  }));
}

/**
 * From here on, what is changed inside is unsaved.
 * @param {Element} within
 */
export function watch(within) {
  touched.delete(within);
  saved.set(within, held(within));
}

/**
 * What is inside was saved, or is not wanted.
 * @param {Element} within
 */
export function forget(within) {
  touched.delete(within);
}

/** @param {Element} within */
export function isUnsaved(within) {
  return touched.has(within) && saved.get(within) !== held(within);
}

/**
 * Do it at once where nothing would be lost; otherwise ask, and do it when what was typed is not wanted.
 * @param {Element} within
 * @param {() => void} then
 */
export function unlessUnsaved(within, then) {
  const question = document.getElementById("unsaved");
  if (!isUnsaved(within) || !(question instanceof HTMLDialogElement)) return then();
  discard = () => {
    forget(within);
    then();
  };
  if (question.open) return;
  question.showModal();
}

/** At once, and not when the dialog tells that it was closed: that comes later, maybe when it asks for the next time already. */
document.getElementById("unsaved")?.addEventListener("submit", (event) => {
  event.preventDefault();
  /** @type {HTMLDialogElement} */ (event.currentTarget).close();
  const button = /** @type {SubmitEvent} */ (event).submitter;
  if (button instanceof HTMLButtonElement && button.value === "discard") discard?.();
});

/** @param {Event} event */
function noted(event) {
  const field = event.target;
  if (!(field instanceof Element)) return;
  const dialog = field.closest("dialog");
  if (dialog) {
    if (saved.has(dialog)) touched.add(dialog);
    return;
  }
  const form = field.closest(FORMS);
  if (form && event.type === "input" && field.matches(WRITTEN) && !field.closest("firstline-composer")) touched.add(form);
}

for (const type of ["input", "change", "click"]) document.addEventListener(type, noted, { capture: true });

/** A form that came later: what it holds when a field is entered is what is saved. */
document.addEventListener("focusin", (event) => {
  const form = event.target instanceof Element ? event.target.closest(FORMS) : null;
  if (form && !saved.has(form)) saved.set(form, held(form));
});

/** Sent by the browser itself. Forms of panels are sent by a script, which knows whether they were saved. */
window.addEventListener("submit", (event) => {
  if (event.defaultPrevented || !(event.target instanceof Element)) return;
  forget(event.target);
  const dialog = event.target.closest("dialog");
  if (dialog) forget(dialog);
});

window.addEventListener("beforeunload", (event) => {
  if ([...document.querySelectorAll(`dialog[open], ${FORMS}`)].some(isUnsaved)) event.preventDefault();
});

/** A form that came back with something wrong in it holds what was typed and not saved. */
for (const form of document.querySelectorAll(FORMS)) {
  const wrong = form.querySelector('[aria-invalid="true"]') !== null;
  saved.set(form, wrong ? "" : held(form));
  if (wrong) touched.add(form);
}
