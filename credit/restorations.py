"""The stopwatch of a way back: money captured → known → booked → lifted → confirmed by the platform.

A restoration that takes more than 15 minutes from the moment we knew of the money is a breach that staff see. While an
archive has to come back first, the stopwatch waits: it starts again with the money that let it come back.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Least

from accounts.levels import Level
from accounts.models import Account, Entry, Restriction, ServiceOrder
from credit.models import OverdueCase, Restoration

LIMIT = timedelta(minutes=15)
RETENTION = Restriction.objects.filter(
    account=OuterRef("account"), reason=Restriction.Reason.RETENTION, lifted_at=None
)


def begin(account: Account, case: OverdueCase, *, now: datetime) -> Restoration:
    """Write down that what a case imposed is lifted; in the unit that lifts it. Repeating does nothing."""
    values = _values(account.entries.order_by("-number").first(), now)
    return Restoration.objects.get_or_create(case=case, defaults={"account": account, **values})[0]


def again(account: Account, case: OverdueCase, *, now: datetime) -> None:
    """Start the stopwatch of a case again: its archive has come back only now. The caller holds the lock."""
    money = account.entries.filter(received_at__isnull=False).order_by("-number").first()
    values = _values(money, now) | {"account": account, "confirmed_at": None}
    Restoration.objects.update_or_create(case=case, defaults=values)


def _values(entry: Entry | None, now: datetime) -> dict[str, Any]:
    return {
        "cause": entry.key if entry else "",
        "captured_at": entry.received_at if entry else None,
        "known_at": entry.posted_at if entry else now,
        "paid_at": entry.posted_at if entry else None,
        "lifted_at": now,
    }


def heard(account_id: int, cause: str, at: datetime) -> None:
    """Say when we first heard of the money behind a ledger entry, if it restored anything. Only ever earlier."""
    Restoration.objects.filter(account=account_id, cause=cause).update(
        known_at=Least(Coalesce("known_at", at), at)
    )


def of_cause(account: Account, cause: str) -> Restoration | None:
    """Return the restoration that a ledger entry brought, if any."""
    return account.restorations.filter(cause=cause).order_by("-lifted_at").first()


def confirm(*, now: datetime, limit: int = 200) -> int:
    """Write down which restorations the platform has acknowledged by now; return how many. Safe to run twice.

    One that changed nothing on the lines, because another reason stands, needs no acknowledgement.
    """
    since = ServiceOrder.objects.filter(account=OuterRef("account"), ordered_at__gte=OuterRef("lifted_at"))
    first = since.filter(state=ServiceOrder.State.CONFIRMED).order_by("pk").values("confirmed_at")[:1]
    waiting = Restoration.objects.filter(~Exists(RETENTION), confirmed_at=None, lifted_at__lte=now)
    rows = waiting.annotate(told_at=Subquery(first), is_ordered=Exists(since)).order_by("lifted_at")
    done = 0
    for row in rows[:limit]:
        at = row.told_at if row.is_ordered else row.lifted_at
        if at:
            done += Restoration.objects.filter(pk=row.pk, confirmed_at=None).update(confirmed_at=at)
    return done


def late(*, now: datetime) -> QuerySet[Restoration]:
    """Return the breaches: confirmed after more than 15 minutes, or open for longer."""
    rows = Restoration.objects.annotate(since=Coalesce("known_at", "lifted_at"))
    still = Q(confirmed_at=None, since__lt=now - LIMIT) & ~Exists(RETENTION)
    return rows.filter(still | Q(confirmed_at__gt=F("since") + LIMIT))


def is_late(row: Restoration, *, now: datetime) -> bool:
    """Whether one restoration took, or takes, more than 15 minutes; while its archive is away the watch rests."""
    if row.confirmed_at is None and row.account.wanted_level == Level.ARCHIVED:
        return False
    return (row.confirmed_at or now) - (row.known_at or row.lifted_at) > LIMIT
