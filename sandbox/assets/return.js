// Takes the payer back at once, or tells the page that opened the modal. Without it the buttons do the same.
(() => {
  "use strict";
  const { mode, origin } = document.body.dataset;
  const fieldsOf = (form) => Object.fromEntries(new FormData(form));
  const tell = (event, fields) => parent.postMessage({ sandboxCheckout: event, fields }, origin);

  const back = document.querySelector("form.back");
  if (mode === "modal" && origin && parent !== window) {
    document.querySelectorAll("[data-event]").forEach((part) => {
      if (part.dataset.event === "dismiss") tell("dismiss", {});
      else if (part.dataset.event === "failed") tell("failed", fieldsOf(part));
      else tell("success", fieldsOf(part));
    });
    if (back) back.hidden = true;
    return;
  }
  if (back && back.dataset.event === "success" && back.getAttribute("action")) back.submit();
})();
