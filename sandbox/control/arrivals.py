"""Steer money that arrives by itself: at a virtual account."""

from typing import Any

from sandbox import bank_money
from sandbox.control.steer import ControlRefused, Steer
from sandbox.entities import load, public
from sandbox.store import Doc


def credit_account(steer: Steer) -> Doc:
    """Body: `amount` (paise), `mode` (NEFT, the default, RTGS, IMPS, UPI), `utr` (one is made up without).

    `payer`: `name`, `account_number`, `ifsc`, `vpa`, what is left out is Asha Rao's; null = the bank does not say.
    A `utr` that came before makes another payment with the same reference.
    """
    account = load(steer.world, "virtual_account", steer.id)
    mode = steer.body.get("mode", "NEFT")
    if mode not in bank_money.MODES:
        raise ControlRefused(f"mode must be one of {', '.join(bank_money.MODES)}.")
    utr = steer.body.get("utr")
    if utr is not None and not (isinstance(utr, str) and utr.isalnum() and utr.isascii()):
        raise ControlRefused("utr must be letters and digits.")
    facts = {"mode": mode, "utr": utr, "payer": payer(steer.body)}
    return public(bank_money.credit(steer.world, account, amount(steer), **facts))


def amount(steer: Steer) -> int:
    """Return `amount` of the body, paise."""
    asked = steer.body.get("amount")
    if not isinstance(asked, int) or isinstance(asked, bool) or asked < 1:
        raise ControlRefused("amount must be a whole number of paise, at least 1.")
    return asked


def payer(body: Doc) -> dict[str, Any] | None:
    """Return who pays, or None for somebody the bank does not name."""
    if "payer" in body and body["payer"] is None:
        return None
    given = body.get("payer", {})
    if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
        raise ControlRefused("payer must be an object of texts, or null.")
    unknown = sorted(set(given) - set(bank_money.PAYER))
    if unknown:
        raise ControlRefused(f"payer takes {', '.join(bank_money.PAYER)}.")
    return bank_money.PAYER | given
