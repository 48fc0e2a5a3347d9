// The case page and its forms: <div data-case="/cases/NUMBER" data-seen="4"> shows who else has it open and what they
// write ([data-looking]), and says when somebody changed it ([data-changed]); <form data-writing="note"> tells the others
// that something is being written. What is typed stays where it is.
import { say } from "./say.js";

const root = document.querySelector("[data-case]");
const place = document.querySelector("[data-looking]");
const news = document.querySelector("[data-changed]");

function initials(name) {
  return [...name.replace(/^(นาย|นางสาว|นาง|น\.ส\.)\s*/, "").replace(/^[เแโใไ]/, "")].slice(0, 2).join("");
}

function show(people) {
  if (!place) return;
  place.replaceChildren(
    ...people.map((one) => {
      const item = document.createElement("span");
      item.className = one.writing ? "looker writing" : "looker";
      const face = document.createElement("span");
      face.className = "av sm";
      face.setAttribute("aria-hidden", "true");
      face.textContent = initials(one.name);
      item.append(face, one.text);
      return item;
    }),
  );
  if (people.length) say(people.map((one) => one.text).join(", "));
}

function changed({ text, version }) {
  root.dataset.seen = version;
  if (!news) return;
  news.querySelector("[data-what]").textContent = text;
  news.hidden = false;
  say(text);
}

function listen() {
  const source = new EventSource(`${root.dataset.case}/live?seen=${root.dataset.seen}`);
  source.addEventListener("looking", (event) => show(JSON.parse(event.data).people));
  source.addEventListener("changed", (event) => changed(JSON.parse(event.data)));
  source.addEventListener("gone", () => source.close());
  return source;
}

// Hidden pages let go of their connection: a browser allows only six to one host, and who does not look is not shown.
if (root) {
  let source = document.hidden ? null : listen();
  document.addEventListener("visibilitychange", () => {
    source?.close();
    source = document.hidden ? null : listen();
  });
  addEventListener("pagehide", () => source?.close());
}

const AGAIN = 4000; // milliseconds between two tellings that somebody writes

function tell(form, what) {
  fetch(`${root.dataset.case}/writing`, {
    method: "POST",
    headers: { "x-csrf-token": form.querySelector("[name=_csrf]").value },
    body: new URLSearchParams({ what }),
    keepalive: true,
  }).catch(() => {});
}

for (const form of root ? document.querySelectorAll("form[data-writing]") : []) {
  let last = 0;
  form.addEventListener("input", () => {
    if (Date.now() - last < AGAIN) return;
    last = Date.now();
    tell(form, form.dataset.writing);
  });
}

// [data-proposes]: the severity matrix; says which priority the five ratings propose, while they are given.
for (const place of document.querySelectorAll("[data-proposes]")) {
  const matrix = JSON.parse(place.dataset.proposes);
  const form = place.closest("form");
  const propose = () => {
    const given = Object.fromEntries(
      ["severity", "safety", "complexity", "impact", "urgency"].map((name) => [name, Number(new FormData(form).get(name))]),
    );
    place.hidden = Object.values(given).some((rating) => !rating);
    const reached = (when) => Object.entries(when).every(([name, least]) => given[name] >= least);
    place.querySelector("b").textContent = matrix.rules.find((rule) => reached(rule.when))?.priority ?? matrix.default;
  };
  form.addEventListener("change", propose);
  propose();
}
