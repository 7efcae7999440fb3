"""What a payer brings to a registration order: the instrument of its method, with what is known of it.

A bank account may be the order's own, or what the payer types; paper is a form that was signed and uploaded.
"""

from typing import Any

from sandbox import faults
from sandbox.errors import Refused
from sandbox.instruments import BANK_METHODS, CARDS
from sandbox.registration import METHODS, bank_account
from sandbox.store import Doc
from sandbox.world import World

LABELS = {"card": "Card", "upi": "UPI", "emandate": "Bank account", "nach": "Signed form"}
ACCOUNT = {
    "beneficiary_name": "Asha Rao",
    "account_number": "50100012345678",
    "account_type": "savings",
    "ifsc_code": "HDFC0000451",
}
DEFAULTS = {"card": "4718609108204366", "upi": "success@razorpay"}
CARD_EXPIRY = [12, 2031]  # month, year of a card without a word about it


def terms_of(order: Doc) -> Doc | None:
    """Return what the order asks to approve; None for a plain one."""
    return order.get("_mandate")


def account(terms: Doc, wish: Doc) -> Doc:
    """Return the account to debit: the order's, else the wished one, else a test account. Raises Refused."""
    if terms["bank_account"]:
        return dict(terms["bank_account"])
    asked = ACCOUNT | {name: wish[name] for name in ACCOUNT if wish.get(name)}
    return bank_account(asked, METHODS[terms["method"]].account_types)


def instrument(terms: Doc, wish: Doc) -> str:
    """Return the wished instrument, or one that succeeds."""
    if terms["method"] in BANK_METHODS:
        return str(account(terms, wish)["account_number"])
    return str(wish.get("instrument") or DEFAULTS[terms["method"]])


def unfit(terms: Doc, method: str, chosen: str) -> str | None:
    """Say why the instrument cannot carry the mandate, or None."""
    if method != terms["method"]:
        return f"the order asks for a mandate by {terms['method']}"
    if method == "card" and chosen in CARDS and CARDS[chosen].international:
        return "this card does not support recurring payments"
    return None


def facts(world: World, terms: Doc, wish: Doc) -> dict[str, Any]:
    """Return what the registration payment keeps for its token, with the faults that hit it. Needs a unit."""
    method = terms["method"]
    kept: dict[str, Any] = {"_token_faults": faults.take(world, "token", method=method)}
    if method in BANK_METHODS:
        kept["_account"] = account(terms, wish)
        kept["bank"] = kept["_account"]["ifsc"][:4]
    elif method == "card":
        kept["_card_expiry"] = _card_expiry(wish.get("card_expiry"))
    return kept


def _card_expiry(wished: Any) -> list[int]:
    """Return [month, year]. Raises Refused."""
    if wished is None:
        return CARD_EXPIRY
    if not isinstance(wished, list) or len(wished) != 2 or not all(type(part) is int for part in wished):
        raise Refused("The card_expiry must be [month, year].", field="card_expiry")
    return wished


def ends_as_dummy(world: World, order: Doc, payment: Doc) -> bool:
    """Say whether the mandate succeeds by a payment that the gateway calls failed, as it does at times with UPI."""
    if not terms_of(order) or payment["method"] != "upi":
        return False
    by_fault = any(fault["kind"] == "dummy_payment" for fault in payment.get("_token_faults", []))
    return by_fault or world.switch("upi_registration") == "dummy_payment"
