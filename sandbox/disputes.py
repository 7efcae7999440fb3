"""Disputes: the payer's bank asks for money back. `open` → `under_review` → `won`, `lost` or `closed`.

What is taken for one is an adjustment of a settlement, given back when it is won. Nobody answering by `respond_by`
loses it. While one is open or under review the payment cannot be refunded. Amounts are paise.
"""

from sandbox import adjustments, events, settlements
from sandbox.evidence import NOTHING
from sandbox.store import Doc
from sandbox.world import World

PHASES = ("fraud", "retrieval", "chargeback", "pre_arbitration", "arbitration")
PENDING = ("open", "under_review")
RESPOND_WITHIN = 7 * 86400  # virtual seconds


class DisputeRefused(Exception):
    """A step that this dispute cannot take; its text says why."""


def begin(
    world: World,
    payment: Doc,
    *,
    amount: int,
    phase: str,
    reason_code: str,
    respond_by: int,
    takes_at_once: bool,
) -> Doc:
    """The payer disputes `amount` of a captured payment; `takes_at_once` takes it before anybody has lost."""
    dispute = {
        "id": world.ids.new("disp"),
        "entity": "dispute",
        "payment_id": payment["id"],
        "amount": amount,
        "currency": payment["currency"],
        "amount_deducted": 0,
        "reason_code": reason_code,
        "respond_by": respond_by,
        "status": "open",
        "phase": phase,
        "created_at": world.clock.seconds(),
        "evidence": {"amount": amount, **NOTHING},
    }
    world.store.put("dispute", dispute, parent=payment["id"])
    if takes_at_once:
        _take(world, dispute)
    _await_deadline(world, dispute)
    return tell(world, dispute, "created")


def tell(world: World, dispute: Doc, what: str) -> Doc:
    """Keep the dispute and send its event."""
    world.store.put("dispute", dispute)
    payment = world.store.get("payment", dispute["payment_id"])
    assert payment is not None
    beside = {"dispute": {"evidence": dispute["evidence"]}} if what == "action_required" else {}
    events.emit(world, f"payment.dispute.{what}", beside=beside, payment=payment, dispute=dispute)
    return dispute


def _await_deadline(world: World, dispute: Doc) -> None:
    world.store.add_timer(dispute["respond_by"], "dispute_deadline", dispute["id"])
    world.soon()


def _move(world: World, dispute: Doc, amount: int, why: str) -> None:
    made = adjustments.keep(
        world,
        amount,
        f"{why} for dispute {dispute['id']}",
        payment_id=dispute["payment_id"],
        dispute_id=dispute["id"],
    )
    settlements.owe(world, "adjustment", made["id"])


def _take(world: World, dispute: Doc) -> None:
    """Take the disputed amount from the merchant, once."""
    if not dispute["amount_deducted"]:
        dispute["amount_deducted"] = dispute["amount"]
        _move(world, dispute, -dispute["amount"], "Debit")


def _give_back(world: World, dispute: Doc) -> None:
    if dispute["amount_deducted"]:
        _move(world, dispute, dispute["amount_deducted"], "Credit")
        dispute["amount_deducted"] = 0


def refuse_ended(dispute: Doc) -> None:
    if dispute["status"] not in PENDING:
        raise DisputeRefused(f"The dispute is {dispute['status']} already.")


def lose(world: World, dispute: Doc) -> Doc:
    """The money is the payer's. Raises DisputeRefused for one that has ended."""
    refuse_ended(dispute)
    _take(world, dispute)
    return tell(world, dispute | {"status": "lost"}, "lost")


def win(world: World, dispute: Doc) -> Doc:
    """The money stays the merchant's; what was taken comes back. Raises DisputeRefused."""
    refuse_ended(dispute)
    _give_back(world, dispute)
    return tell(world, dispute | {"status": "won"}, "won")


def close(world: World, dispute: Doc) -> Doc:
    """It ends without a winner, as a question of the bank does. Raises DisputeRefused."""
    refuse_ended(dispute)
    _give_back(world, dispute)
    return tell(world, dispute | {"status": "closed"}, "closed")


def review(world: World, dispute: Doc) -> Doc:
    """The bank looks at what the merchant sent. Raises DisputeRefused."""
    refuse_ended(dispute)
    return tell(world, dispute | {"status": "under_review"}, "under_review")


def require_action(world: World, dispute: Doc, *, respond_by: int) -> Doc:
    """The bank wants more evidence by then: open again. Raises DisputeRefused."""
    refuse_ended(dispute)
    dispute |= {"status": "open", "respond_by": respond_by}
    _await_deadline(world, dispute)
    return tell(world, dispute, "action_required")


def fall_due(world: World, dispute_id: str) -> None:
    """Nobody answered: lost."""
    dispute = world.store.get("dispute", dispute_id)
    if dispute and dispute["status"] == "open" and dispute["respond_by"] <= world.clock.now():
        lose(world, dispute)
