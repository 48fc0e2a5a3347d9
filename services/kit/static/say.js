// Tell a screen reader something that changed on the page.
export function say(text) {
  const place = document.getElementById("said");
  if (place) place.textContent = text;
}
