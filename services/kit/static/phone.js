// The agent's screen (/desk/phone, /desk/letter, /desk/walk-in). It listens for calls by server-sent events, shows the
// cases of a number as soon as it is typed, and asks the questions of the category that is chosen.
import { say } from "./say.js";

const form = document.getElementById("take");
const calls = document.querySelector("[data-calls]");
const typed = () => ["narrative", "name"].some((name) => form.elements[name]?.value.trim());

// ---- the calls

async function refresh() {
  const answer = await fetch(calls.dataset.now, { credentials: "same-origin" });
  if (!answer.ok || answer.redirected) return;
  const before = new Set([...calls.querySelectorAll("[data-call]")].map((call) => call.dataset.call));
  calls.innerHTML = await answer.text();
  for (const call of calls.querySelectorAll("[data-call]")) {
    if (!before.has(call.dataset.call)) say(calls.dataset.said.replace("{n}", call.querySelector(".call-no").textContent));
  }
  const mine = calls.querySelector("[data-mine]:not(.here) a[href]");
  // A call that one has just answered opens by itself, unless something is being typed of another.
  if (mine && !form.elements.call && !typed()) location.assign(mine.href);
}

if (calls) {
  const source = new EventSource(calls.dataset.calls);
  let first = true;
  source.addEventListener("calls", () => {
    if (!first) refresh();
    first = false;
  });
  addEventListener("pagehide", () => source.close());
  // A telephone program opens /desk/phone#number=…: what stands behind # is sent to no server and into no log.
  const number = new URLSearchParams(location.hash.slice(1)).get("number");
  if (number && !form.elements.phone.value) {
    form.elements.phone.value = number;
    history.replaceState(null, "", location.pathname + location.search);
  }
}

// ---- who is it

let asked = "";
async function find() {
  const number = form.elements.phone.value.trim();
  if (number === asked || number.replace(/[^\d๐-๙]/g, "").length < 4) return;
  asked = number;
  const body = new FormData();
  body.set("_csrf", form.elements._csrf.value);
  body.set("phone", number);
  const answer = await fetch(form.dataset.find, { method: "POST", body, credentials: "same-origin" });
  if (answer.ok && number === asked) document.getElementById("caller").innerHTML = await answer.text();
}

form.elements.phone.addEventListener("change", find);
form.elements.phone.addEventListener("keydown", (event) => {
  if (event.code !== "Enter" && event.code !== "NumpadEnter") return;
  if (event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  find();
  form.elements.name.focus();
});
if (form.elements.phone.value && !document.querySelector("#caller .caller-no")) find();
else asked = form.elements.phone.value.trim();

// ---- the questions of a category

function guide() {
  const chosen = form.elements.category?.value;
  for (const each of document.querySelectorAll("[data-guide]")) each.classList.toggle("on", each.dataset.guide === chosen);
}
form.addEventListener("change", guide);
guide();

// ---- begin where there is something to type
if (!document.getElementById("problem")) {
  (form.elements.phone.value ? form.elements.name : form.elements.phone).focus({ preventScroll: true });
}
