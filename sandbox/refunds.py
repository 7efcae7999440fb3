"""Refunds that the gateway makes by itself: of money that was authorised and never captured.

A refund goes `pending` → `processed` (an hour later) and gets its bank reference an hour after that.
"""

from sandbox import events
from sandbox.store import Doc
from sandbox.world import World

PROCESSED_AFTER, REFERENCE_AFTER = 3600, 3600  # virtual seconds
REFERENCE = {"upi": "rrn", "netbanking": "utr", "wallet": "utr"}


def give_back(world: World, payment: Doc, *, at_once: bool) -> Doc:
    """Refund an authorised payment in full; its `captured` stays false."""
    payment |= {"status": "refunded", "amount_refunded": payment["amount"], "refund_status": "full"}
    world.store.put("payment", payment)
    refund = {
        "id": world.ids.new("rfnd"),
        "entity": "refund",
        "amount": payment["amount"],
        "currency": payment["currency"],
        "payment_id": payment["id"],
        "notes": {},
        "receipt": None,
        "acquirer_data": {REFERENCE.get(payment["method"], "arn"): None},
        "created_at": world.clock.seconds(),
        "batch_id": None,
        "status": "pending",
        "speed_requested": "normal",
        "speed_processed": "normal",
    }
    world.store.put("refund", refund, parent=payment["id"])
    events.emit(world, "refund.created", refund=refund, payment=payment)
    if at_once:
        process(world, refund["id"])
    else:
        world.store.add_timer(world.clock.now() + PROCESSED_AFTER, "refund_process", refund["id"])
    return refund


def process(world: World, refund_id: str) -> None:
    refund = world.store.get("refund", refund_id)
    if refund is None or refund["status"] != "pending":
        return
    world.store.put("refund", refund | {"status": "processed"})
    world.store.add_timer(world.clock.now() + REFERENCE_AFTER, "refund_reference", refund_id)
    payment = world.store.get("payment", refund["payment_id"])
    assert payment is not None
    events.emit(world, "refund.processed", refund=refund, payment=payment)


def fill_reference(world: World, refund_id: str) -> None:
    """Give a processed refund the bank's reference, as the gateway does some time later."""
    refund = world.store.get("refund", refund_id)
    if refund:
        name = next(iter(refund["acquirer_data"]))
        world.store.put("refund", refund | {"acquirer_data": {name: world.ids.digits(12)}})
