"""Registration orders: what a customer will be asked to approve, checked method by method.

Amounts are paise, moments epoch seconds. A kept order has the terms under `_mandate` and the gateway's own
view of them under `token`, as the API shows it.
"""

import re
from dataclasses import dataclass
from typing import Any

from sandbox import checks
from sandbox.errors import Refused, url_not_found
from sandbox.instruments import BANKS
from sandbox.store import Doc
from sandbox.world import World

YEAR = 365 * 86400
DEFAULT_YEARS, UPI_YEARS = 10, 30
ONE_RUPEE = 100
EVERY_WEEK_OR_SO = ("weekly", "monthly", "yearly", "as_presented")
UPI_FREQUENCIES = (
    *("daily", "weekly", "fortnightly", "bimonthly", "monthly"),
    *("quarterly", "half_yearly", "yearly", "as_presented"),
)
BANK_FIELDS = ("beneficiary_name", "account_number", "account_type", "ifsc_code")
CONTACT_FIELDS = ("beneficiary_email", "beneficiary_mobile")
NACH_FIELDS = ("form_reference1", "form_reference2", "description")
COMMON = ("max_amount", "expire_at", "notes")
ANY_DAY = ("daily", "as_presented")


@dataclass(frozen=True)
class Method:
    """What one method's `token` may hold."""

    fields: tuple[str, ...]
    least: int  # paise, of max_amount
    most: int | str  # paise, or the switch that says
    frequencies: tuple[str, ...] = ()
    auth_types: tuple[str, ...] = ()
    account_types: tuple[str, ...] = ()
    last_expiry: int = checks.LATEST
    is_free: bool = False  # the registration itself costs nothing


# fmt: off
METHODS = {
    "card": Method(("frequency",), ONE_RUPEE, "card_max_amount", frequencies=EVERY_WEEK_OR_SO),
    "upi": Method(("frequency", "recurring_value", "recurring_type"), ONE_RUPEE, "upi_max_amount",
                  frequencies=UPI_FREQUENCIES),
    "emandate": Method(("auth_type", "first_payment_amount", "bank_account"), 500, 1_000_000_000, is_free=True,
                       auth_types=("netbanking", "debitcard", "aadhaar"), account_types=("savings", "current")),
    "nach": Method(("auth_type", "first_payment_amount", "bank_account", "nach"), 500, 1_000_000_000, is_free=True,
                   auth_types=("physical",), account_types=("savings", "current", "cc", "nre", "nro"),
                   last_expiry=2147483647),
}
# fmt: on


def read(world: World, body: Doc) -> Doc | None:
    """Return the terms of the mandate that the order asks for; None for a plain order. Raises Refused."""
    method, token = body.get("method"), body.get("token")
    if method is None and token is None:
        return None
    if method is None:
        raise Refused(
            "token is/are not required and should not be sent", reason="extra_field_sent", field="token"
        )
    if not isinstance(method, str) or method not in METHODS:
        raise Refused("The selected method is invalid.", field="method")
    refuse_disabled(world, method)
    if not isinstance(token, dict):
        raise Refused("The token field is required.", field="token")
    if body.get("customer_id") is None:
        raise Refused("The customer id field is required.", field="customer_id")
    if METHODS[method].is_free and body.get("amount") != 0:
        raise Refused(
            f"The amount must be 0 for a {method} registration.", field="amount", step="order_creation"
        )
    return _terms(world, method, token)


def refuse_disabled(world: World, method: str) -> None:
    """Raise what an account says on which recurring by this method is off."""
    if world.switch(f"recurring_{method}") == "off":
        raise url_not_found()


def is_free(terms: Doc | None) -> bool:
    return terms is not None and METHODS[terms["method"]].is_free


def _terms(world: World, method: str, token: Doc) -> Doc:
    rules = METHODS[method]
    checks.only(token, (*COMMON, *rules.fields))
    max_amount = _max_amount(world, method, token)
    account = _bank_account(rules, token.get("bank_account"), required=method == "nach")
    return {
        "method": method,
        "max_amount": max_amount,
        "expire_at": _expire_at(world, method, token),
        "frequency": _frequency(rules, token),
        **_debit_day(token),
        "auth_type": _choice(
            token, "auth_type", rules.auth_types, rules.auth_types[0] if rules.auth_types else None
        ),
        "first_payment_amount": _first_payment(token, max_amount),
        "bank_account": account,
        "nach": _nach(token) if method == "nach" else None,
        "notes": checks.notes(token.get("notes")),
    }


def _max_amount(world: World, method: str, token: Doc) -> int:
    rules = METHODS[method]
    most = rules.most if isinstance(rules.most, int) else int(world.switch(rules.most))
    if token.get("max_amount") is None and rules.is_free:
        return int(world.switch("emandate_default_max"))
    amount = checks.whole(token, "max_amount")
    if not rules.least <= amount <= most:
        raise Refused(f"The max_amount must be between {rules.least} and {most}.", field="token.max_amount")
    return amount


