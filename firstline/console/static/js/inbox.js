// @ts-check
/**
 * The open conversation, as it goes on. New entries are added at the end, changed parts are exchanged by their id; what is
 * being read does not move, and what is being written stays.
 */
import { on, part } from "./page.js";

const TYPING_FADES = 6000;
const GATHER = 120;

/** @type {Map<string, number>} */
const typing = new Map();
let gathering = 0;
let changed = new Set();

function log() {
  return document.getElementById("timeline");
}

/** Whether the end of the timeline is in sight. */
function atEnd() {
  const box = log();
  return !box || box.scrollHeight - box.scrollTop - box.clientHeight < 80;
}

export function toEnd() {
  const box = log();
  if (box) box.scrollTop = box.scrollHeight;
}

/**
 * Whether a part says what it said before; what scripts changed in it does not count.
 * @param {Element} there
 * @param {Element} fresh
 */
function same(there, fresh) {
  if (there.id.startsWith("day-")) return true;
  return plain(there) === plain(fresh);
}

/** @param {Element} element */
function plain(element) {
  return `${element.className} ${(element.textContent ?? "").replace(/\s+/g, " ")} ${element.querySelectorAll("a, button").length}`;
}

/**
 * Put fragments in: those with an id that is on the page take its place, others go where `data-into` says.
 * @param {string} html
 */
function merge(html) {
  const stay = atEnd();
  const page = new DOMParser().parseFromString(html, "text/html");
  for (const part of [...page.body.children]) {
    const there = document.getElementById(part.id);
    if (there && (same(there, part) || there.contains(document.querySelector(":popover-open")))) continue;
    const fresh = document.adoptNode(part);
    if (there) there.replaceWith(fresh);
    else document.getElementById(fresh.getAttribute("data-into") ?? "timeline")?.append(fresh);
    // @ts-ignore htmx is a classic script
    window.htmx?.process(fresh);
  }
  const writing = document.querySelectorAll("#timeline > [data-typing]");
  writing.forEach((element) => log()?.append(element));
  if (stay) toEnd();
}

async function renew() {
  const desk = document.querySelector("[data-news-url]");
  if (!(desk instanceof HTMLElement)) return;
  const url = new URL(desk.dataset.newsUrl ?? "", location.href);
  const entries = document.querySelectorAll("#timeline > [data-seq]");
  url.searchParams.set("after", entries[entries.length - 1]?.getAttribute("data-seq") ?? "0");
  for (const entry of changed) url.searchParams.append("changed", entry);
  changed = new Set();
  const view = location.pathname.split("/")[2];
  if (view) url.searchParams.set("view", view);
  const html = await part(url);
  if (html !== null && desk.isConnected) merge(html);
}

/** Ask for what is new, once for many events. */
export function renewSoon() {
  clearTimeout(gathering);
  gathering = setTimeout(renew, GATHER);
}

function openConversation() {
  return document.querySelector(".conv")?.getAttribute("data-conversation-id") ?? "";
}

document.addEventListener("firstline:event", (event) => {
  const { subject, data } = /** @type {CustomEvent} */ (event).detail;
  if (subject !== openConversation()) return;
  if (data?.entry) changed.add(data.entry);
  if (data?.by === "contact" || data?.by === "agent") showTyping("", false);
  renewSoon();
});

document.addEventListener("firstline:signal", (event) => {
  const { what, conversation, by, on: isOn = true } = /** @type {CustomEvent} */ (event).detail;
  if (what !== "typing" || conversation !== openConversation() || by?.kind === "teammate") return;
  showTyping(by?.kind ?? "contact", isOn, by?.name);
});

/**
 * Show or hide the three dots; they fade by themselves when nothing more is heard.
 * @param {string} by
 * @param {boolean} isOn
 * @param {string} [name]
 */
function showTyping(by, isOn, name = "") {
  const template = document.getElementById(by === "agent" ? "typing-agent" : "typing-contact");
  for (const element of document.querySelectorAll("#timeline > [data-typing]")) {
    if (!by || element.getAttribute("data-typing-by") === by) element.remove();
  }
  clearTimeout(typing.get(by));
  if (!isOn || !(template instanceof HTMLTemplateElement)) return;
  const stay = atEnd();
  const element = /** @type {HTMLElement} */ (template.content.firstElementChild?.cloneNode(true));
  element.dataset.typingBy = by;
  if (name) element.querySelector("[role=img]")?.setAttribute("aria-label", name);
  log()?.append(element);
  typing.set(by, setTimeout(() => showTyping(by, false), TYPING_FADES));
  if (stay) toEnd();
}

on("click", "[data-why]", (link, event) => {
  const details = document.getElementById("details");
  const why = document.getElementById("why");
  if (!details || !why) return;
  event.preventDefault();
  if (getComputedStyle(details).display === "none") details.showPopover();
  // @ts-ignore htmx is a classic script
  window.htmx?.ajax("GET", link.getAttribute("href") ?? "", { target: "#why", swap: "outerHTML" });
  why.scrollIntoView({ block: "start" });
});

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target instanceof HTMLElement && event.target.id === "main") opened(event.target);
});
document.addEventListener("htmx:afterRequest", (event) => {
  const { elt, successful } = /** @type {CustomEvent} */ (event).detail;
  if (successful && elt instanceof Element && elt.closest(".desk")) renewSoon();
});
document.addEventListener("htmx:configRequest", (event) => {
  const { elt, parameters } = /** @type {CustomEvent} */ (event).detail;
  if (elt instanceof Element && elt.closest(".list") && !elt.matches("a")) parameters.current = openConversation();
});

/**
 * Another conversation was opened beside the list.
 * @param {HTMLElement} desk
 */
function opened(desk) {
  const id = openConversation();
  desk.classList.remove("is-empty");
  for (const link of document.querySelectorAll("[data-thread]")) {
    if (link.getAttribute("data-thread") === id) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  const title = document.getElementById("conv-title")?.textContent;
  if (title) document.title = `${title} · Firstline`;
  toEnd();
}
toEnd();
