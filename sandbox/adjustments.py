"""Adjustments: money of a settlement that is neither a payment nor a refund.

Amounts are paise; a negative one is taken from the merchant.
"""

from sandbox.store import Doc
from sandbox.world import World


def keep(
    world: World,
    amount: int,
    description: str,
    *,
    payment_id: str | None = None,
    dispute_id: str | None = None,
) -> Doc:
    """Write an adjustment down; whoever makes it owes it to a settlement."""
    adjustment = {
        "id": world.ids.new("adj"),
        "entity": "adjustment",
        "amount": amount,
        "currency": "INR",
        "description": description,
        "payment_id": payment_id,
        "dispute_id": dispute_id,
        "created_at": world.clock.seconds(),
    }
    return world.store.put("adjustment", adjustment)