def _expire_at(world: World, method: str, token: Doc) -> int:
    now = world.clock.seconds()
    if token.get("expire_at") is None:
        return min(now + DEFAULT_YEARS * YEAR, METHODS[method].last_expiry)
    at = checks.whole(token, "expire_at")
    last = now + UPI_YEARS * YEAR if method == "upi" else METHODS[method].last_expiry
    if not now < at <= last:
        raise Refused(f"The expire_at must be between {now + 1} and {last}.", field="token.expire_at")
    return at


def _choice(fields: Doc, name: str, allowed: tuple[str, ...], default: str | None) -> str | None:
    value = fields.get(name)
    if value is None:
        return default
    if value not in allowed:
        raise Refused(f"The selected {name} is invalid.", field=f"token.{name}")
    return str(value)


def _frequency(rules: Method, token: Doc) -> str | None:
    if not rules.frequencies:
        return None
    return _choice(token, "frequency", rules.frequencies, "as_presented")


def _debit_day(token: Doc) -> Doc:
    """Return on which day of its cycle a UPI mandate may be debited, if it says so."""
    day, kind = token.get("recurring_value"), token.get("recurring_type")
    if day is None and kind is None:
        return {"recurring_value": None, "recurring_type": None}
    frequency = token.get("frequency", "as_presented")
    if frequency in ANY_DAY:
        raise Refused(
            "recurring_value is/are not required and should not be sent",
            reason="extra_field_sent",
            field="token.recurring_value",
        )
    day, last = checks.whole(token, "recurring_value"), {"weekly": 7, "fortnightly": 15}.get(frequency, 31)
    if not 1 <= day <= last:
        raise Refused(f"The recurring_value must be between 1 and {last}.", field="token.recurring_value")
    kind = _choice(token, "recurring_type", ("on", "before", "after"), "on")
    return {"recurring_value": day, "recurring_type": kind}


def _first_payment(token: Doc, max_amount: int) -> int | None:
    if token.get("first_payment_amount") is None:
        return None
    amount = checks.whole(token, "first_payment_amount")
    if amount and not ONE_RUPEE <= amount <= max_amount:
        raise Refused("The first_payment_amount is not valid.", field="token.first_payment_amount")
    return amount or None


def _bank_account(rules: Method, account: Any, *, required: bool) -> Doc | None:
    if account is None and not required:
        return None
    if not isinstance(account, dict):
        raise Refused("The bank_account field is required.", field="token.bank_account")
    checks.only(account, (*BANK_FIELDS, *CONTACT_FIELDS))
    return bank_account(account, rules.account_types)


def bank_account(account: Doc, account_types: tuple[str, ...]) -> Doc:
    """Return the checked account as the gateway prints it. Raises Refused."""
    name, number = str(account.get("beneficiary_name") or ""), str(account.get("account_number") or "")
    if not 4 <= len(name) <= 120:
        raise Refused("The beneficiary_name must be between 4 and 120 characters.", field="beneficiary_name")
    if not re.fullmatch(r"[A-Za-z0-9]{5,20}", number):
        raise Refused("The account_number is not valid.", field="account_number")
    ifsc = str(account.get("ifsc_code") or "").upper()
    if not re.fullmatch(r"[A-Z]{4}0[A-Z0-9]{6}", ifsc):
        raise Refused("The ifsc_code is not valid.", field="ifsc_code")
    if account.get("account_type", "savings") not in account_types:
        raise Refused("The selected account_type is invalid.", field="account_type")
    return {
        "ifsc": ifsc,
        "bank_name": BANKS.get(ifsc[:4], ifsc[:4]),
        "name": name,
        "account_number": number,
        "account_type": account.get("account_type", "savings"),
        "beneficiary_email": account.get("beneficiary_email"),
        "beneficiary_mobile": account.get("beneficiary_mobile"),
    }


def _nach(token: Doc) -> Doc:
    nach = token.get("nach") or {}
    if not isinstance(nach, dict):
        raise Refused("The nach must be an array.", field="token.nach")
    checks.only(nach, NACH_FIELDS)
    return {name: nach.get(name) for name in NACH_FIELDS}


def token_of(world: World, order_id: str, terms: Doc) -> Doc:
    """Return the order's `token` object; its `recurring_status` is null until somebody approved."""
    token = {
        "method": terms["method"],
        "recurring_status": None,
        "failure_reason": None,
        "currency": "INR",
        "max_amount": terms["max_amount"],
        "auth_type": terms["auth_type"],
        "expire_at": terms["expire_at"],
        "notes": terms["notes"] or [],
        "bank_account": terms["bank_account"],
        "first_payment_amount": terms["first_payment_amount"] or 0,
    }
    if terms["frequency"]:
        token |= {name: terms[name] for name in ("frequency", "recurring_value", "recurring_type")}
    if terms["method"] == "nach":
        form = f"{world.public_url}/v1/checkout/nach/{order_id}"
        urls = {"create_form": True, "prefilled_form": f"{form}/form", "upload_form_url": form}
        token["nach"] = terms["nach"] | urls
    return token
