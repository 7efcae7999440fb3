"""The first steps on a new account: its details, its first money, its team. Each is done when the facts say so.

They are shown while the account is empty or young and something is left to do; nobody dismisses them by hand.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.models import Account, Member
from accounts.permissions import Right, may

YOUNG = timedelta(days=30)


@dataclass(frozen=True)
class Step:
    """One step: what it is, why, where it is done."""

    title: str
    words: str
    page: str  # URL name
    label: str  # of the link
    right: Right
    is_done: bool


def of(member: Member, *, is_empty: bool, now: datetime) -> Sequence[Step]:
    """Return the steps that the member may take, in order; none where all are done or the account is no longer new."""
    account = member.account
    if not is_empty and now - account.created_at > YOUNG:
        return ()
    steps = tuple(step for step in _all(account) if may(member, step.right))
    return () if all(step.is_done for step in steps) else steps


def _all(account: Account) -> tuple[Step, ...]:
    captured = account.payments.filter(captured_at__isnull=False)
    others = account.members.count() > 1 or account.invitations.exists()
    return (
        Step(
            "Check your billing details",
            "Your name, address and GSTIN stand on every invoice from the first one on.",
            "preferences-account",
            "Billing details",
            Right.DETAILS,
            account.details_confirmed_at is not None,
        ),
        Step(
            "Make the first recharge",
            "Calls and messages start from a balance; you see what GST takes before you pay.",
            "payments",
            "Recharge",
            Right.PAY,
            captured.exists(),
        ),
        Step(
            "Invite your team",
            "Give accounts, managers and agents a login of their own, each with just what they need.",
            "team",
            "Invite people",
            Right.TEAM,
            others,
        ),
    )
