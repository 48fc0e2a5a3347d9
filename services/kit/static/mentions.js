// [data-mentions] in the top bar: how many notes name the reader and are not yet read.
// <textarea data-names="/cases/NUMBER/names">: behind an @ the names of colleagues are offered; arrows choose, Enter or
// Tab takes one, Escape goes on without.

const KEPT = 20000; // milliseconds a count is not asked for again

async function count(link) {
  const key = "redress.mentions";
  let known = {};
  try {
    known = JSON.parse(sessionStorage.getItem(key)) ?? {};
  } catch {
    /* nothing kept */
  }
  if (!(Date.now() - known.at < KEPT) || location.pathname.startsWith("/mentions")) {
    const answer = await fetch("/mentions/count", { headers: { accept: "application/json" } });
    if (!answer.ok) return;
    known = { at: Date.now(), ...(await answer.json()) };
    sessionStorage.setItem(key, JSON.stringify(known));
  }
  const badge = link.querySelector("[data-count]");
  badge.textContent = known.shown;
  badge.hidden = !known.unread;
  if (known.unread) link.setAttribute("aria-label", `${link.title} (${known.shown})`);
}

for (const link of document.querySelectorAll("[data-mentions]")) count(link).catch(() => {});

const BEHIND = /(?:^|[^A-Za-z0-9._%+-])@([^\s@]{0,40})$/;

function complete(area) {
  const list = document.createElement("ul");
  list.className = "names";
  list.id = `${area.id}-names`;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "@");
  list.hidden = true;
  area.after(list);
  area.setAttribute("aria-controls", list.id);
  let at = 0;
  let begun = -1;
  let asked = 0;

  const close = () => {
    list.hidden = true;
    area.removeAttribute("aria-activedescendant");
  };
  const mark = (to) => {
    const all = [...list.children];
    at = (to + all.length) % all.length;
    all.forEach((one, index) => one.setAttribute("aria-selected", index === at));
    area.setAttribute("aria-activedescendant", all[at].id);
  };
  const take = (one) => {
    const text = `${one.dataset.insert} `;
    area.setRangeText(text, begun, area.selectionStart, "end");
    close();
    area.focus();
    area.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const offer = (people) => {
    list.replaceChildren(
      ...people.map((one, index) => {
        const item = document.createElement("li");
        item.id = `${list.id}-${index}`;
        item.setAttribute("role", "option");
        item.dataset.insert = one.insert;
        const unit = document.createElement("small");
        unit.textContent = one.unit;
        item.append(one.name, " ", unit);
        item.addEventListener("mousedown", (event) => {
          event.preventDefault();
          take(item);
        });
        return item;
      }),
    );
    list.hidden = !people.length;
    if (people.length) mark(0);
    else close();
  };

  area.addEventListener("input", async () => {
    const typed = BEHIND.exec(area.value.slice(0, area.selectionStart));
    if (!typed) return close();
    begun = area.selectionStart - typed[1].length;
    const turn = (asked += 1);
    const answer = await fetch(`${area.dataset.names}?q=${encodeURIComponent(typed[1])}`).catch(() => null);
    if (answer?.ok && turn === asked) offer((await answer.json()).people);
  });
  area.addEventListener("keydown", (event) => {
    if (list.hidden || event.isComposing) return;
    if (event.code === "ArrowDown") mark(at + 1);
    else if (event.code === "ArrowUp") mark(at - 1);
    else if (event.code === "Enter" || event.code === "Tab") take(list.children[at]);
    else if (event.code === "Escape") close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  area.addEventListener("blur", close);
}

for (const area of document.querySelectorAll("textarea[data-names]")) complete(area);
