// <div class="shots" data-upload="/draft/KEY/files">: a chosen, photographed, dropped or pasted file is sent at once, with
// its progress shown, and stays with the form on the server. Without this script files travel with the step.

const form = (area) => area.closest("form");
const token = (area) => form(area).querySelector("[name=_csrf]").value;
const say = (words, name) => words.replace("{name}", name);

function tell(text) {
  const said = document.getElementById("said");
  if (said) said.textContent = text;
}

function wrong(area, name, text) {
  const line = document.createElement("li");
  const bold = document.createElement("b");
  bold.textContent = name;
  line.append(bold, " ", text);
  area.parentElement.querySelector("[data-upload-wrong]").append(line);
  tell(`${name} ${text}`);
}

function tile(area, file) {
  const shot = document.createElement("div");
  shot.className = "shot";
  if (file.type.startsWith("image/")) {
    const image = document.createElement("img");
    image.src = URL.createObjectURL(file);
    image.alt = file.name;
    shot.append(image);
  } else {
    const name = document.createElement("p");
    name.className = "nm";
    name.textContent = file.name;
    shot.append(name);
  }
  const under = document.createElement("div");
  under.className = "pg";
  const bar = document.createElement("progress");
  bar.max = 1;
  bar.value = 0;
  bar.setAttribute("aria-label", say(area.dataset.sending, file.name));
  under.append(bar);
  shot.append(under);
  area.insertBefore(shot, area.querySelector(".add"));
  return { shot, bar, under };
}

function drop(area, shot, id, name) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "x";
  button.setAttribute("aria-label", say(area.dataset.remove, name));
  const cross = document.createElement("i");
  cross.textContent = "✕";
  button.append(cross);
  button.addEventListener("click", async () => {
    const answer = await fetch(`${area.dataset.upload}/${id}/drop`, {
      method: "POST",
      headers: { "x-csrf-token": token(area), accept: "application/json" },
    });
    if (answer.ok) shot.remove();
  });
  shot.append(button);
}

function send(area, file) {
  if (file.size > Number(area.dataset.mostBytes)) return wrong(area, file.name, area.dataset.large);
  const { shot, bar, under } = tile(area, file);
  const body = new FormData();
  body.append("files", file, file.name);
  const request = new XMLHttpRequest();
  request.open("POST", area.dataset.upload);
  request.setRequestHeader("x-csrf-token", token(area));
  request.setRequestHeader("accept", "application/json");
  request.responseType = "json";
  request.upload.addEventListener("progress", (event) => {
    if (event.lengthComputable) bar.value = event.loaded / event.total;
  });
  return new Promise((done) => {
    request.addEventListener("loadend", () => {
      if (request.status === 201) {
        under.remove();
        shot.dataset.kept = "";
        drop(area, shot, request.response.id, file.name);
        tell(say(area.dataset.sent, file.name));
      } else {
        shot.remove();
        const told = request.response;
        wrong(area, file.name, told?.title ? `${told.title} ${told.detail}` : say(area.dataset.failed, ""));
      }
      done();
    });
    request.send(body);
  });
}

const underWay = new Set();

async function take(area, files) {
  area.parentElement.querySelector("[data-upload-wrong]").replaceChildren();
  // One after the other: a telephone's line is thin, and the bars then move.
  for (const file of files) {
    const sending = send(area, file);
    underWay.add(sending);
    await sending;
    underWay.delete(sending);
  }
}

for (const area of document.querySelectorAll("[data-upload]")) {
  for (const input of area.querySelectorAll("input[type=file]")) {
    input.addEventListener("change", () => {
      const files = [...input.files];
      input.value = ""; // they are sent now, and must not travel with the step again
      underWay.add(area);
      take(area, files).finally(() => underWay.delete(area));
    });
  }
  area.addEventListener("dragover", (event) => event.preventDefault());
  area.addEventListener("drop", (event) => {
    event.preventDefault();
    take(area, [...event.dataTransfer.files]);
  });
  document.addEventListener("paste", (event) => {
    const pasted = [...(event.clipboardData?.files ?? [])];
    if (!pasted.length) return;
    event.preventDefault();
    take(area, pasted);
  });
  // Whoever goes on while a file is under way waits for it; it is not lost half way.
  form(area).addEventListener("submit", async (event) => {
    if (!underWay.size) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const button = event.submitter;
    while (underWay.size) await new Promise((again) => setTimeout(again, 150));
    form(area).requestSubmit(button);
  });
}
