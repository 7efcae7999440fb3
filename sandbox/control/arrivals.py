"""Steer money that arrives by itself: at a virtual account, by a QR code."""

from typing import Any

from sandbox import bank_money, qr_codes
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


def pay_code(steer: Steer) -> Doc:
    """Somebody pays by a QR code. Body: `amount` (paise; the code's own when it has one), `vpa`."""
    code = load(steer.world, "qr_code", steer.id)
    asked = code["payment_amount"] if "amount" not in steer.body and code["fixed_amount"] else amount(steer)
    if code["fixed_amount"] and asked != code["payment_amount"]:
        raise ControlRefused("amount must be the code's.")
    vpa = str(steer.body.get("vpa", bank_money.PAYER["vpa"]))
    return public(qr_codes.pay(steer.world, code, asked, vpa))


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
