"""What was before this world began: payments captured and settled, refunds, disputes, under the ids that they had.

They are told, not enacted: no events, no faults. A refund's debit is still to come with a settlement. What is known
already stays as it is. Amounts are paise.
"""

from typing import Any

from sandbox import received, refunds, settlements
from sandbox.disputes import PENDING
from sandbox.errors import Refused
from sandbox.evidence import NOTHING
from sandbox.ids import ALPHABET
from sandbox.store import Doc
from sandbox.world import World

KINDS = {"payments": "payment", "refunds": "refund", "disputes": "dispute"}
PREFIXES = {"payment": "pay", "refund": "rfnd", "dispute": "disp", "order": "order"}


def keep(world: World, told: Doc) -> Doc:
    """Take in the lists `payments`, `refunds`, `disputes`; return how many of each were new. Raises Refused."""
    keepers = {"payments": _payment, "refunds": _refund, "disputes": _dispute}
    new = dict.fromkeys(KINDS, 0)
    for name, kind in KINDS.items():
        for facts in told.get(name, []):
            if world.store.get(kind, _id(facts, "id", kind)) is None:
                keepers[name](world, facts)
                new[name] += 1
    return new


def _id(facts: Doc, name: str, kind: str) -> str:
    """Return an id of the gateway's shape. Raises Refused."""
    value = facts.get(name)
    prefix, _, rest = value.partition("_") if isinstance(value, str) else ("", "", "")
    if prefix != PREFIXES[kind] or len(rest) != 14 or set(rest) - set(ALPHABET):
        raise Refused(f"{value} is not a valid id", field=name)
    return str(value)


def _payment(world: World, facts: Doc) -> None:
    """Facts: `id`, `order_id`, `receipt`, `amount`, `fee`, `tax`, `method`, `created_at`, `shown` (bank, vpa, card)."""
    order = _id(facts, "order_id", "order")
    amount, at = facts["amount"], facts["created_at"]
    _order(world, order, facts)
    shown = dict(facts.get("shown", {}))
    card = shown.pop("card", None)
    if card:
        shown["card_id"] = _card(world, card)
    payer = {"email": facts.get("email"), "contact": facts.get("contact")}
    made: dict[str, Any] = {
        "id": facts["id"],
        "order_id": order,
        "status": "captured",
        "captured": True,
        "base_amount": amount,
        "fee": facts["fee"],
        "tax": facts["tax"],
        "created_at": at,
    }
    received.arrive(world, facts["method"], amount, at=order, reference=None, payer=payer, **shown, **made)


def _order(world: World, order: str, facts: Doc) -> None:
    amount = facts["amount"]
    paid = {
        "id": order,
        "entity": "order",
        "amount": amount,
        "amount_paid": amount,
        "amount_due": 0,
        "currency": "INR",
        "receipt": facts.get("receipt"),
        "offer_id": None,
        "status": "paid",
        "attempts": 1,
        "notes": {},
        "created_at": facts["created_at"],
    }
    world.store.put("order", paid, lookup=facts.get("receipt"))


def _card(world: World, shown: Doc) -> str:
    card = {
        "id": world.ids.new("card"),
        "entity": "card",
        "name": "Asha Rao",
        "type": "debit",
        "issuer": "HDFC",
        "international": False,
        "emi": False,
        "sub_type": "consumer",
        "token_iin": None,
    }
    world.store.put("card", card | shown)
    return str(card["id"])


def _refund(world: World, facts: Doc) -> None:
    """Facts: `id`, `payment_id`, `amount`, `receipt`, `status`, `reference`, `created_at`."""
    payment = _known(world, facts)
    refund = {
        "id": facts["id"],
        "entity": "refund",
        "amount": facts["amount"],
        "currency": payment["currency"],
        "payment_id": payment["id"],
        "notes": {},
        "receipt": facts.get("receipt"),
        "acquirer_data": {refunds.REFERENCE.get(payment["method"], "arn"): facts.get("reference") or None},
        "created_at": facts["created_at"],
        "batch_id": None,
        "status": facts["status"],
        "speed_requested": "normal",
        "speed_processed": "normal",
    }
    world.store.put("refund", refund, parent=payment["id"])
    if refund["status"] != "failed":
        refunds.count(world, payment, facts["amount"])
        settlements.owe(world, "refund", refund["id"])
    if refund["status"] == "pending":
        world.store.add_timer(world.clock.now() + refunds.PROCESSED_AFTER, "refund_process", refund["id"])
        world.soon()


def _dispute(world: World, facts: Doc) -> None:
    """Facts: `id`, `payment_id`, `amount`, `deducted`, `status`, `phase`, `reason_code`, `respond_by`, `created_at`."""
    payment = _known(world, facts)
    dispute = {
        "id": facts["id"],
        "entity": "dispute",
        "payment_id": payment["id"],
        "amount": facts["amount"],
        "currency": payment["currency"],
        "amount_deducted": facts["deducted"],
        "reason_code": facts["reason_code"],
        "respond_by": facts["respond_by"],
        "status": facts["status"],
        "phase": facts["phase"],
        "created_at": facts["created_at"],
        "evidence": {"amount": facts["amount"], **NOTHING},
    }
    world.store.put("dispute", dispute, parent=payment["id"])
    if dispute["status"] in PENDING:
        world.store.add_timer(dispute["respond_by"], "dispute_deadline", dispute["id"])
        world.soon()


def _known(world: World, facts: Doc) -> Doc:
    """Return the payment that a refund or a dispute is of. Raises Refused."""
    payment = world.store.get("payment", _id(facts, "payment_id", "payment"))
    if payment is None:
        raise Refused(f"{facts['payment_id']} is not known", field="payment_id")
    return payment
