// <input type="file" data-files data-remove="Remove picture {n}"> inside .shots: previews, removal, and an image pasted
// with Ctrl-V anywhere on the page. The files still travel with the form.

function draw(input) {
  const shots = input.closest(".shots");
  for (const old of shots.querySelectorAll(".shot.chosen")) old.remove();
  [...input.files].forEach((file, n) => {
    const shot = document.createElement("div");
    shot.className = "shot chosen";
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
    const remove = document.createElement("button");
    remove.type = "button";
    remove.className = "x";
    remove.setAttribute("aria-label", (input.dataset.remove ?? "✕ {n}").replace("{n}", n + 1));
    const cross = document.createElement("i");
    cross.textContent = "✕";
    remove.append(cross);
    remove.addEventListener("click", () => set(input, [...input.files].filter((_, other) => other !== n)));
    shot.append(remove);
    shots.insertBefore(shot, input.closest(".add"));
  });
}

function set(input, files) {
  const holder = new DataTransfer();
  for (const file of files) holder.items.add(file);
  input.files = holder.files;
  draw(input);
}

for (const input of document.querySelectorAll("input[type=file][data-files]")) {
  let chosen = [];
  input.addEventListener("change", () => {
    chosen = [...chosen.filter((file) => [...input.files].every((one) => one.name !== file.name)), ...input.files];
    set(input, chosen);
  });
}

document.addEventListener("paste", (event) => {
  const input = document.querySelector("input[type=file][data-files]");
  const pasted = [...(event.clipboardData?.files ?? [])];
  if (!input || !pasted.length) return;
  event.preventDefault();
  set(input, [...input.files, ...pasted]);
});
