// <body> or any element with data-live="/desk/live": listens to server-sent events. Event "arrived" (or "changed") adds one
// to the pill [data-live-pill data-one="{n} new case" data-many="{n} new cases"]; the list itself never jumps.
// Event "presence" fills [data-live-presence] with the text sent; any event also becomes a DOM event "live:NAME", and an
// arrival is not added when that one is cancelled. Events "counts" and "case" are told to the page only.
import { say } from "./say.js";

const arrived = new Set();

function listen(element) {
  const source = new EventSource(element.dataset.live);
  const pill = document.querySelector("[data-live-pill]");
  const raise = (name, event) =>
    element.dispatchEvent(new CustomEvent(`live:${name}`, { detail: event.data, bubbles: true, cancelable: true }));
  const count = (name) => (event) => {
    if (!raise(name, event) || !pill || arrived.has(event.data)) return;
    arrived.add(event.data || arrived.size);
    const text = (arrived.size === 1 ? pill.dataset.one : pill.dataset.many).replace("{n}", arrived.size);
    (pill.querySelector("span") ?? pill).textContent = text;
    pill.hidden = false;
    say(text);
  };
  source.addEventListener("arrived", count("arrived"));
  source.addEventListener("changed", count("changed"));
  for (const name of ["counts", "case", "behind"]) source.addEventListener(name, (event) => raise(name, event));
  source.addEventListener("presence", (event) => {
    raise("presence", event);
    const place = document.querySelector("[data-live-presence]");
    if (place) place.textContent = event.data;
  });
  return source;
}

// Hidden pages let go of their connection: a browser allows only six to one host.
for (const element of document.querySelectorAll("[data-live]")) {
  let source = document.hidden ? null : listen(element);
  document.addEventListener("visibilitychange", () => {
    source?.close();
    source = document.hidden ? null : listen(element);
  });
}
