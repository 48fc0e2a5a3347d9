// [data-view="picture|frame"] on a link: the file is shown in a box over the page, the others of its list an arrow away;
// a list inside a frame of ours opens it over the page around it. Without this the link opens it by itself.
// <div data-paste="/files/case/ID" data-pasting="…" data-pasted="…" data-failed="…">: an image pasted with Ctrl-V anywhere
// on the page is kept among the files of the case; pasted into a note, the note names it.
import { say } from "./say.js";

const box = document.querySelector("dialog[data-viewer]");
let all = [];
let at = 0;

function draw() {
  const link = all[at];
  const shown = document.createElement(link.dataset.view === "frame" ? "iframe" : "img");
  shown.src = link.href;
  if (shown instanceof HTMLIFrameElement) shown.title = link.dataset.name;
  else shown.alt = link.dataset.name;
  box.querySelector("[data-shown]").replaceChildren(shown);
  box.querySelector("[data-name]").textContent = `${link.dataset.name} (${at + 1}/${all.length})`;
  box.querySelector("[data-save]").href = link.dataset.save;
  for (const step of box.querySelectorAll("[data-step]")) step.hidden = all.length < 2;
}

function watch(page) {
  page.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-view]");
    if (!link || !box || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    all = [...page.querySelectorAll("a[data-view]")].filter((one, n, list) => list.findIndex((it) => it.href === one.href) === n);
    at = Math.max(0, all.findIndex((one) => one.href === link.href));
    draw();
    box.showModal();
  });
}

const step = (by) => {
  at = (at + by + all.length) % all.length;
  draw();
};

if (box) {
  for (const button of box.querySelectorAll("[data-step]")) button.addEventListener("click", () => step(Number(button.dataset.step)));
  box.querySelector("[data-close]").addEventListener("click", () => box.close());
  box.addEventListener("click", (event) => event.target === box && box.close());
  box.addEventListener("close", () => box.querySelector("[data-shown]").replaceChildren());
  box.addEventListener("keydown", (event) => {
    if (event.code === "ArrowRight") step(1);
    else if (event.code === "ArrowLeft") step(-1);
    else return;
    event.preventDefault();
  });
  watch(document);
  for (const frame of document.querySelectorAll("iframe.files-frame")) {
    frame.addEventListener("load", () => frame.contentDocument && watch(frame.contentDocument));
    if (frame.contentDocument?.readyState === "complete") watch(frame.contentDocument);
  }
}

const desk = document.querySelector("[data-paste]");

function named(file) {
  const now = new Date();
  const time = [now.getHours(), now.getMinutes(), now.getSeconds()].map((part) => String(part).padStart(2, "0")).join("");
  const ending = { "image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/webp": "webp" }[file.type] ?? "png";
  return /^image\.\w+$/.test(file.name) || !file.name ? `pasted-${time}.${ending}` : file.name;
}

async function keep(files, area) {
  const place = desk.querySelector("[data-told]");
  const tell = (text) => {
    place.textContent = text;
    place.hidden = false;
    say(text);
  };
  tell(desk.dataset.pasting);
  const body = new FormData();
  body.append("_csrf", document.querySelector("[name=_csrf]").value);
  body.append("internal", "true");
  const names = files.map(named);
  files.forEach((file, n) => body.append("files", file, names[n]));
  const answer = await fetch(`${desk.dataset.paste}?frame=1`, { method: "POST", body }).catch(() => null);
  if (!answer?.ok) return tell(desk.dataset.failed);
  tell(desk.dataset.pasted.replace("{names}", names.join(", ")));
  document.querySelector("#files iframe")?.contentWindow.location.reload();
  if (area) {
    area.setRangeText(`[${names.join(", ")}] `, area.selectionStart, area.selectionEnd, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

if (desk) {
  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])].filter((file) => file.type.startsWith("image/"));
    if (!files.length) return;
    event.preventDefault();
    keep(files, event.target.closest?.("textarea"));
  });
}
