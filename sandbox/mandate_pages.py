"""The payer's pages of a mandate: what is asked for, with which instrument, and the bank that approves it."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from sandbox import checkout_pages as pages
from sandbox.frame import day
from sandbox.instruments import BANKS
from sandbox.mandates import ACCOUNT, LABELS
from sandbox.pages import Markup, render, rupees
from sandbox.reasons import REASONS
from sandbox.store import Doc

HOW_OFTEN = {
    None: "When a payment is due",
    "as_presented": "When a payment is due",
    "daily": "At most once a day",
    "weekly": "At most once a week",
    "fortnightly": "At most once in two weeks",
    "bimonthly": "At most once in two months",
    "monthly": "At most once a month",
    "quarterly": "At most once a quarter",
    "half_yearly": "At most once in half a year",
    "yearly": "At most once a year",
}
WHICH_DAY = {"on": "on", "before": "on or before", "after": "on or after"}
PROOFS = {
    "netbanking": "net banking",
    "debitcard": "your debit card",
    "aadhaar": "Aadhaar",
    "physical": "your signature",
}


def terms_list(order: Doc) -> Markup:
    """Return what the payer agrees to, line by line."""
    terms = order["_mandate"]
    often = HOW_OFTEN[terms["frequency"]]
    if terms["recurring_value"]:
        often += f", {WHICH_DAY[terms['recurring_type']]} day {terms['recurring_value']}"
    now = order["amount"] or terms["first_payment_amount"] or 0
    return render(
        "mandate_terms",
        ceiling=rupees(terms["max_amount"]),
        often=often,
        until=day(terms["expire_at"]),
        now=rupees(now) if now else "Nothing",
        when="Now" if order["amount"] or not now else "On approval",
    )


def choose(
    session: Doc, order: Doc, *, form: Mapping[str, Any] | None = None, wrong: Mapping[str, str] | None = None
) -> Response:
    """Show the mandate and the one way to approve it; with what was wrong at each field."""
    said, typed = dict(wrong or {}), form or {}
    body = render(
        "mandate_choose",
        terms=terms_list(order),
        label=LABELS[order["_mandate"]["method"]],
        fields=fields(order, typed, said),
        action=f"/v1/checkout/pay/{session['id']}",
        method=order["_mandate"]["method"],
        button="Send the signed form" if order["_mandate"]["method"] == "nach" else "Approve auto-pay",
        cancel=pages.cancel_form(session, "Cancel"),
    )
    title = f"Auto-pay for {session['name']}"
    return pages.show(session, order, title, body, status=422 if said else 200)


def fields(order: Doc, typed: Mapping[str, Any], said: Mapping[str, str]) -> Markup:
    """Return the fields of the mandate's method."""
    terms = order["_mandate"]
    if terms["method"] == "card":
        return pages.card_fields(typed, said)
    if terms["method"] == "upi":
        return pages.upi_fields(typed, said)
    if terms["method"] == "nach":
        return upload_fields(order, said)
    proof = PROOFS[terms["auth_type"]]
    if terms["bank_account"]:
        return render("mandate_account", **account_facts(terms["bank_account"]), proof=proof)
    return pages.fields("mandate_bank_fields", ACCOUNT, typed, said, proof=proof)


def upload_fields(order: Doc, said: Mapping[str, str]) -> Markup:
    form = order["token"]["nach"]["prefilled_form"]
    account = render(
        "mandate_account", **account_facts(order["_mandate"]["bank_account"]), proof=PROOFS["physical"]
    )
    return render("mandate_upload", account=account, form=form, **pages.complaint("file", said.get("file")))


def account_facts(account: Doc) -> dict[str, str]:
    return {
        "name": account["name"],
        "bank": account["bank_name"],
        "number": account["account_number"],
        "ifsc": account["ifsc"],
        "kind": account["account_type"],
    }


def bank(session: Doc, order: Doc, payment: Doc) -> Response:
    """Show the place where the payer approves, and decides for the bank."""
    method, instrument = payment["method"], payment["_instrument"]
    place = {"card": "Your card's bank", "upi": "Your UPI app"}.get(method) or BANKS.get(
        payment["bank"], f"{payment['bank']} bank"
    )
    shown = f"card ending {instrument[-4:]}" if method == "card" else instrument
    if method == "emandate":
        shown = f"account ending {instrument[-4:]}"
    body = render(
        "mandate_bank",
        merchant=session["name"],
        instrument=shown,
        terms=terms_list(order),
        action=f"/v1/checkout/bank/{payment['id']}",
        otp=render("mandate_otp") if method == "card" else Markup(""),
        reasons=pages.options(
            {"": "The instrument's own"} | {name: name.replace("_", " ") for name in REASONS}
        ),
    )
    return pages.show(session, order, place, body)


def success(session: Doc, payment: Doc, fields: Mapping[str, str], *, waits: bool) -> Response:
    """Say what was approved, and that the bank still has to confirm it where it has."""
    words = "The bank confirms it in the next days." if waits else "It is in force."
    body = render(
        "mandate_success",
        words=words,
        payment=payment["id"],
        back=pages.back_form(session, fields, label="Return to the merchant", event="success"),
    )
    return pages.show(session, None, "Auto-pay approved", body)
