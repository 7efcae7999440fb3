"""Steer refunds: the bank decides now instead of later."""

from sandbox import refunds
from sandbox.control.steer import ControlRefused, Steer
from sandbox.entities import load, public
from sandbox.store import Doc


def process_refund(steer: Steer) -> Doc:
    """The money has gone back now."""
    refund = _pending(steer)
    refunds.process(steer.world, refund["id"])
    return public(load(steer.world, "refund", refund["id"]))


def fail_refund(steer: Steer) -> Doc:
    """The money could not go back: it is the merchant's again."""
    return public(refunds.fail(steer.world, _pending(steer)))


def _pending(steer: Steer) -> Doc:
    refund = load(steer.world, "refund", steer.id)
    if refund["status"] != "pending":
        raise ControlRefused(f"The refund is {refund['status']} already.")
    return refund
