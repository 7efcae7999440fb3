"""The moment of a debit: what the bank says to a payment by a mandate, by the mandate as it is then."""

from datetime import datetime

from sandbox import debit_days, faults, notifications, payments, tokens
from sandbox.errors import wrong_state
from sandbox.instruments import BANK_METHODS, EMPTY_ENDING, ONCE_ENDING
from sandbox.store import Doc
from sandbox.working_days import INDIA
from sandbox.world import World

APPROVED_WITHIN = 72 * 3600  # a debit above the limit waits so long for its customer
STATES = {
    tokens.PAUSED: "mandate_paused",
    tokens.CANCELLED: "mandate_cancelled",
    tokens.REJECTED: "mandate_not_active",
    tokens.INITIATED: "mandate_not_active",
}
BENDS = {"pause": "token.paused", "cancel": "token.cancelled"}


def fall_due(world: World, payment_id: str) -> None:
    """Decide, unless the customer has to approve first and has not."""
    payment = world.store.get("payment", payment_id)
    if payment is None or payment["status"] != "created":
        return
    if needs_approval(world, payment) and not payment["_debit"]["approved"]:
        world.store.add_timer(payment["created_at"] + APPROVED_WITHIN, "debit_lapse", payment_id)
        world.soon()
        return
    decide(world, payment)


def needs_approval(world: World, payment: Doc) -> bool:
    """Say whether the customer has to approve this very debit: a card's or UPI's above the limit."""
    return payment["method"] not in BANK_METHODS and payment["amount"] > world.switch("approval_above")


def lapse(world: World, payment_id: str) -> None:
    """Nobody approved in time."""
    payment = world.store.get("payment", payment_id)
    if payment and payment["status"] == "created":
        payments.fail(world, payment, "payment_timed_out")


def approve(world: World, payment: Doc) -> Doc:
    """The customer approves a debit; it goes on when it is due, or now if it was. Raises Refused."""
    if payment["status"] != "created" or "_debit" not in payment:
        raise wrong_state("The payment waits for no approval.", step="payment_authentication")
    payment["_debit"]["approved"] = True
    world.store.put("payment", payment)
    return decide(world, payment) if payment["_debit"]["due"] <= world.clock.now() else payment


def decide(world: World, payment: Doc) -> Doc:
    """Take the money, or fail with the reason; a silent bank leaves the payment as it is."""
    effects = faults.take(world, "debit", method=payment["method"])
    if payment.get("_outcome") == "pending" or any(effect["kind"] == "silence" for effect in effects):
        return payment
    token = bent(world, payment, effects)
    reason = next((effect["reason"] for effect in effects if effect["kind"] == "fail"), None)
    reason = reason or why_not(world, payment, token)
    if reason:
        return payments.fail(world, payment, reason)
    payments.authorise(world, payment)
    note_use(world, token)
    return payment


def bent(world: World, payment: Doc, effects: list[Doc]) -> Doc:
    """Return the token, paused or cancelled in this moment if a fault wants it."""
    token = world.store.get("token", payment["token_id"])
    assert token is not None
    for effect in effects:
        event = BENDS.get(effect["kind"])
        if event and tokens.status(token) in tokens.MOVES[event].came_from:
            token = tokens.move(world, token, event)
    return token


def why_not(world: World, payment: Doc, token: Doc) -> str | None:
    """Return the reason for which this debit fails, or None."""
    if payment.get("_outcome") in ("fail", "cancel"):
        return payment.get("_reason") or "payment_failed"
    if token.get("_deleted"):
        return "invalid_token"
    if tokens.status(token) != tokens.CONFIRMED:
        return STATES[tokens.status(token)]
    if token["expired_at"] <= world.clock.now():
        return "mandate_expired"
    if token["method"] == "card":
        return "card_expired" if card_is_over(world, token) else untold(world, payment)
    if token["method"] == "upi":
        return untold(world, payment) or debit_days.mismatch(token, world.clock.now())
    return "insufficient_funds" if token["_instrument"].endswith(EMPTY_ENDING) else None


def card_is_over(world: World, token: Doc) -> bool:
    today = datetime.fromtimestamp(world.clock.now(), INDIA)
    return (token["card"]["expiry_year"], token["card"]["expiry_month"]) < (today.year, today.month)


def untold(world: World, payment: Doc) -> str | None:
    """Say whether the customer was never told of the debit."""
    note = notifications.of_order(world, payments.order_of(world, payment))
    return "pre_debit_notification_failed" if note and note["status"] != "delivered" else None


def note_use(world: World, token: Doc) -> None:
    """Remember the cycle that has its debit now; some accounts end their mandate after the first."""
    now = world.clock.now()
    cycle = debit_days.cycle_of(token["_terms"]["frequency"], now)
    token |= {"used_at": int(now), "_cycles": [*token.get("_cycles", []), cycle]}
    world.store.put("token", token)
    if token["method"] in BANK_METHODS and token["_instrument"].endswith(ONCE_ENDING):
        tokens.move(world, token, "token.cancelled")
