"""Impose and lift restrictions: each is lifted only by its own cause, and the strictest that stands decides.

The caller holds the account's lock.
"""

from datetime import date, datetime, timedelta
from typing import TypeAlias

from django.db.models import Q

from accounts.models import Account, Restriction
from billing_portal import clock

Reason: TypeAlias = Restriction.Reason
Level: TypeAlias = Restriction.Level
SEVERITY = {level: rank for rank, level in enumerate(Level)}


def impose(account: Account, reason: Reason, level: Level, *, now: datetime, note: str = "") -> Restriction:
    """Let a reason lower the account to `level`. The same again does nothing; another level replaces the former."""
    standing = account.restrictions.filter(reason=reason, lifted_at=None).first()
    if standing and standing.level == level:
        return standing
    if standing:
        lift(account, reason, now=now)
    return Restriction.objects.create(account=account, reason=reason, level=level, note=note, imposed_at=now)


def lift(account: Account, reason: Reason, *, now: datetime) -> bool:
    """Take one reason away; others stay. Return whether it stood."""
    return bool(account.restrictions.filter(reason=reason, lifted_at=None).update(lifted_at=now))


def level(account: Account) -> Level:
    """Return the account's service level: the strictest of what stands."""
    standing = account.restrictions.filter(lifted_at=None).values_list("level", flat=True)
    return max((Level(one) for one in standing), key=SEVERITY.__getitem__, default=Level.ACTIVE)


def days_at(account_ids: list[int], least: Level, *, first: date, last: date) -> dict[int, set[date]]:
    """Return, for each account, the Indian days of [first, last] it spent at `least` or beyond, if only in part."""
    harsh = [one for one in Level if SEVERITY[one] >= SEVERITY[least]]
    rows = Restriction.objects.filter(account__in=account_ids, level__in=harsh).filter(
        Q(lifted_at=None) | Q(lifted_at__date__gte=first), imposed_at__date__lte=last
    )
    found: dict[int, set[date]] = {}
    for row in rows:
        begins = max(first, clock.business_date(row.imposed_at))
        ends = min(last, clock.business_date(row.lifted_at)) if row.lifted_at else last
        days = {begins + timedelta(days=n) for n in range((ends - begins).days + 1)}
        found.setdefault(row.account_id, set()).update(days)
    return found
