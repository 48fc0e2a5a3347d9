// What every page may have. Pages work without it; each module adds one convenience.
document.documentElement.classList.add("js");

import "./copy.js";
import "./draft.js";
import "./files.js";
import "./keys.js";
import "./live.js";
import "./mentions.js";
import "./theme.js";
import "./upload.js";
import "./work.js";

// The summary of what is wrong is read first.
document.getElementById("problem")?.focus();

// A form is sent once, however often its button is pressed.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "1";
  setTimeout(() => delete form.dataset.sent, 5000);
});

// An open menu closes by Escape or by a click beside it.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.me[open]")) {
    if (!menu.contains(event.target) && !event.target.closest('a[href="#me"]')) menu.open = false;
  }
});
document.querySelector('a[href="#me"]')?.addEventListener("click", (event) => {
  event.preventDefault();
  const menu = document.getElementById("me");
  menu.open = true;
  menu.querySelector("summary").focus();
});

// <button data-print>: prints the page.
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) print();
});
