// The queue beyond keys.js and live.js; everything here also works without scripts, more slowly.
//   boxes             their number is said; Shift+click selects a run, Shift+X all or none
//   a p l m w         act on the current row where nothing is selected
//   e                 the line of the current row is changed where it stands (Enter keeps it, Esc leaves it)
//   r u               answer the current case; show what is new
//   live:counts       numbers beside views and saved filters, by [data-count]; live:case marks a row that changed
import { say } from "./say.js";

const queue = document.querySelector(".queue");
const bulk = document.getElementById("bulk");
const boxes = () => [...document.querySelectorAll("[data-row] .cb")];
const current = () => document.querySelector("[data-row].cur");

// ---- selecting

function count() {
  const label = bulk?.querySelector("[data-selected]");
  if (!label) return;
  const n = boxes().filter((box) => box.checked).length;
  label.textContent = (n === 1 ? label.dataset.one : label.dataset.many).replace("{n}", n);
  for (const box of boxes()) box.closest("[data-row]").classList.toggle("sel", box.checked);
  if (!n) for (const menu of bulk.querySelectorAll("details[open]")) menu.open = false;
}

let last = null;
queue?.addEventListener("click", (event) => {
  if (!event.target.matches("[data-row] .cb")) return;
  const all = boxes();
  if (event.shiftKey && last && all.includes(last)) {
    const [from, to] = [all.indexOf(last), all.indexOf(event.target)].sort((a, b) => a - b);
    for (const box of all.slice(from, to + 1)) box.checked = event.target.checked;
  }
  last = event.target;
});
queue?.addEventListener("change", count);
bulk?.addEventListener("reset", () => setTimeout(count));
count();

function selectAll() {
  const all = boxes();
  const on = !all.every((box) => box.checked);
  for (const box of all) box.checked = on;
  count();
}

// ---- the forms of the bar: the first field has the focus, Enter means the button beside it
for (const menu of bulk?.querySelectorAll("details") ?? []) {
  menu.addEventListener("toggle", () => {
    if (menu.open) menu.querySelector("select, input")?.focus();
  });
  menu.addEventListener("keydown", (event) => {
    if (event.code === "Escape") {
      menu.open = false;
      menu.querySelector("summary").focus();
      event.preventDefault();
    } else if (event.key === "Enter" && !event.isComposing && event.target.matches("input, select")) {
      event.preventDefault();
      menu.querySelector("button").click();
    }
  });
}

// ---- the line of a row, changed where it stands

function edit(row) {
  const link = row.querySelector(".gist");
  if (!link || row.querySelector(".gist-edit")) return;
  const field = document.createElement("input");
  field.className = "in gist-edit";
  field.maxLength = 120;
  field.value = link.textContent.trim();
  field.setAttribute("aria-label", queue.dataset.editWord);
  const before = field.value;
  link.hidden = true;
  link.after(field);
  field.focus();
  let over = false;
  const leave = (refocus) => {
    if (over) return;
    over = true;
    field.remove();
    link.hidden = false;
    if (refocus) link.focus({ preventScroll: true });
  };
  const keep = async () => {
    if (field.value.trim() === before || !field.value.trim()) return leave(true);
    field.readOnly = true;
    const answer = await fetch(`/api/v1/cases/${row.id.slice(4)}/gist`, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json", "x-csrf-token": bulk.elements._csrf.value },
      body: JSON.stringify({ gist: field.value }),
    }).catch(() => null);
    const told = await answer?.json().catch(() => null);
    if (answer?.ok && told) {
      link.firstElementChild.textContent = told.gist;
      say(told.gist);
      return leave(true);
    }
    field.readOnly = false;
    field.setAttribute("aria-invalid", "true");
    field.title = [told?.title, told?.errors?.[0]?.detail, told?.detail].filter(Boolean).join(" ");
    say(field.title);
    field.focus();
  };
  field.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.code === "Escape") leave(true);
    else if (event.key === "Enter" && !event.isComposing) {
      event.preventDefault();
      keep();
    }
  });
  field.addEventListener("blur", () => setTimeout(() => field.readOnly || field.matches(":focus") || leave(false), 150));
}

// ---- keys, before keys.js hears them

const acting = new Set(["KeyA", "KeyP", "KeyL", "KeyM", "KeyW"]);
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target.closest("input:not([type=checkbox]), textarea, select")) return;
  const row = current();
  const done = () => {
    event.preventDefault();
    event.stopPropagation();
  };
  if (event.code === "KeyX" && event.shiftKey) return selectAll(), done();
  if (event.shiftKey) return;
  if (acting.has(event.code) && !boxes().some((box) => box.checked)) {
    if (!row) return done();
    row.querySelector(".cb").checked = true;
    count();
  } else if (event.code === "KeyE" && row && bulk?.querySelector("details")) {
    edit(row);
    done();
  } else if (event.code === "KeyR" && row && bulk?.querySelector("details")) {
    location.href = `${row.querySelector(".gist").getAttribute("href")}?say=contact#say`;
    done();
  } else if (event.code === "KeyU") {
    const pill = document.querySelector("[data-live-pill]");
    if (pill && !pill.hidden) location.href = pill.href;
    done();
  }
}, true);

// ---- what is told while the desk is open

document.addEventListener("live:arrived", (event) => {
  // A row that is on the page already is no arrival.
  if (document.getElementById(`row-${event.detail}`)) event.preventDefault();
});
document.addEventListener("live:behind", () => {
  const pill = document.querySelector("[data-live-pill]");
  pill.querySelector("span").textContent = pill.dataset.behind;
  pill.hidden = false;
});
document.addEventListener("live:case", (event) => {
  const row = document.getElementById(`row-${event.detail}`);
  if (!row || row.querySelector(".fresh")) return;
  const mark = document.createElement("span");
  mark.className = "tag fresh";
  mark.textContent = queue.dataset.changedWord;
  row.querySelector(".g").append(mark);
});
document.addEventListener("live:counts", (event) => {
  const counts = JSON.parse(event.detail);
  for (const place of document.querySelectorAll("[data-count]")) {
    const told = counts[place.dataset.count];
    if (told === undefined) continue;
    place.textContent = told;
    if (["late", "today"].includes(place.dataset.count)) {
      place.classList.toggle(place.dataset.count === "late" ? "late" : "near", told !== "0");
    }
  }
  const head = document.querySelector("[data-total]");
  const total = counts[head?.dataset.total];
  if (total !== undefined) head.querySelector("h1 .mut").textContent = total;
});
