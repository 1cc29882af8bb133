// @ts-check
/** The one script of a page. Everything works without it as pages and forms; this makes it quick. */
import "./alerts.js";
import "./busy.js";
import "./command.js";
import "./composer.js";
import "./copy.js";
import "./dialogs.js";
import "./inbox.js";
import "./keyboard.js";
import "./live.js";
import "./menus.js";
import "./preview.js";
import "./refresh.js";
import "./schedule.js";
import "./sections.js";
import "./tabs.js";
import "./theme.js";
import "./tips.js";
import "./toasts.js";
import "./unsaved.js";
import { remember } from "./page.js";

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && !document.cookie.includes(`zone=${encodeURIComponent(zone)}`)) remember("zone", zone);
for (const box of document.querySelectorAll("input[data-indeterminate]")) {
  if (box instanceof HTMLInputElement) box.indeterminate = true;
}
for (const select of document.querySelectorAll("select[data-own-zone]")) {
  if (select instanceof HTMLSelectElement && select.value === "UTC" && [...select.options].some((one) => one.value === zone)) {
    select.value = zone;
  }
}
document.documentElement.dataset.ready = "";
