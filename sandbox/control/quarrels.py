"""Steer disputes: a payer's bank raises one and decides it."""

from sandbox import checks, disputes
from sandbox.control.arrivals import amount
from sandbox.control.steer import ControlRefused, Steer
from sandbox.entities import load, public
from sandbox.store import Doc


def raise_dispute(steer: Steer) -> Doc:
    """Body: `payment_id`, `amount` (paise, all of it when left out), `phase` (chargeback when left out).

    `reason_code`, `respond_by` (epoch seconds, a week ahead when left out), `deduct_at_onset` (false).
    """
    payment = load(steer.world, "payment", steer.body.get("payment_id"))
    if not payment["captured"]:
        raise ControlRefused("Only a captured payment is disputed.")
    asked = amount(steer) if "amount" in steer.body else payment["amount"]
    if asked > payment["amount"]:
        raise ControlRefused("amount must be at most the payment's.")
    phase = steer.body.get("phase", "chargeback")
    if phase not in disputes.PHASES:
        raise ControlRefused(f"phase must be one of {', '.join(disputes.PHASES)}.")
    return public(
        disputes.begin(
            steer.world,
            payment,
            amount=asked,
            phase=phase,
            reason_code=str(steer.body.get("reason_code", "services_not_provided")),
            respond_by=respond_by(steer),
            takes_at_once=steer.body.get("deduct_at_onset") is True,
        )
    )


def respond_by(steer: Steer) -> int:
    now = steer.world.clock.seconds()
    given = {"respond_by": now + disputes.RESPOND_WITHIN} | steer.body
    moment = checks.moment(given, "respond_by")
    if moment <= now:
        raise ControlRefused("respond_by must be later than now.")
    return moment


def dispute_of(steer: Steer) -> Doc:
    return load(steer.world, "dispute", steer.id)


def win_dispute(steer: Steer) -> Doc:
    return public(disputes.win(steer.world, dispute_of(steer)))


def lose_dispute(steer: Steer) -> Doc:
    return public(disputes.lose(steer.world, dispute_of(steer)))


def close_dispute(steer: Steer) -> Doc:
    """It ends without a winner."""
    return public(disputes.close(steer.world, dispute_of(steer)))


def review_dispute(steer: Steer) -> Doc:
    return public(disputes.review(steer.world, dispute_of(steer)))


def require_action(steer: Steer) -> Doc:
    """The bank wants more evidence. Body: `respond_by`, a week ahead when left out."""
    return public(disputes.require_action(steer.world, dispute_of(steer), respond_by=respond_by(steer)))
