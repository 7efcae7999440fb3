"""Days on which customers could not pay because of us: declared by staff, they count for nobody; due dates stay.

Every standing case is planned anew, and what it is no longer overdue enough for is undone at once.
"""

from datetime import date, datetime, timedelta

from accounts import audit
from accounts.models import Account, User
from billing_portal import clock
from billing_portal.unit import unit
from credit import overdue
from credit.models import OutageCredit, OverdueCase

MOST_DAYS = 31
CHUNK = 200  # accounts a unit


class NotPossible(ValueError):
    """Such days cannot be declared; the message says why."""


@unit
def declare(from_on: date, until_on: date, *, by: User, reason: str, now: datetime) -> OutageCredit:
    """Declare days; the same days again return what stands. Follow with `replan`. Raises NotPossible."""
    refuse(from_on, until_on, today=clock.business_date(now))
    stands = OutageCredit.objects.filter(from_on=from_on, until_on=until_on, withdrawn_at=None).first()
    if stands:
        return stands
    row = OutageCredit.objects.create(
        from_on=from_on, until_on=until_on, reason=reason, declared_by=by, declared_at=now
    )
    _record("credit.outage.declare", row, by, reason, now)
    return row


def refuse(from_on: date, until_on: date, *, today: date) -> None:
    """Raise NotPossible for days that cannot be declared."""
    if not from_on <= until_on <= today or (until_on - from_on).days >= MOST_DAYS:
        raise NotPossible(f"Give days in order, not after today, {MOST_DAYS} at most.")
    if from_on < today - timedelta(days=90):
        raise NotPossible("These days are too long ago to change anything.")


@unit
def withdraw(outage_id: int, *, by: User, reason: str, now: datetime) -> OutageCredit:
    """Withdraw declared days. Follow with `replan`. Raises NotPossible where they were withdrawn already."""
    row = OutageCredit.objects.select_for_update().get(pk=outage_id)
    if row.withdrawn_at:
        raise NotPossible("These days were withdrawn already.")
    row.withdrawn_at, row.withdrawn_by = now, by
    row.save(update_fields=["withdrawn_at", "withdrawn_by"])
    _record("credit.outage.withdraw", row, by, reason, now)
    return row


def touched() -> int:
    """Return how many cases a declaration plans anew."""
    return OverdueCase.objects.standing().count()


def replan(*, now: datetime) -> int:
    """Let every standing case follow; return how many. May be repeated, and goes on after a crash by repeating."""
    accounts = list(OverdueCase.objects.standing().order_by("account").values_list("account", flat=True))
    for start in range(0, len(accounts), CHUNK):
        _follow(accounts[start : start + CHUNK], now)
    return len(accounts)


@unit
def _follow(accounts: list[int], now: datetime) -> None:
    for account in list(Account.objects.lock_all(pk__in=accounts)):
        overdue.review(account, now=now)


def _record(action: str, row: OutageCredit, by: User, reason: str, now: datetime) -> None:
    audit.record(
        action,
        actor=by,
        subject=f"outage:{row.pk}",
        reason=reason,
        after={"from": row.from_on.isoformat(), "until": row.until_on.isoformat()},
        now=now,
    )
