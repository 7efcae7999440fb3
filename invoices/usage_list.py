"""The list of usage records: filtered, read page by page along its index, masked where a person may not see numbers."""

import base64
import binascii
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q, QuerySet

from accounts.models import Account
from invoices.models import Cycle, UsageRecord

INDIA = ZoneInfo("Asia/Kolkata")
SHOWN = 4  # digits of a masked number


@dataclass(frozen=True)
class Page:
    """Some records, newest first, and where the next page goes on."""

    records: Sequence[UsageRecord]
    after: str = ""


def masked(number: str) -> str:
    """Return a number with its last four digits only."""
    return f"•••• {number[-SHOWN:]}" if len(number) > SHOWN else "••••" if number else ""


def duration(row: UsageRecord) -> str:
    """Write how long a call was answered as 2:05; a dash for one that was not, or a message."""
    if row.answered_at is None or row.ended_at is None:
        return "–"
    seconds = (row.ended_at - row.answered_at) // timedelta(seconds=1)
    return f"{seconds // 60}:{seconds % 60:02}"


def of(account: Account, first: date, last: date, feature: str = "") -> QuerySet[UsageRecord]:
    """Return the records that started on these Indian days, newest first, along their index."""
    begins, ends = (datetime.combine(day, time(), INDIA) for day in (first, last + timedelta(days=1)))
    rows = UsageRecord.objects.filter(account=account, started_at__gte=begins, started_at__lt=ends)
    rows = rows.filter(
        month__gte=first.replace(day=1), month__lte=last
    )  # only these partitions are looked at
    if feature:
        rows = rows.filter(feature=feature)
    return rows.order_by("-started_at", "-id")


def of_cycle(cycle: Cycle, feature: str = "") -> QuerySet[UsageRecord]:
    """Return the records that count in a cycle, newest first: its days', and the late ones of days before. One query.

    So they add up to its gauges; what came after it was closed stands in the cycle that counts it.
    """
    has_late = cycle.counters.filter(late__gt=0).exists()
    first = cycle.starts_on - timedelta(days=settings.USAGE_OLDEST_DAYS + 2 if has_late else 0)
    return of(cycle.account, first, cycle.ends_on, feature).filter(cycle=cycle)


def chosen(account: Account, first: date, last: date, feature: str = "") -> QuerySet[UsageRecord]:
    """Return the records of a period as the page lists them: a whole cycle's are those that count in it."""
    cycle = account.cycles.filter(starts_on=first, ends_on=last).select_related("account").first()
    return of_cycle(cycle, feature) if cycle else of(account, first, last, feature)


def page(rows: QuerySet[UsageRecord], after: str, size: int) -> Page:
    """Return the page after a mark, in the same time for the first and the thousandth; a broken mark is the first."""
    mark = _read(after)
    if mark:
        at, number = mark
        rows = rows.filter(Q(started_at__lt=at) | Q(started_at=at, id__lt=number), started_at__lte=at)
    found = list(rows[: size + 1])
    more = len(found) > size
    return Page(found[:size], _mark(found[size - 1]) if more else "")


def lines(rows: QuerySet[UsageRecord], *, whole_numbers: bool) -> Iterator[list[str]]:
    """Give the rows of a CSV, header first; prices in rupees."""
    yield ["id", "started", "feature", "from", "to", "answered", "ended", "duration", "units", "unit price",
           "value", "late"]  # fmt: skip
    show = str if whole_numbers else masked
    for row in rows.iterator(chunk_size=2000):
        price = row.unit_price or 0
        yield [
            row.record_id,
            _local(row.started_at),
            row.feature_id,
            show(row.caller),
            show(row.called),
            _local(row.answered_at),
            _local(row.ended_at),
            duration(row),
            str(row.units),
            _rupees(price),
            _rupees(row.units * price),
            "late" if row.is_late else "",
        ]


def _local(moment: datetime | None) -> str:
    return f"{moment.astimezone(INDIA):%Y-%m-%d %H:%M:%S}" if moment else ""


def _rupees(millipaise: int) -> str:
    """Write millipaise as rupees with all the places they have, at least two."""
    whole, rest = divmod(millipaise, 100_000)
    text = f"{rest:05}"
    return f"{whole}.{text[:2]}{text[2:].rstrip('0')}"


def _mark(row: UsageRecord) -> str:
    return base64.urlsafe_b64encode(f"{row.started_at.isoformat()} {row.pk}".encode()).decode()


def _read(mark: str) -> tuple[datetime, int] | None:
    try:
        at, _, number = base64.urlsafe_b64decode(mark.encode()).decode().rpartition(" ")
        moment = datetime.fromisoformat(at)
        return (moment, int(number)) if moment.tzinfo and 0 < int(number) < 2**63 else None
    except (ValueError, binascii.Error, OverflowError):
        return None
