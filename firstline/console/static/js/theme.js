// @ts-check
/** Light, dark, or as the system is. The server writes the choice into the next page. */
import { on, remember } from "./page.js";

on("click", "[data-theme-choice]", (button) => {
  const choice = button.dataset.themeChoice ?? "";
  remember("theme", choice);
  if (choice === "light" || choice === "dark") document.documentElement.dataset.theme = choice;
  else delete document.documentElement.dataset.theme;
  for (const other of document.querySelectorAll("[data-theme-choice]")) {
    other.setAttribute("aria-pressed", String(other === button));
  }
});
