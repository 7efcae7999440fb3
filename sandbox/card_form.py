"""Reads the payer's choice of instrument: what is wrong with it, field by field, in the payer's words."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sandbox.instruments import BANKS, CARDS, WALLETS

Wrong = dict[str, str]


def read_instrument(method: str, form: Mapping[str, Any], *, now: float) -> tuple[str, Wrong]:
    """Return the instrument and what is wrong, by field; `now` is epoch seconds."""
    if method == "card":
        return _card(form, now=now)
    if method == "upi":
        vpa = str(form.get("vpa", "")).strip()
        good = re.fullmatch(r"[A-Za-z0-9._-]{2,64}@[A-Za-z0-9]{2,32}", vpa)
        return vpa, {} if good else {"vpa": "Enter a UPI ID like name@bank."}
    if method == "netbanking":
        bank = str(form.get("bank", ""))
        return bank, {} if bank in BANKS else {"bank": "Choose your bank."}
    if method == "wallet":
        wallet = str(form.get("wallet", ""))
        return wallet, {} if wallet in WALLETS else {"wallet": "Choose a wallet."}
    return "", {"method": "Choose how to pay."}


def _card(form: Mapping[str, Any], *, now: float) -> tuple[str, Wrong]:
    number = re.sub(r"[\s-]", "", str(form.get("number", "")))
    wrong = {}
    if number not in CARDS:
        wrong["number"] = "Use a test card, for example 4100 2800 0000 1007."
    if not _is_future(str(form.get("expiry", "")), now=now):
        wrong["expiry"] = "Enter a month that is still to come, as MM/YY."
    if not re.fullmatch(r"\d{3,4}", str(form.get("cvv", "")).strip()):
        wrong["cvv"] = "Enter the 3 or 4 digits from the card."
    return number, wrong


def _is_future(expiry: str, *, now: float) -> bool:
    until = month_of(expiry)
    today = datetime.fromtimestamp(now, UTC)
    return until is not None and (until[1], until[0]) >= (today.year, today.month)


def month_of(expiry: str) -> tuple[int, int] | None:
    """Return (month, year) of MM/YY as typed, or None."""
    match = re.fullmatch(r"\s*(0?[1-9]|1[0-2])\s*/\s*(?:20)?(\d\d)\s*", expiry)
    return (int(match[1]), 2000 + int(match[2])) if match else None
