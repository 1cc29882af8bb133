// Writes as the customer and shows what Firstline sent.
const form = document.getElementById("say"), log = document.getElementById("log");
const trouble = document.getElementById("trouble"), empty = document.getElementById("empty");
const written = [];
let drawn = "";

async function act(verb, body) {
  try {
    const answer = await fetch(`/sim/${verb}`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
    const said = await answer.json();
    trouble.hidden = answer.ok;
    if (!answer.ok) trouble.textContent = said.detail;
    return answer.ok;
  } catch {
    trouble.hidden = false;
    trouble.textContent = "The simulator does not answer. Is it still running?";
    return false;
  }
}

function values() {
  return Object.fromEntries(new FormData(form));
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const said = values();
  if (!said.text.trim()) return;
  const after = drawn ? JSON.parse(drawn).length : 0;
  if (await act("says", said)) written.push({ ...said, after, by: "" });
  form.elements.text.value = "";
  draw();
});

for (const button of form.querySelectorAll("[data-verb]")) {
  button.addEventListener("click", async () => {
    const said = values(), verb = button.dataset.verb;
    const done = await act(verb, verb === "passes" ? { hours: 24 } : said);
    if (done && verb === "answers") {
      written.push({ ...said, after: drawn ? JSON.parse(drawn).length : 0, by: "On the phone" });
      form.elements.text.value = "";
      draw();
    }
  });
}

function words(sent) {
  const { body } = sent, message = body.message ?? body;
  if (body.type === "template") return `Template ${body.template.name}`;
  return message.text?.body ?? message.text ?? message.interactive?.body?.text ?? message.image?.caption ?? `(${body.type ?? "file"})`;
}

function choices(sent) {
  const { body } = sent, action = body.interactive?.action ?? {};
  const rows = (action.sections ?? []).flatMap((section) => section.rows);
  return [...(action.buttons ?? []).map((one) => one.reply.title), ...rows.map((row) => row.title), ...(body.message?.quick_replies ?? []).map((one) => one.title)];
}

function line(text, mine, note, taps, sent) {
  const item = document.createElement("li"), small = document.createElement("small");
  item.className = mine ? "mine" : "";
  small.textContent = note;
  item.append(small, text);
  if (taps.length) {
    const row = document.createElement("div");
    row.className = "taps";
    for (const title of taps) {
      const button = document.createElement("button");
      button.textContent = title;
      button.addEventListener("click", () => act("taps", { kind: sent.kind, who: sent.to, text: title }));
      row.append(button);
    }
    item.append(row);
  }
  return item;
}

let sent = [];
function draw() {
  const items = [];
  for (let place = 0; place <= sent.length; place += 1) {
    for (const one of written.filter((said) => said.after === place)) items.push(line(one.text, !one.by, one.by || `${one.who} · ${one.kind}`, [], null));
    if (place < sent.length) items.push(line(words(sent[place]), false, `Firstline → ${sent[place].to} · ${sent[place].kind}`, choices(sent[place]), sent[place]));
  }
  log.replaceChildren(...items);
  empty.hidden = items.length > 0;
}

async function look() {
  try {
    const state = await (await fetch("/sim/state")).json();
    sent = state.sent;
    const now = JSON.stringify(sent);
    if (now !== drawn) {
      drawn = now;
      draw();
    }
  } catch { /* told at the next action */ }
  setTimeout(look, 700);
}
look();
