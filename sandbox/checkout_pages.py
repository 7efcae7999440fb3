"""The payer's pages as HTML: choose, bank, success, failure, and the ends that hand nobody back."""

from collections.abc import Iterable, Mapping
from typing import Any

from starlette.responses import Response

from sandbox.checkout_sessions import due, origin
from sandbox.instruments import BANKS, CARDS, WALLETS
from sandbox.pages import Markup, join, page, render, rupees
from sandbox.paying import LABELS
from sandbox.reasons import REASONS
from sandbox.store import Doc

NOTHING = Markup("")
SILENCES = {
    "never": ("The bank has not answered", "The payment is open. It fails by itself after ten minutes."),
    "close": ("You closed the tab", "The payment was begun and not finished. It fails after ten minutes."),
    "lost": ("Paid, and then the tab closed", "The bank said yes; the merchant's page never heard of it."),
}


def show(session: Doc, order: Doc | None, title: str, body: Markup, *, status: int = 200) -> Response:
    """Answer with a page in the frame all payer's pages share."""
    targets = {
        origin(session[name]) for name in ("callback_url", "cancel_url", "return_url") if session.get(name)
    }
    policy = (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; base-uri 'none'; "
        "form-action " + " ".join(["'self'", *sorted(targets)])
    )
    paise = due(session, order) if order else 0
    amount = rupees(paise) if paise else "Auto-pay" if order else ""
    content = render(
        "pay_frame",
        title=title,
        merchant=session.get("name", "Sandbox"),
        initial=session.get("name", "S")[:1].upper(),
        description=session.get("description", ""),
        amount=amount,
        order=order["receipt"] or order["id"] if order else "",
        mode=session.get("mode", "page"),
        origin=session.get("origin", ""),
        body=body,
    )
    return page(content, policy=policy, status=status)


def refused(why: str) -> Response:
    return show({}, None, "This checkout cannot open", render("pay_refused", why=why), status=400)


def already_paid(session: Doc, order: Doc) -> Response:
    body = render("pay_already", cancel=cancel_form(session, "Back to the merchant"))
    return show(session, order, "Already paid", body)


def choose(
    session: Doc,
    order: Doc,
    *,
    method: str = "",
    form: Mapping[str, Any] | None = None,
    wrong: Mapping[str, str] | None = None,
) -> Response:
    """Show the methods, the wished one open; with what was wrong at each field."""
    opened = method or session["method"] or "upi"
    said = dict(wrong or {})
    values: dict[str, Any] = {f"open_{name}": Markup("open" if name == opened else "") for name in LABELS}
    for name in ("bank", "wallet"):
        values |= complaint(name, said.get(name))
    body = render(
        "pay_choose",
        action=f"/v1/checkout/pay/{session['id']}",
        amount=rupees(due(session, order)),
        upi_fields=upi_fields(form or {}, said),
        card_fields=card_fields(form or {}, said),
        banks=radios("bank", BANKS),
        wallets=radios("wallet", WALLETS),
        cancel=cancel_form(session, "Cancel"),
        **values,
    )
    return show(session, order, f"Pay {session['name']}", body, status=422 if said else 200)


def upi_fields(form: Mapping[str, Any], said: Mapping[str, str]) -> Markup:
    return fields("pay_upi_fields", ("vpa",), form, said)


def card_fields(form: Mapping[str, Any], said: Mapping[str, str]) -> Markup:
    cards = {_spaced(number): f"{card.network} · {_effect(card.reason)}" for number, card in CARDS.items()}
    names = ("number", "expiry", "cvv", "card_name")
    return fields("pay_card_fields", names, form, said, cards=options(cards))


def fields(
    template: str, names: Iterable[str], form: Mapping[str, Any], said: Mapping[str, str], **more: Any
) -> Markup:
    """Return form fields as they were typed, each with what was wrong with it."""
    values: dict[str, Any] = {}
    for name in names:
        values |= complaint(name, said.get(name)) | {f"typed_{name}": str(form.get(name, ""))}
    return render(template, **values, **more)


def _spaced(number: str) -> str:
    return " ".join(number[start : start + 4] for start in range(0, len(number), 4))


def _effect(reason: str) -> str:
    return "succeeds" if reason == "card_declined" else reason.replace("_", " ")


def complaint(name: str, words: str | None) -> dict[str, Markup]:
    """Return the message under a field and the attributes that tie it to the field."""
    if not words:
        return {f"wrong_{name}": NOTHING, f"tie_{name}": NOTHING}
    tie = Markup(f'aria-invalid="true" aria-describedby="wrong-{name}"')
    return {f"wrong_{name}": render("pay_wrong", name=name, words=words), f"tie_{name}": tie}


def options(values: Mapping[str, str]) -> Markup:
    return join(render("pay_option", value=value, label=label) for value, label in values.items())


def radios(name: str, values: Mapping[str, str]) -> Markup:
    return join(render("pay_radio", name=name, value=value, label=label) for value, label in values.items())


def bank(session: Doc, order: Doc, payment: Doc) -> Response:
    """Show the place where the payer proves who they are, and decides for the bank."""
    method = payment["method"]
    names = {"netbanking": BANKS, "wallet": WALLETS}
    place = {"card": "Your card's bank", "upi": "Your UPI app"}.get(method) or names[method][
        payment["_instrument"]
    ]
    instrument = f"card ending {payment['_instrument'][-4:]}" if method == "card" else payment["_instrument"]
    body = render(
        "pay_bank",
        place=place,
        instrument=instrument,
        amount=rupees(payment["amount"]),
        action=f"/v1/checkout/bank/{payment['id']}",
        otp=render("pay_otp", amount=rupees(payment["amount"])) if method == "card" else NOTHING,
        reasons=options({"": "The instrument's own"} | {name: name.replace("_", " ") for name in REASONS}),
    )
    return show(session, order, place, body)


def success(session: Doc, payment: Doc, fields: Mapping[str, str]) -> Response:
    """Hand the payer back: a form that a small script submits at once, and a button without it."""
    body = render(
        "pay_success",
        amount=rupees(payment["amount"]),
        payment=payment["id"],
        back=back_form(session, fields, label="Return to the merchant", event="success"),
    )
    return show(session, None, "Payment successful", body)


def failure(session: Doc, order: Doc, payment: Doc, fields: Mapping[str, str]) -> Response:
    """Say why, offer another try on the same order, or go back with the error."""
    body = render(
        "pay_failure",
        why=payment["error_description"],
        reason=payment["error_reason"],
        retry=f"/v1/checkout/pay/{session['id']}",
        back=back_form(session, fields, label="Return to the merchant", event="failed"),
    )
    return show(session, order, "Payment failed", body)


def silence(session: Doc, order: Doc, payment: Doc, kind: str) -> Response:
    title, words = SILENCES[kind]
    body = render("pay_silence", title=title, words=words, payment=payment["id"])
    return show(session, order, title, body)


def cancelled(session: Doc) -> Response:
    """End a checkout that has no address to go back to; the modal closes itself."""
    return show(session, None, "Cancelled", render("pay_cancelled"))


def cancel_form(session: Doc, label: str) -> Markup:
    return render("pay_cancel", action=f"/v1/checkout/cancel/{session['id']}", label=label)


def back_form(session: Doc, fields: Mapping[str, str], *, label: str, event: str) -> Markup:
    if session["mode"] == "page" and not session["callback_url"]:
        return render("pay_close")
    hidden = join(render("pay_hidden", name=name, value=value) for name, value in fields.items())
    action = session["callback_url"] if session["mode"] == "page" else ""
    return render("pay_back", action=action, fields=hidden, label=label, event=event)
