"""What finance sees of the comparison with gateway and bank: differences, days, money on its way."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, F, Min, OuterRef, Q, QuerySet, Sum, Value
from django.db.models.functions import Abs, Coalesce, Concat

from accounts.models import JobRun, Line
from accounts.models.ledger import Book
from billing_portal import charts, clock
from billing_portal.charts import Chart
from billing_portal.money import Paise
from payments import reconcile
from payments.models import BankLine, BankUse, DayClose, Difference, GatewayRecord, Settlement, SettlementLine
from payments.models.reconciliation import DifferenceQuerySet

DAYS = 30  # that the chart and the row of days show
AGES = ((1, "up to a day"), (7, "2 to 7 days"), (30, "8 to 30 days"), (None, "older"))
GROUPS = (
    ("Payments", ("payment_",)),
    ("Refunds", ("refund_",)),
    ("Settlements", ("settlement_", "line_", "unsettled", "adjustment", "dispute")),
    ("Bank", ("bank_",)),
)


@dataclass(frozen=True)
class Row:
    """One line of a table: what, how many, how much (paise, sizes added up), the oldest."""

    code: str
    name: str
    count: int
    amount: Paise
    oldest: datetime | None = None


@dataclass(frozen=True)
class Found:
    """Differences by the day they were first seen: the chart, and the same as a table."""

    chart: Chart
    names: tuple[str, ...]
    table: tuple[tuple[date, tuple[int, ...]], ...]


@dataclass(frozen=True)
class Page:
    """Figures of one moment; amounts in paise."""

    kinds: Sequence[Row]
    ages: Sequence[Row]
    owners: Sequence[Row]
    days: Sequence[DayClose]
    found: Found
    gateway: Paise  # what the gateway holds of ours, by the ledger
    unsettled: Row  # captured, in no settlement yet, by the gateway's list
    at_bank: Row  # paid out, not on the bank's statement yet
    suspense: Sequence[Row]  # bank money not settled yet, by age
    run: JobRun | None

    @property
    def open(self) -> int:
        return sum(row.count for row in self.kinds)


def read(*, now: datetime) -> Page:
    """Read the page in a constant number of queries."""
    today = clock.business_date(now)
    waiting = Difference.objects.standing().waiting()
    return Page(
        kinds=_kinds(waiting),
        ages=_ages(waiting, now),
        owners=_owners(waiting),
        days=list(DayClose.objects.filter(day__gt=today - timedelta(days=DAYS + 1)).order_by("-day")),
        found=_found(today),
        gateway=-Line.objects.filter(book=Book.GATEWAY).total(),
        unsettled=_unsettled(now),
        at_bank=_at_bank(),
        suspense=_suspense(today),
        run=JobRun.objects.filter(job=reconcile.JOB).order_by("-business_date").first(),
    )


GAP = Abs(Coalesce(F("theirs"), 0) - Coalesce(F("ours"), 0))
SIZE = Sum(GAP, default=0)


def _kinds(waiting: DifferenceQuerySet) -> list[Row]:
    rows = waiting.values("kind").annotate(n=Count("pk"), size=SIZE, oldest=Min("first_seen_at"))
    names = dict(Difference.Kind.choices)
    return [
        Row(row["kind"], str(names[row["kind"]]), row["n"], row["size"], row["oldest"])
        for row in rows.order_by("-n", "kind")
    ]


def _ages(waiting: DifferenceQuerySet, now: datetime) -> list[Row]:
    return _by_age(waiting, "first_seen_at", now, GAP)


def _by_age(rows: QuerySet, field: str, now: datetime | date, size: Any) -> list[Row]:
    """Count rows and add up their sizes by how long ago they began. One query."""
    asked: dict[str, Any] = {}
    newer = now
    for n, (days, _name) in enumerate(AGES):
        part = Q(**{f"{field}__lte": newer})
        if days:
            newer = now - timedelta(days=days)
            part &= Q(**{f"{field}__gt": newer})
        asked |= {f"n{n}": Count("pk", filter=part), f"size{n}": Sum(size, filter=part, default=0)}
    sums = rows.order_by().aggregate(**asked)
    return [Row("", name, sums[f"n{n}"], sums[f"size{n}"]) for n, (_days, name) in enumerate(AGES)]


def _owners(waiting: DifferenceQuerySet) -> list[Row]:
    rows = waiting.values("owner", "owner__name", "owner__email").annotate(
        n=Count("pk"), size=SIZE, oldest=Min("first_seen_at")
    )
    return [
        Row(
            str(row["owner"] or ""),
            row["owner__name"] or row["owner__email"] or "Nobody",
            row["n"],
            row["size"],
            row["oldest"],
        )
        for row in rows.order_by("-n", "owner")
    ]


def _found(today: date) -> Found:
    """Return the differences first seen in the last days, by group."""
    since = today - timedelta(days=DAYS - 1)
    every = [since + timedelta(days=n) for n in range(DAYS)]
    rows = Difference.objects.filter(first_seen_at__date__gte=since).values_list(
        "first_seen_at__date", "kind"
    )
    counted = rows.annotate(n=Count("pk")).order_by()
    series: list[dict[date, int]] = [{} for _ in GROUPS]
    for day, kind, count in counted:
        at = next(n for n, (_name, heads) in enumerate(GROUPS) if kind.startswith(heads))
        series[at][day] = series[at].get(day, 0) + count
    names = tuple(name for name, _heads in GROUPS)
    table = tuple(
        (day, tuple(one.get(day, 0) for one in series)) for day in every if any(day in one for one in series)
    )
    return Found(charts.by_day(every, series, names), names, table)


def _unsettled(now: datetime) -> Row:
    settled = SettlementLine.objects.exclude(settlement__status="failed").filter(
        entity_id=OuterRef("gateway_id")
    )
    rows = GatewayRecord.objects.filter(
        ~Exists(settled),
        kind="payment",
        status="captured",
        currency="INR",
        amount__gt=0,  # a bank account is registered for nothing
        created_at__gte=now - timedelta(days=120),
    )
    sums = rows.aggregate(n=Count("pk"), size=Sum("amount", default=0), oldest=Min("created_at"))
    return Row("", "Captured, not paid out", sums["n"], sums["size"], sums["oldest"])


def _at_bank() -> Row:
    used = BankUse.objects.filter(cause=Concat(Value("settlement:"), OuterRef("gateway_id")))
    rows = Settlement.objects.filter(~Exists(used), status="processed", posted_at__isnull=False)
    sums = rows.aggregate(n=Count("pk"), size=Sum("amount", default=0), oldest=Min("created_at"))
    return Row("", "Paid out, not at the bank", sums["n"], sums["size"], sums["oldest"])


def _suspense(today: date) -> list[Row]:
    return _by_age(BankLine.objects.open(), "value_on", today, F("open_amount"))
