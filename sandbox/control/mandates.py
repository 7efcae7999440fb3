"""Steer mandates: what a bank or its customer does with a token."""

from sandbox import debit_decision, tokens
from sandbox.control.steer import Steer
from sandbox.entities import load, public
from sandbox.store import Doc


def confirm_token(steer: Steer) -> Doc:
    """The bank says yes now, also to a mandate that would be rejected."""
    return public(tokens.confirm(steer.world, load(steer.world, "token", steer.id)))


def reject_token(steer: Steer) -> Doc:
    """Body: `reason`, as the bank puts it."""
    reason = str(steer.body.get("reason") or "Account holder name mismatch")
    return public(tokens.reject(steer.world, load(steer.world, "token", steer.id), reason))


def pause_token(steer: Steer) -> Doc:
    return _move(steer, "token.paused")


def resume_token(steer: Steer) -> Doc:
    return _move(steer, "token.resumed")


def cancel_token(steer: Steer) -> Doc:
    """The customer ends the mandate at the bank or in the UPI app."""
    return _move(steer, "token.cancelled")


def _move(steer: Steer, event: str) -> Doc:
    return public(tokens.move(steer.world, load(steer.world, "token", steer.id), event))


def approve_debit(steer: Steer) -> Doc:
    """The customer approves a debit above the limit."""
    return public(debit_decision.approve(steer.world, load(steer.world, "payment", steer.id)))
