// @ts-check
/** The command bar: what this page can do, every page, and conversations, in one list. Ctrl or Cmd K. */
import { icon, meta } from "./page.js";

/** @typedef {{group: string, label: string, icon: string, hint?: string, key?: string, href?: string, element?: HTMLElement}} Command */

const WAIT = 160;
const dialog = /** @type {HTMLDialogElement | null} */ (document.getElementById("command"));
const input = /** @type {HTMLInputElement | null} */ (dialog?.querySelector("input") ?? null);
const list = dialog?.querySelector('[role="listbox"]') ?? null;
/** @type {Command[]} */
let pages = [];
/** @type {Command[]} */
let found = [];
/** @type {Command[]} */
let shown = [];
let chosen = 0;
let asking = 0;
/** Enter was pressed before there was anything to choose: what comes first is run. */
let eager = false;

/** What the page itself offers: everything with a key or a `data-command`. */
function here() {
  /** @type {Command[]} */
  const commands = [];
  for (const element of document.querySelectorAll("[data-command]")) {
    if (!(element instanceof HTMLElement) || element.hasAttribute("disabled")) continue;
    commands.push({
      group: dialog?.dataset.here ?? "",
      label: element.dataset.command || (element.textContent ?? "").trim(),
      icon: element.dataset.commandIcon ?? "bolt",
      key: element.dataset.key?.toUpperCase(),
      element,
    });
  }
  return commands;
}

/** @param {string} words */
async function ask(words) {
  const url = `${meta("firstline-commands")}?words=${encodeURIComponent(words)}`;
  const answer = await fetch(url, { headers: { Accept: "application/json" } }).catch(() => null);
  return answer?.ok ? /** @type {Command[]} */ ((await answer.json()).items) : [];
}

/** @param {Command} command @param {string} words */
function fits(command, words) {
  const text = `${command.label} ${command.hint ?? ""}`.toLowerCase();
  return words.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}

function draw() {
  if (!list || !input) return;
  const words = input.value.trim();
  shown = [...here(), ...pages].filter((command) => fits(command, words)).concat(found);
  chosen = Math.min(chosen, Math.max(shown.length - 1, 0));
  list.replaceChildren();
  let group = "";
  /** @type {HTMLElement | null} */
  let box = null;
  shown.forEach((command, place) => {
    if (!box || command.group !== group) {
      group = command.group;
      box = document.createElement("div");
      box.setAttribute("role", "group");
      box.setAttribute("aria-label", group);
      const title = document.createElement("h3");
      title.setAttribute("role", "presentation");
      title.textContent = group;
      box.append(title);
      list.append(box);
    }
    box.append(option(command, place));
  });
  if (!shown.length) {
    const none = document.createElement("p");
    none.className = "command-none";
    none.textContent = dialog?.dataset.none ?? "";
    list.append(none);
  }
  input.setAttribute("aria-activedescendant", shown.length ? `command-${chosen}` : "");
  document.getElementById(`command-${chosen}`)?.scrollIntoView({ block: "nearest" });
  if (eager && shown.length) run(shown[0]);
}

/** @param {Command} command @param {number} place */
function option(command, place) {
  const element = document.createElement("div");
  element.id = `command-${place}`;
  element.setAttribute("role", "option");
  element.setAttribute("aria-selected", String(place === chosen));
  const label = document.createElement("span");
  label.className = "clip";
  label.textContent = command.label;
  element.append(icon(command.icon), label);
  if (command.hint) {
    const hint = document.createElement("span");
    hint.className = "hint";
    hint.textContent = command.hint;
    element.append(hint);
  }
  if (command.key) {
    const key = document.createElement("kbd");
    key.textContent = command.key;
    element.append(key);
  }
  element.addEventListener("pointermove", () => {
    if (chosen === place) return;
    chosen = place;
    for (const other of list?.querySelectorAll('[role="option"]') ?? []) {
      other.setAttribute("aria-selected", String(other === element));
    }
    input?.setAttribute("aria-activedescendant", element.id);
  });
  element.addEventListener("click", () => run(command));
  return element;
}

/** @param {Command} command */
function run(command) {
  eager = false;
  dialog?.close();
  if (command.href) location.assign(command.href);
  else if (command.element) command.element.click();
}

async function open() {
  if (!dialog || !input || dialog.open) return;
  input.value = "";
  found = [];
  chosen = 0;
  eager = false;
  dialog.showModal();
  draw();
  if (!pages.length) {
    pages = await ask("");
    draw();
  }
}

document.addEventListener("firstline:command", open);
for (const button of document.querySelectorAll("[data-opens-command]")) button.addEventListener("click", open);
input?.addEventListener("input", () => {
  chosen = 0;
  found = [];
  eager = false;
  draw();
  clearTimeout(asking);
  const words = input.value.trim();
  if (words.length < 2) return;
  asking = setTimeout(async () => {
    const answer = await ask(words);
    if (input.value.trim() !== words) return;
    found = answer.filter((command) => !pages.some((page) => page.href === command.href));
    draw();
  }, WAIT);
});
input?.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && shown.length) {
    event.preventDefault();
    chosen = (chosen + step + shown.length) % shown.length;
    draw();
  } else if (event.key === "Enter") {
    event.preventDefault();
    if (shown[chosen]) run(shown[chosen]);
    else eager = true;
  }
});
