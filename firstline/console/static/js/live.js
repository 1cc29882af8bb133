// @ts-check
/**
 * What happens while a page is open. One WebSocket a page, beginning at the cursor the page was made with, so that nothing
 * falls between; when it breaks it comes back, later each time; where sockets do not work the page asks again and again.
 * Each event becomes a `firstline:event` on the document, each signal (typing, viewing) a `firstline:signal`.
 */
import { meta } from "./page.js";

const LONGEST_PAUSE = 30_000;
/** Sockets that never opened, after which the page asks instead. */
const TRIES = 3;
/** The close code of a socket whose session has ended. */
const SIGNED_OUT = 4401;

const url = meta("firstline-live");
let cursor = meta("firstline-cursor");
let failures = 0;
let silent = 0;
let leaving = false;
/** @type {WebSocket | null} */
let socket = null;

/** @param {any} item */
function tell(item) {
  if (item.cursor) cursor = item.cursor;
  if (item.kind) document.dispatchEvent(new CustomEvent("firstline:event", { detail: item }));
  else if (item.signal) document.dispatchEvent(new CustomEvent("firstline:signal", { detail: item.signal }));
}

/** @param {boolean} on */
function show(on) {
  document.documentElement.toggleAttribute("data-offline", !on);
}

/**
 * Tell the server something that is not kept, such as typing; lost when there is no socket.
 * @param {object} message
 */
export function send(message) {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
}

/** A pause that grows, with chance in it, so that a thousand pages do not come back in one instant. */
function pause() {
  const longest = Math.min(LONGEST_PAUSE, 500 * 2 ** failures);
  failures += 1;
  return longest / 2 + Math.random() * (longest / 2);
}

function connect() {
  if (leaving || socket) return;
  const address = new URL(url, location.href);
  address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  address.searchParams.set("cursor", cursor);
  let opened = false;
  socket = new WebSocket(address);
  socket.addEventListener("message", (message) => {
    tell(JSON.parse(message.data));
  });
  socket.addEventListener("open", () => {
    opened = true;
    failures = silent = 0;
    show(true);
  });
  socket.addEventListener("close", ({ code }) => {
    socket = null;
    if (leaving) return;
    if (code === SIGNED_OUT) {
      location.reload();
      return;
    }
    if (!opened) silent += 1;
    if (failures > 0) show(false);
    setTimeout(silent >= TRIES ? poll : connect, pause());
  });
}

async function poll() {
  if (leaving) return;
  try {
    const answer = await fetch(`${url}/poll?cursor=${encodeURIComponent(cursor)}`, { credentials: "same-origin" });
    if (!answer.ok) throw new Error(String(answer.status));
    const { events, cursor: next } = await answer.json();
    events.forEach(tell);
    if (next) cursor = next;
    failures = 0;
    show(true);
    setTimeout(poll, 250);
  } catch {
    show(false);
    setTimeout(poll, pause());
  }
}

/** Close on leaving, so that the server does not hold a socket nobody reads. */
function leave() {
  leaving = true;
  socket?.close(1000);
}

if (url) {
  connect();
  window.addEventListener("pagehide", leave);
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    leaving = false;
    connect();
  });
  window.addEventListener("online", () => {
    failures = 0;
    connect();
  });
}
