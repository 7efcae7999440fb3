"""Many captured payments at once: for tests of settlements and months. They are as if made unseen: no events."""

from sandbox import orders, received
from sandbox.instruments import DEFAULTS
from sandbox.store import Doc
from sandbox.world import World

MOST = 20_000
PAYER = {"email": "payer@example.in", "contact": "+919800000001"}
INSTRUMENTS = {"upi": "vpa", "netbanking": "bank", "wallet": "wallet"}


def pay_many(world: World, count: int, *, amount: int, method: str, receipts: list[str]) -> list[str]:
    """Make `count` paid orders of `amount` paise, with these receipts as far as they go; return the payments' ids."""
    made = []
    for number in range(count):
        receipt = receipts[number] if number < len(receipts) else None
        body = {"amount": amount, "currency": "INR", "receipt": receipt}
        made.append(_pay(world, orders.create(world, body), method)["id"])
    return made


def _pay(world: World, order: Doc, method: str) -> Doc:
    facts = {"order_id": order["id"], INSTRUMENTS[method]: DEFAULTS[method]}
    payment = received.arrive(
        world, method, order["amount"], at=order["id"], reference=None, payer=PAYER, **facts
    )
    received.take(world, payment)
    paid = {"amount_paid": order["amount"], "amount_due": 0, "status": "paid", "attempts": 1}
    world.store.put("order", order | paid)
    return payment
