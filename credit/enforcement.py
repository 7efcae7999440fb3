"""The credit limit enforced: strictly above it the account is restricted, back inside it is free again.

The decision is pure. `credit` is lifted by its own rule, whatever else stands; what else stands goes on standing.
"""

from datetime import datetime
from enum import Enum

from django.conf import settings

from accounts import notices, restrictions
from accounts.levels import Level
from accounts.models import Account
from accounts.restrictions import Reason
from credit.exposure import Exposure


class Step(Enum):
    """What to do about the limit."""

    RESTRICT = "restrict"
    FREE = "free"


def step(money: Exposure, *, is_restricted: bool) -> Step | None:
    """Decide: restrict strictly above the limit; free when nothing billed is due and the total is inside it."""
    if money.is_exceeded:
        return None if is_restricted else Step.RESTRICT
    if is_restricted and money.outstanding == 0:
        return Step.FREE
    return None


def level() -> Level:
    """Return what exceeding the limit leaves open: with or without incoming calls, as the setting says."""
    return Level.SUSPENDED if settings.CREDIT_SHUTS_INCOMING else Level.OUTBOUND_BLOCKED


def take(account: Account, what: Step, money: Exposure, *, now: datetime) -> None:
    """Take the step, order it and owe its message. The caller holds the account's lock."""
    if what == Step.RESTRICT:
        made = restrictions.impose(account, Reason.CREDIT, level(), now=now)
        _tell(account, "credit-suspended", made.pk, money, now)
        return
    stood = account.restrictions.filter(reason=Reason.CREDIT, lifted_at=None).first()
    if stood and restrictions.lift(account, Reason.CREDIT, now=now):
        _tell(account, "credit-restored", stood.pk, money, now)


def _tell(account: Account, name: str, restriction: int, money: Exposure, now: datetime) -> None:
    notices.owe(
        account,
        name,
        event=f"restriction:{restriction}",
        context={
            "total_outstanding": money.total_outstanding,
            "balance": money.balance,
            "limit": money.limit,
            "outstanding": money.outstanding,
            "to_clear": money.amount_to_clear,
            "level": restrictions.level(account),
            "at": now.isoformat(),
        },
        now=now,
    )
