// Light and dark without loading the page again; the links behind it work without scripts.
for (const link of document.querySelectorAll("a.to-dark, a.to-light")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    const theme = link.classList.contains("to-dark") ? "dark" : "light";
    document.documentElement.dataset.theme = theme;
    document.cookie = `theme=${theme}; path=/; max-age=31536000; samesite=lax`;
    document.querySelector(theme === "dark" ? "a.to-light" : "a.to-dark")?.focus();
  });
}
