// window.Razorpay of the sandbox: opens the payer's page in a frame and reports what came of it.
(() => {
  "use strict";
  const base = new URL(document.currentScript.src).origin;

  function query(options) {
    const fields = new URLSearchParams({ mode: "modal", origin: location.origin, key: options.key || "", order_id: options.order_id || "" });
    for (const name of ["name", "description", "customer_id", "recurring"]) if (options[name]) fields.set(name, options[name]);
    for (const [group, values] of [["prefill", options.prefill], ["notes", options.notes]])
      for (const [name, value] of Object.entries(values || {})) fields.set(`${group}[${name}]`, value);
    return fields;
  }

  function errorOf(fields) {
    const error = {};
    for (const name of ["code", "description", "source", "step", "reason"]) error[name] = fields[`error[${name}]`];
    error.metadata = JSON.parse(fields["error[metadata]"] || "{}");
    return error;
  }

  function post(url, fields) {
    const form = document.createElement("form");
    form.method = "post";
    form.action = url;
    for (const [name, value] of Object.entries(fields)) {
      const input = document.createElement("input");
      Object.assign(input, { type: "hidden", name, value });
      form.append(input);
    }
    document.body.append(form);
    form.submit();
  }

  class Razorpay {
    constructor(options) {
      if (!options || !options.key) throw new Error("No key passed");
      this.options = options;
      this.listeners = {};
      this.hear = (message) => {
        if (message.origin !== base || !this.frame || message.source !== this.frame.contentWindow) return;
        this.react(message.data.sandboxCheckout, message.data.fields);
      };
      this.key = (press) => {
        if (press.key === "Escape" && (options.modal || {}).escape !== false) this.dismiss();
      };
    }

    on(event, listener) {
      (this.listeners[event] ||= []).push(listener);
      return this;
    }

    open() {
      if (this.frame) return;
      this.focused = document.activeElement;
      this.frame = document.createElement("iframe");
      this.frame.title = "Payment";
      this.frame.src = `${base}/v1/checkout/embedded?${query(this.options)}`;
      Object.assign(this.frame.style, { position: "fixed", inset: "0", width: "100%", height: "100%", border: "0", zIndex: "2147483647" });
      window.addEventListener("message", this.hear);
      document.addEventListener("keydown", this.key);
      document.body.append(this.frame);
      this.frame.focus();
    }

    close() {
      if (!this.frame) return;
      window.removeEventListener("message", this.hear);
      document.removeEventListener("keydown", this.key);
      this.frame.remove();
      this.frame = null;
      if (this.focused) this.focused.focus();
    }

    dismiss() {
      this.close();
      const { ondismiss } = this.options.modal || {};
      if (ondismiss) ondismiss();
    }

    react(event, fields) {
      if (event === "dismiss") return this.dismiss();
      if (event === "failed") {
        for (const listener of this.listeners["payment.failed"] || []) listener({ error: errorOf(fields) });
        if (this.options.callback_url && this.options.redirect) this.finish(fields);
        return undefined;
      }
      if (event === "success") return this.finish(fields);
      return undefined;
    }

    finish(fields) {
      this.close();
      if (this.options.callback_url) post(this.options.callback_url, fields);
      else if (this.options.handler) this.options.handler(fields);
    }
  }

  window.Razorpay = Razorpay;
})();
