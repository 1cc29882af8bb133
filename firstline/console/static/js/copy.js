// @ts-check
/** Buttons that copy the text of an element: `data-copies="id"`. */
import { on, say } from "./page.js";
import { toast } from "./toasts.js";

on("click", "[data-copies]", async (button) => {
  const source = document.getElementById(button.dataset.copies ?? "");
  if (!source) return;
  try {
    await navigator.clipboard.writeText(source.textContent ?? "");
    toast(say("copied"));
  } catch {
    getSelection()?.selectAllChildren(source);
    toast(say("selected"));
  }
});
