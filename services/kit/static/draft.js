// <form data-draft="name">: what is typed is kept on this device until [data-draft-clear="name"] is seen.
// [data-draft-status data-kept="Draft kept on this device {time}"] inside the form says when.

const keyOf = (name) => `redress.draft.${name}`;
const kept = (field) => field.name && !["hidden", "password", "file", "submit"].includes(field.type) && field.name !== "csrf";

function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? {};
  } catch {
    return {};
  }
}

function restore(form, values) {
  for (const field of [...form.elements].filter(kept)) {
    const value = values[field.name];
    if (value === undefined) continue;
    if (field.type === "checkbox" || field.type === "radio") field.checked = [value].flat().includes(field.value);
    else if (!field.value) field.value = value;
  }
}

function collect(form) {
  const values = {};
  for (const field of [...form.elements].filter(kept)) {
    if (field.type === "checkbox") {
      values[field.name] ??= [];
      if (field.checked) values[field.name].push(field.value);
    } else if (field.type !== "radio" || field.checked) values[field.name] = field.value;
  }
  return values;
}

for (const mark of document.querySelectorAll("[data-draft-clear]")) localStorage.removeItem(keyOf(mark.dataset.draftClear));

for (const form of document.querySelectorAll("form[data-draft]")) {
  const key = keyOf(form.dataset.draft);
  restore(form, read(key));
  const status = form.querySelector("[data-draft-status]");
  let timer;
  const keep = () => {
    try {
      localStorage.setItem(key, JSON.stringify({ ...read(key), ...collect(form) }));
    } catch {
      return; // a full or forbidden store: the page still works
    }
    if (!status) return;
    const time = new Date().toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
    status.querySelector("span").textContent = status.dataset.kept.replace("{time}", time);
    status.hidden = false;
  };
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(keep, 600);
  });
  form.addEventListener("submit", keep);
}
