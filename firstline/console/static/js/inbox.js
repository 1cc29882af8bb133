// @ts-check
/**
 * The open conversation, as it goes on. New entries are added at the end, changed parts are exchanged by their id; what is
 * being read does not move, and what is being written stays.
 */
import { on } from "./page.js";

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
 * Put fragments in: those with an id that is on the page take its place, others go where `data-into` says.
 * @param {string} html
 */
function merge(html) {
  const stay = atEnd();
  const page = new DOMParser().parseFromString(html, "text/html");
  for (const part of [...page.body.children]) {
    const there = document.getElementById(part.id);
    if (there?.outerHTML === part.outerHTML) continue;
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
  const desk = document.querySelector("[data-conversation-url]");
  if (!(desk instanceof HTMLElement)) return;
  const url = new URL(desk.dataset.conversationUrl ?? "", location.href);
  const entries = document.querySelectorAll("#timeline > [data-seq]");
  url.searchParams.set("after", entries[entries.length - 1]?.getAttribute("data-seq") ?? "0");
  for (const entry of changed) url.searchParams.append("changed", entry);
  changed = new Set();
  const answer = await fetch(url, { credentials: "same-origin" }).catch(() => null);
  if (answer?.ok && desk.isConnected) merge(await answer.text());
}

/** Ask for what is new, once for many events. */
export function renewSoon() {
  clearTimeout(gathering);
  gathering = setTimeout(renew, GATHER);
}

function openConversation() {
  return document.querySelector("[data-conversation-url]")?.getAttribute("data-conversation-id") ?? "";
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
  if (event.target instanceof HTMLElement && event.target.id === "desk") toEnd();
});
document.addEventListener("htmx:afterRequest", (event) => {
  const { elt, successful } = /** @type {CustomEvent} */ (event).detail;
  if (successful && elt instanceof Element && elt.closest(".desk")) renewSoon();
});
toEnd();
