// @ts-check
/** Clocks that ran out, told to whom it concerns: the owner of the conversation, or everybody who sees one that nobody has. */
import { meta, say } from "./page.js";
import { toast } from "./toasts.js";

document.addEventListener("firstline:event", (event) => {
  const { kind, subject, data } = /** @type {CustomEvent} */ (event).detail;
  const mine = data?.kind === "teammate" && data.id === meta("firstline-me");
  const nobodys = data?.kind === "team" || data?.kind === "nobody";
  const link = { link: `/inbox/all/${subject}`, link_label: say("open") };
  if (kind === "conversation.overdue" && (mine || nobodys)) toast({ text: say("overdue"), tone: "bad", ...link });
  if (kind === "conversation.quiet" && mine) toast({ text: say("quiet"), ...link });
});
