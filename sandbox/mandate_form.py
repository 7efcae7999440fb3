"""Reads what a payer types to approve a mandate: what is wrong with it, field by field, in the payer's words."""

from collections.abc import Mapping
from typing import Any

from sandbox.card_form import Wrong, month_of, read_instrument
from sandbox.errors import Refused
from sandbox.instruments import CARDS
from sandbox.mandates import ACCOUNT
from sandbox.registration import METHODS, bank_account
from sandbox.store import Doc

WORDS = {
    "beneficiary_name": "Enter the account holder's name, at least 4 characters.",
    "account_number": "Enter an account number of 5 to 20 digits.",
    "ifsc_code": "Enter an IFSC like HDFC0000451.",
    "account_type": "Choose the kind of account.",
}


def read(terms: Doc, form: Mapping[str, Any], *, now: float) -> tuple[str, Doc, Wrong]:
    """Return the instrument, what else the payer said of it, and what is wrong; `now` is epoch seconds."""
    if terms["method"] == "emandate":
        return _account(terms, form)
    instrument, wrong = read_instrument(terms["method"], form, now=now)
    if instrument in CARDS and CARDS[instrument].international:
        wrong["number"] = "This card cannot be used for auto-pay. Use a card issued in India."
    month = month_of(str(form.get("expiry", "")))
    return instrument, {"card_expiry": list(month)} if month else {}, wrong


def _account(terms: Doc, form: Mapping[str, Any]) -> tuple[str, Doc, Wrong]:
    """Take the order's own account, or the one typed."""
    if terms["bank_account"]:
        return str(terms["bank_account"]["account_number"]), {}, {}
    typed = {name: str(form.get(name, "")).strip() for name in ACCOUNT}
    wrong = {}
    for name in ACCOUNT:
        try:
            bank_account(ACCOUNT | {name: typed[name]}, METHODS["emandate"].account_types)
        except Refused:
            wrong[name] = WORDS[name]
    return typed["account_number"], typed, wrong
