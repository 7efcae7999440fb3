"""What a merchant asks of a payment link, checked field by field. Amounts are paise, moments epoch seconds."""

from typing import Any

from sandbox import checks, orders, short_links
from sandbox.errors import Refused
from sandbox.store import Doc
from sandbox.world import World

FIELDS = (
    *("amount", "currency", "description", "accept_partial", "first_min_partial_amount", "expire_by"),
    *(
        "reference_id",
        "customer",
        "notify",
        "reminder_enable",
        "callback_url",
        "callback_method",
        "upi_link",
        "notes",
    ),
)
CHANGEABLE = ("reference_id", "expire_by", "reminder_enable", "accept_partial", "notes")
SOONEST, LATEST = (
    15 * 60,
    184 * 86400,
)  # seconds ahead that a link may expire; without a word about it the latter


def read(world: World, body: Doc) -> Doc:
    """Return the checked fields of a new link. Raises Refused."""
    checks.only(body, FIELDS)
    return _money(world, body) | _words(world, body) | _return(body) | _expiry(world, body)


def read_change(world: World, link: Doc, body: Doc) -> Doc:
    """Return the checked fields that change. Raises Refused."""
    checks.only(body, CHANGEABLE)
    change: Doc = {}
    if "reference_id" in body:
        change["reference_id"] = _reference(world, body["reference_id"], own=link["id"])
    if "notes" in body:
        change["notes"] = checks.notes(body["notes"]) or None
    for name in ("reminder_enable", "accept_partial"):
        if name in body:
            change[name] = bool(checks.flag(body, name))
    return change | (_expiry(world, body) if "expire_by" in body else {})


def _money(world: World, body: Doc) -> Doc:
    amount = orders.payable(world, body)
    if body.get("currency", "INR") != "INR":
        raise Refused("currency: validation_failure: BAD_REQUEST_INVALID_CURRENCY.", field="currency")
    if checks.flag(body, "upi_link"):
        raise Refused("UPI Payment Links is not supported in Test Mode", field="upi_link")
    partial = bool(checks.flag(body, "accept_partial"))
    least = checks.whole(body, "first_min_partial_amount") if body.get("first_min_partial_amount") else 0
    if least and not (partial and orders.MINIMUM <= least < amount):
        raise Refused("The first_min_partial_amount is not valid.", field="first_min_partial_amount")
    return {"amount": amount, "accept_partial": partial, "first_min_partial_amount": least}


def _words(world: World, body: Doc) -> Doc:
    told: Any = body.get("notify") or {}
    if not isinstance(told, dict) or set(told) - {"sms", "email"}:
        raise Refused("The notify must hold sms and email.", field="notify")
    return {
        "reference_id": _reference(world, body.get("reference_id")),
        "description": str(body.get("description") or "")[:2048],
        "customer": short_links.customer(body.get("customer")),
        "notify": {medium: bool(checks.flag(told, medium)) for medium in ("email", "sms")},
        "reminder_enable": bool(checks.flag(body, "reminder_enable")),
        "notes": checks.notes(body.get("notes")) or None,
    }


def _reference(world: World, value: Any, *, own: str = "") -> str:
    """Return the merchant's reference, unique among all links but `own`. Raises Refused."""
    if value in (None, ""):
        return ""
    if not isinstance(value, str) or len(value) > 40:
        raise Refused("reference_id: the length must be no more than 40.", field="reference_id")
    earlier = world.store.find("payment_link", lookup=value, limit=1)
    if earlier and earlier[0]["id"] != own:
        words = f"payment link with given reference_id ({value}) already exists. Please use a different reference_id."
        raise Refused(words, field="reference_id")
    return value


def _return(body: Doc) -> Doc:
    url, method = str(body.get("callback_url") or ""), str(body.get("callback_method") or "")
    if url and not url.startswith(("http://", "https://")):
        raise Refused("callback_url: must be a valid URL.", field="callback_url")
    if (url and method != "get") or (method and not url):
        raise Refused("callback_method: must be get, beside a callback_url.", field="callback_method")
    return {"callback_url": url, "callback_method": method}


def _expiry(world: World, body: Doc) -> Doc:
    """Return `expire_by` as the API shows it, and the moment itself."""
    now = world.clock.seconds()
    at = checks.whole(body, "expire_by") if body.get("expire_by") else 0
    if at and not now + SOONEST <= at <= now + LATEST:
        raise Refused("expire_by: must be between 15 minutes and 6 months from now.", field="expire_by")
    return {"expire_by": at, "_expires_at": at or now + LATEST}
