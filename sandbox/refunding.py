"""What the merchant asks back for a payer: the rules of a refund request, one at a time, in the gateway's words.

The header's key makes a request safe to repeat: the same key and body answer with the first refund.
"""

import json
import re
from datetime import UTC, datetime
from typing import Any

from sandbox import checks, disputes, refunds
from sandbox.errors import Refused
from sandbox.store import Doc
from sandbox.world import World

FIELDS = ("amount", "speed", "receipt", "notes")
SPEEDS = ("normal", "optimum")
MINIMUM, MONTHS = 100, 6  # paise; how long a payment can be given back
KEY = re.compile(r"[A-Za-z0-9_-]{10,}")


def refund(world: World, payment: Doc, body: Doc, key: str | None) -> Doc:
    """Make the refund, or return the one that this key made before. Raises Refused."""
    if key is not None and not KEY.fullmatch(key):
        raise Refused("The idempotency key must be at least 10 characters of A-Z, a-z, 0-9, - and _.")
    asked = json.dumps([payment["id"], body], sort_keys=True)
    earlier = _earlier(world, key, asked)
    if earlier:
        return earlier
    made = refunds.make(world, payment, **_read(world, payment, body))
    if key:
        world.store.put("refund_key", {"id": key, "asked": asked, "refund": made["id"]})
    return made


def _earlier(world: World, key: str | None, asked: str) -> Doc | None:
    kept = world.store.get("refund_key", key) if key else None
    if kept and kept["asked"] != asked:
        raise Refused(
            "Different request with the same idempotency key has already been processed.",
            status=world.switch("idempotency_differs"),
        )
    return world.store.get("refund", kept["refund"]) if kept else None


def _read(world: World, payment: Doc, body: Doc) -> dict[str, Any]:
    checks.only(body, FIELDS)
    _may_go_back(world, payment)
    asked = {
        "amount": _amount(world, payment, body),
        "speed": _speed(body),
        "receipt": _receipt(world, payment, body),
        "notes": checks.notes(body.get("notes")),
    }
    if asked["amount"] > world.switch("merchant_balance") - world.store.meta("paid_back", 0):
        raise _refused("Your account does not have enough balance to carry out the refund operation.")
    return asked


def _may_go_back(world: World, payment: Doc) -> None:
    """Refuse what the account, the method, the payment's state or age forbid."""
    if world.switch("refunds") == "off":
        raise _refused("Refunds cannot be created on your account.")
    if payment["status"] == "refunded":
        raise _refused("The payment has been fully refunded already.")
    if payment["status"] != "captured":
        raise _refused("The payment status should be captured for action to be taken.")
    if payment["method"] == world.switch("no_refund_method"):
        raise _refused("Refund is currently not supported for this payment method.")
    if any(
        dispute["status"] in disputes.PENDING for dispute in world.store.find("dispute", parent=payment["id"])
    ):
        raise _refused("The refund on this payment is blocked due to ongoing dispute investigation.")
    if world.clock.now() > last_moment(payment["created_at"]):
        raise _refused("The payment is more than 6 months old and can no longer be refunded.")


def last_moment(created_at: int) -> float:
    """Return when a payment can be refunded last: the same day six months on, the month's last if it has none."""
    start = datetime.fromtimestamp(created_at, UTC)
    years, month = divmod(start.month - 1 + MONTHS, 12)
    for day in range(start.day, 0, -1):
        try:
            return start.replace(year=start.year + years, month=month + 1, day=day).timestamp()
        except ValueError:
            continue
    raise AssertionError("a month has days")


def _amount(world: World, payment: Doc, body: Doc) -> int:
    """Return the amount asked for; left out = all that is left."""
    left = payment["amount"] - payment["amount_refunded"]
    if body.get("amount") is None:
        return int(left)
    amount = checks.whole(body, "amount")
    if amount == 0:
        raise Refused("Amount cannot be blank.", field="amount")
    if amount < MINIMUM:
        raise Refused("The amount must be at least INR 1.00.", field="amount")
    if amount > left:
        raise Refused("The refund amount provided is greater than amount captured.", field="amount")
    if amount < payment["amount"] and payment["method"] == world.switch("no_partial_refund_method"):
        raise _refused("Partial refund is currently not supported for this payment method.")
    return amount


def _speed(body: Doc) -> str:
    speed = "normal" if body.get("speed") is None else body["speed"]
    if speed not in SPEEDS:
        raise Refused("The selected speed is invalid.", field="speed")
    return str(speed)


def _receipt(world: World, payment: Doc, body: Doc) -> str | None:
    receipt = checks.receipt(body.get("receipt"))
    used = (refund["receipt"] for refund in world.store.find("refund", parent=payment["id"]))
    if receipt is not None and receipt in used:
        raise Refused("Duplicate receipt found for this refund request.", field="receipt")
    return receipt


def edit(world: World, refund: Doc, body: Doc) -> Doc:
    """Change the notes; nothing else of a refund can change."""
    checks.only(body, ("notes",))
    if "notes" not in body:
        raise Refused("notes: is required.", field="notes")
    return world.store.put("refund", refund | {"notes": checks.notes(body["notes"])})


def _refused(description: str) -> Refused:
    return Refused(description, step="NA", reason="NA")
