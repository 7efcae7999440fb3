// The theme before the first paint, and its switch. Without a choice the system's setting holds.
(() => {
  "use strict";
  const root = document.documentElement;
  const read = () => {
    try { return localStorage.getItem("theme") || "auto"; } catch { return "auto"; }
  };
  const apply = (theme) => {
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
    else delete root.dataset.theme;
  };
  apply(read());
  root.classList.add("js");
  document.addEventListener("DOMContentLoaded", () => {
    for (const input of document.querySelectorAll("input[name=theme]")) {
      input.checked = input.value === read();
      input.addEventListener("change", () => {
        try { localStorage.setItem("theme", input.value); } catch { /* a private window: this page only */ }
        apply(input.value);
      });
    }
  });
})();
