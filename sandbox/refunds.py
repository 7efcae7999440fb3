"""Refunds as the bank sees them: `pending` → `processed` or `failed`, and a bank reference an hour after that.

Processed an hour after it was made, an instant one after a minute. What was authorised and never captured goes
back by itself, whole. Amounts are paise; times are virtual seconds.
"""

from typing import Any

from sandbox import adjustments, events, faults, settlements
from sandbox.store import Doc
from sandbox.world import World

PROCESSED_AFTER, INSTANT_AFTER, REFERENCE_AFTER = 3600, 60, 3600
REFERENCE = {"upi": "rrn", "netbanking": "utr", "wallet": "utr", "bank_transfer": "utr"}
NEVER_INSTANT = 2468  # paise: a test amount that falls back to normal


def give_back(world: World, payment: Doc, *, at_once: bool) -> Doc:
    """Refund an authorised payment in full; its `captured` stays false."""
    payment["status"] = "refunded"
    return make(world, payment, payment["amount"], at_once=at_once)


def make(
    world: World,
    payment: Doc,
    amount: int,
    *,
    speed: str = "normal",
    receipt: str | None = None,
    notes: Doc | None = None,
    at_once: bool = False,
) -> Doc:
    """Make a refund of the payment and put its fate on the clock. A fault may decide that."""
    effects = {effect["kind"] for effect in faults.take(world, "refund", method=payment["method"])}
    is_instant = speed == "optimum" and world.switch("instant_refunds") == "on"
    done = at_once or "processed_at_once" in effects
    refund = {
        "id": world.ids.new("rfnd"),
        "entity": "refund",
        "amount": amount,
        "currency": payment["currency"],
        "payment_id": payment["id"],
        "notes": notes or {},
        "receipt": receipt,
        "acquirer_data": {REFERENCE.get(payment["method"], "arn"): None},
        "created_at": world.clock.seconds(),
        "batch_id": None,
        "status": "processed" if "processed_at_once" in effects else "pending",
        "speed_requested": speed,
        "speed_processed": "instant" if is_instant else "normal",
        "_fails": "fail" in effects,
        "_slows_down": is_instant and (amount == NEVER_INSTANT or "speed_changed" in effects),
        "_without_reference": "no_reference" in effects,
    }
    world.store.put("refund", refund, parent=payment["id"])
    count(world, payment, amount)
    if payment["captured"]:
        settlements.owe(world, "refund", refund["id"])
    events.emit(world, "refund.created", refund=refund, payment=payment)
    if done:
        _processed(world, refund)
    else:
        _await_bank(world, refund)
    return refund


def _await_bank(world: World, refund: Doc) -> None:
    now = world.clock.now()
    if refund["_slows_down"]:
        world.store.add_timer(now + INSTANT_AFTER, "refund_slow", refund["id"])
    is_instant = refund["speed_processed"] == "instant" and not refund["_slows_down"]
    world.store.add_timer(
        now + (INSTANT_AFTER if is_instant else PROCESSED_AFTER), "refund_process", refund["id"]
    )
    world.soon()


def count(world: World, payment: Doc, amount: int) -> None:
    """Move what was given back of the payment by `amount`, negative when a refund failed."""
    payment["amount_refunded"] += amount
    left = payment["amount"] - payment["amount_refunded"]
    payment["refund_status"] = "full" if left == 0 else "partial" if payment["amount_refunded"] else None
    if payment["captured"]:
        payment["status"] = "refunded" if left == 0 else "captured"
        world.store.set_meta("paid_back", world.store.meta("paid_back", 0) + amount)
    world.store.put("payment", payment)


def slow_down(world: World, refund_id: str) -> None:
    """It cannot be instant after all."""
    refund = world.store.get("refund", refund_id)
    if refund and refund["status"] == "pending":
        refund["speed_processed"] = "normal"
        _tell(world, "refund.speed_changed", refund)


def process(world: World, refund_id: str) -> None:
    """The bank decides: the money has gone back, or a fault has it fail. Decided ones stay."""
    refund = world.store.get("refund", refund_id)
    if refund and refund["status"] == "pending":
        if refund.get("_fails"):
            fail(world, refund)
        else:
            _processed(world, refund)


def _processed(world: World, refund: Doc) -> None:
    refund["status"] = "processed"
    if not refund.get("_without_reference"):
        world.store.add_timer(world.clock.now() + REFERENCE_AFTER, "refund_reference", refund["id"])
    _tell(world, "refund.processed", refund)


def fail(world: World, refund: Doc) -> Doc:
    """The money did not leave: the payment is as it was before."""
    refund["status"] = "failed"
    payment = payment_of(world, refund)
    count(world, payment, -refund["amount"])
    if payment["captured"] and not settlements.take_back(world, refund["id"]):
        said = f"Reversal of the failed refund {refund['id']}"
        made = adjustments.keep(world, refund["amount"], said, payment_id=payment["id"])
        settlements.owe(world, "adjustment", made["id"])
    _tell(world, "refund.failed", refund)
    return refund


def _tell(world: World, name: str, refund: Doc) -> None:
    world.store.put("refund", refund)
    events.emit(world, name, refund=refund, payment=payment_of(world, refund))
    world.soon()


def fill_reference(world: World, refund_id: str) -> None:
    """Give a processed refund the bank's reference, as the gateway does some time later."""
    refund = world.store.get("refund", refund_id)
    if refund:
        name = next(iter(refund["acquirer_data"]))
        world.store.put("refund", refund | {"acquirer_data": {name: world.ids.digits(12)}})


def payment_of(world: World, refund: Doc) -> Any:
    return world.store.get("payment", refund["payment_id"])
