"""The credit limit enforced: strictly above it the account is restricted, back inside it is free again.

The decision is pure. `credit` is lifted by its own rule, whatever else stands; what else stands goes on standing.
"""

from datetime import datetime
from enum import Enum

from accounts import restrictions
from accounts.levels import Level
from accounts.models import Account
from accounts.notices import EMAIL_SMS, Owed
from accounts.restrictions import Reason
from credit import policy
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
    """Return the level that exceeding the limit lowers to: with or without incoming calls, as the policy row says."""
    return Level.SUSPENDED if policy.ABOVE_LIMIT.incoming else Level.OUTBOUND_BLOCKED


def take(account: Account, what: Step, money: Exposure, *, now: datetime) -> Owed | None:
    """Take the step and order it; return the message to owe. The caller holds the account's lock.

    `account` is as it stands in the database; repeating does nothing.
    """
    if what == Step.RESTRICT:
        made = restrictions.impose(account, Reason.CREDIT, level(), now=now)
        return _message(account, "credit-suspended", made.pk, money, now)
    stood = account.restrictions.filter(reason=Reason.CREDIT, lifted_at=None).first()
    if stood is None or not restrictions.lift(account, Reason.CREDIT, now=now):
        return None
    return _message(account, "credit-restored", stood.pk, money, now)


def _message(account: Account, name: str, restriction: int, money: Exposure, now: datetime) -> Owed:
    context = {
        "total_outstanding": money.total_outstanding,
        "balance": money.balance,
        "limit": money.limit,
        "outstanding": money.outstanding,
        "to_clear": money.amount_to_clear,
        "level": account.wanted_level,  # moved by the step
        "at": now.isoformat(),
    }
    return Owed(account, name, f"restriction:{restriction}", context, channels=EMAIL_SMS)
