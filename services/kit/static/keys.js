// Shortcuts by the place of the key (event.code), so that they work under the Thai layout.
//   j k        next and previous row          Enter  open it        x  select it
//   data-key="KeyA"  on a link, button or field: that key follows, presses or focuses it ("Slash" the search)
//   data-key="Shift+Slash" likewise with Shift
//   data-hot="F2", "Alt+Digit1", "Ctrl+Enter"  the same, but also while something is being typed
//   data-hot-only="focus"  that key goes to the choice that is made in the group, and changes nothing

const typing = (element) => element.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");

const rows = () => [...document.querySelectorAll("[data-row]")];

function move(step) {
  const all = rows();
  if (!all.length) return;
  const at = all.findIndex((row) => row.classList.contains("cur"));
  const to = at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + step));
  all[at]?.classList.remove("cur");
  all[to].classList.add("cur");
  all[to].querySelector("a")?.focus({ preventScroll: true });
  all[to].scrollIntoView({ block: "nearest" });
}

function act(code) {
  const current = document.querySelector("[data-row].cur");
  if (code === "KeyJ" && rows().length) return move(1) ?? true;
  if (code === "KeyK" && rows().length) return move(-1) ?? true;
  if (code === "Enter" && current && !document.activeElement.closest("a, button, summary")) {
    current.querySelector("a").click();
    return true;
  }
  if (code === "KeyX" && current) {
    current.querySelector("input[type=checkbox]")?.click();
    return true;
  }
  const target = document.querySelector(`[data-key="${code}"]:not([disabled])`);
  if (!target) return false;
  if (target.matches("input, textarea, select")) {
    target.focus();
    target.select?.();
  } else target.click();
  return true;
}

const hotOf = (event) => {
  const code = event.code.replace("NumpadEnter", "Enter").replace(/^Numpad(\d)$/, "Digit$1");
  return `${event.ctrlKey || event.metaKey ? "Ctrl+" : ""}${event.altKey ? "Alt+" : ""}${event.shiftKey ? "Shift+" : ""}${code}`;
};

function hot(event) {
  if (event.isComposing || event.repeat) return false;
  const target = document.querySelector(`[data-hot="${hotOf(event)}"]:not([disabled])`);
  if (!target) return false;
  if (target.dataset.hotOnly === "focus") {
    document.querySelector(`[name="${target.name}"]:checked`)?.focus();
    return true;
  }
  if (target.matches("input[type=radio]")) target.focus();
  if (target.matches("textarea, select, input:not([type=radio]):not([type=checkbox])")) {
    target.focus();
    target.select?.();
  } else target.click();
  return true;
}

document.addEventListener("keydown", (event) => {
  if (hot(event)) return event.preventDefault();
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.code === "Escape") {
    if (typing(event.target)) event.target.blur();
    for (const menu of document.querySelectorAll("details.me[open], details[data-menu][open]")) menu.open = false;
    return;
  }
  if (typing(event.target)) return;
  if (act(event.shiftKey ? `Shift+${event.code}` : event.code)) event.preventDefault();
});
