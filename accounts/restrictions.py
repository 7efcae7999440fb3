"""Impose and lift restrictions: each is lifted only by its own cause, and the strictest that stands decides.

What the lines may do follows in the same unit: a changed level is an order to the platform. The caller holds the
account's lock.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, TypeAlias

from django.db.models import Q, QuerySet

from accounts import service_orders
from accounts.models import Account, Restriction
from billing_portal import bulk, clock

Reason: TypeAlias = Restriction.Reason
Level: TypeAlias = Restriction.Level
SEVERITY = {level: rank for rank, level in enumerate(Level)}


def impose(account: Account, reason: Reason, level: Level, *, now: datetime, note: str = "") -> Restriction:
    """Let a reason lower the account to `level`. The same again does nothing; another level replaces the former."""
    former = account.restrictions.filter(reason=reason, lifted_at=None).first()
    if former and former.level == level:
        return former
    if former:
        _end(account, reason, now)
    made = Restriction.objects.create(account=account, reason=reason, level=level, note=note, imposed_at=now)
    _order(account, now)
    return made


def impose_many(levels: Mapping[Account, Level], reason: Reason, *, now: datetime) -> None:
    """Let a reason lower each account to its level, as `impose` does, in a constant number of statements.

    The caller holds the locks of all.
    """
    stood = dict(_of(levels, reason=reason).values_list("account", "level"))
    fresh = {account: to for account, to in levels.items() if stood.get(account.pk) != to}
    _of([one for one in fresh if one.pk in stood], reason=reason).update(lifted_at=now)
    bulk.create(
        [Restriction(account=one, reason=reason, level=to, imposed_at=now) for one, to in fresh.items()]
    )
    found: dict[int, list[Restriction]] = {}
    for row in _of(fresh).order_by("imposed_at", "pk"):
        found.setdefault(row.account_id, []).append(row)
    strictest = {account: _strictest(found[account.pk])[0] for account in fresh}
    service_orders.want_many({one: (row.level, row.reason) for one, row in strictest.items()}, now=now)


def lift(account: Account, reason: Reason, *, now: datetime) -> bool:
    """Take one reason away; others stay. Return whether it stood."""
    stood = _end(account, reason, now)
    if stood:
        _order(account, now)
    return stood


def standing(account: Account) -> list[Restriction]:
    """Return what stands, the strictest first; of the same level the older."""
    return _strictest(account.restrictions.filter(lifted_at=None).order_by("imposed_at", "pk"))


def level(account: Account) -> Level:
    """Return the account's service level: the strictest of what stands."""
    return next((Level(row.level) for row in standing(account)), Level.ACTIVE)


def _strictest(rows: Iterable[Restriction]) -> list[Restriction]:
    return sorted(rows, key=lambda row: -SEVERITY[Level(row.level)])


def _of(accounts: Iterable[Account], **which: Any) -> QuerySet[Restriction]:
    return Restriction.objects.filter(account__in=list(accounts), lifted_at=None, **which)


def _end(account: Account, reason: Reason, now: datetime) -> bool:
    return bool(account.restrictions.filter(reason=reason, lifted_at=None).update(lifted_at=now))


def _order(account: Account, now: datetime) -> None:
    strictest = next(iter(standing(account)), None)
    level = strictest.level if strictest else Level.ACTIVE
    service_orders.want(account, level, reason=strictest.reason if strictest else "", now=now)


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
