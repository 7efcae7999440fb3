// Passkeys: binds a form with data-passkey="add|sign-in|confirm" to allauth's own script, and says what went wrong.
(() => {
  "use strict";
  const REASONS = {
    NotAllowedError: "It was cancelled, or it took too long. Please try again.",
    InvalidStateError: "This device holds a passkey for you already.",
    SecurityError: "Passkeys do not work at this address. Open the portal under its own name, not under a number.",
  };
  const BINDERS = { add: "addForm", "sign-in": "loginForm", confirm: "authenticateForm" };
  const forms = window.allauth.webauthn.forms;

  document.querySelectorAll("form[data-passkey]").forEach((form) => {
    const kind = form.dataset.passkey;
    const button = document.getElementById(form.dataset.button);
    const ids = { credential: form.querySelector("[name=credential]").id, data: form.dataset.options };
    ids[{ add: "add", "sign-in": "login", confirm: "authenticate" }[kind]] = button.id;
    const box = form.querySelector("[name=passwordless]");
    if (box) ids.passwordless = box.id;
    forms[BINDERS[kind]]({ ids });
    button.disabled = false;
    form.addEventListener("submit", (event) => { event.preventDefault(); button.click(); });
  });

  document.addEventListener("allauth.error", (event) => {
    event.preventDefault();
    const place = document.getElementById("passkey-trouble");
    place.textContent = REASONS[event.detail.exception.name] || "This browser could not use a passkey here.";
    place.hidden = false;
  });
})();
