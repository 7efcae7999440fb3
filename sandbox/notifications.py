"""Pre-debit notifications: the customer of a card or UPI mandate is told a day before money is taken.

Decoupled: the merchant's order asks for one, and the debit may be created only some time after it was delivered.
Coupled: the gateway sends one by itself for a debit that was created without.
"""

from typing import Any

from sandbox import checks, events, faults, tokens
from sandbox.entities import load
from sandbox.errors import Refused
from sandbox.instruments import BANK_METHODS
from sandbox.store import Doc
from sandbox.world import World

DELIVERED_AFTER = 60  # virtual seconds
WAIT = {"upi": 25 * 3600, "card": 36 * 3600 + 300}  # from delivery to a debit that was announced so
SHOWN = ("id", "token_id", "payment_after", "status", "delivered_at")


def read(world: World, body: Doc) -> Doc | None:
    """Return {"token_id", "payment_after"} of an order that asks for a notification. Raises Refused."""
    asked: Any = body.get("notification")
    if asked is None:
        return None
    if not isinstance(asked, dict):
        raise Refused("The notification must be an array.", field="notification")
    checks.only(asked, ("token_id", "payment_after"))
    token = load(world, "token", asked.get("token_id"))
    if token["method"] in BANK_METHODS:
        raise Refused(
            "notification is/are not required and should not be sent",
            reason="extra_field_sent",
            field="notification",
        )
    if tokens.status(token) != tokens.CONFIRMED or token.get("_deleted"):
        raise Refused(
            "The token is not confirmed.", field="notification.token_id", reason="mandate_not_active"
        )
    after = checks.whole(asked, "payment_after")
    if not world.clock.now() < after <= checks.LATEST:
        raise Refused("The payment_after must be in the future.", field="notification.payment_after")
    return {"token_id": token["id"], "payment_after": after}


def send(world: World, order_id: str, asked: Doc) -> Doc:
    """Send one; it is delivered, or not, a minute later. Needs a unit."""
    token = load(world, "token", asked["token_id"])
    effects = faults.take(world, "notification", method=token["method"])
    note = {
        "id": world.ids.new("notification"),
        "entity": "notification",
        "order_id": order_id,
        "token_id": token["id"],
        "delivered_at": None,
        "status": "created",
        "payment_after": asked["payment_after"],
        "_fails": any(effect["kind"] == "fail" for effect in effects),
    }
    world.store.put("notification", note, parent=order_id)
    late = sum(effect["seconds"] for effect in effects if effect["kind"] == "late")
    world.store.add_timer(world.clock.now() + DELIVERED_AFTER + late, "notification_due", note["id"])
    world.soon()
    return note


def shown(note: Doc) -> Doc:
    """Return it as its order shows it."""
    return {name: note[name] for name in SHOWN}


def fall_due(world: World, note_id: str) -> None:
    """It reaches the customer, or fails."""
    note = world.store.get("notification", note_id)
    if note is None or note["status"] != "created":
        return
    note["status"] = "failed" if note["_fails"] else "delivered"
    note["delivered_at"] = None if note["_fails"] else world.clock.seconds()
    world.store.put("notification", note)
    order = world.store.get("order", note["order_id"])
    if order and "notification" in order:
        world.store.put("order", order | {"notification": shown(note)})
    events.emit(world, f"order.notification.{note['status']}", notification=note)


def of_order(world: World, order: Doc) -> Doc | None:
    found = world.store.find("notification", parent=order["id"], limit=1)
    return found[0] if found else None


def refuse_early(world: World, order: Doc, token: Doc) -> None:
    """Raise Refused for a debit whose order announced it, and not yet long enough ago."""
    asked = order.get("notification")
    if not asked:
        return
    if asked["token_id"] != token["id"]:
        raise Refused("The notification is for another token.", field="token", reason="invalid_token")
    told = asked["delivered_at"]
    open_from = max(told + WAIT[token["method"]], asked["payment_after"]) if told else None
    if open_from is None or world.clock.now() < open_from:
        raise Refused(
            "BAD_REQUEST_MANDATE_PROMISED_DEBIT_DATE_NOT_HONOURED",
            step="payment_initiation",
            reason="pre_debit_notification_not_sent",
        )
