// @ts-check
/** Sections of a form that belong to a choice: `data-by` names the field, `data-among` the values with which they are shown. */

document.addEventListener("change", (event) => {
  const field = event.target;
  if (!(field instanceof HTMLSelectElement) || !field.form) return;
  for (const section of field.form.querySelectorAll(`[data-by="${CSS.escape(field.name)}"]`)) {
    const among = (section.getAttribute("data-among") ?? "").split(" ");
    section.toggleAttribute("data-idle", !among.includes(field.value));
  }
});
