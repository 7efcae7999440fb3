// Small comforts over pages that work without them: menus that close, a page that looks again by itself.
(() => {
  "use strict";
  const open = () => document.querySelectorAll("details.menu[open]");
  document.addEventListener("click", (event) => {
    for (const menu of open()) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of open()) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
  document.addEventListener("focusin", (event) => {
    for (const menu of open()) if (!menu.contains(event.target)) menu.open = false;
  });
  const choose = () => {
    const own = document.querySelector("input[name=choice][value=own]");
    if (own && !own.checked) {
      own.checked = true;
      own.dispatchEvent(new Event("change", { bubbles: true }));
    }
  };
  for (const act of ["input", "pointerdown"]) { // not by focus: Tab leads through the field and must change nothing
    document.addEventListener(act, (event) => {
      if (event.target.id === "id_own") choose();
    });
  }
  addEventListener("load", () => { // typed before this script was there, or kept by the browser
    const typed = document.getElementById("id_own");
    if (typed && typed.value !== typed.defaultValue) choose();
  });
  for (const seek of document.querySelectorAll("[data-filter]")) { // narrows a list while one types
    const sheet = seek.closest(".sheet");
    seek.addEventListener("input", () => {
      const words = seek.value.toLowerCase().split(/\s+/);
      let left = 0;
      for (const one of sheet.querySelectorAll(seek.dataset.filter)) {
        one.hidden = !words.every((word) => one.textContent.toLowerCase().includes(word));
        if (!one.hidden) left += 1;
      }
      sheet.querySelector("[data-filter-none]").hidden = left > 0;
    });
  }
  const later = document.querySelector("[data-look-again]");
  if (later) setTimeout(() => location.replace(later.dataset.lookAgain), 1000);
})();
