"""The pictures and work lists of the staff's first page: money and messages by day, dues by age, levels, the oldest.

Each is one query over an index or over rows that are few by nature. Who lacks a right gets nothing of it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Case, Count, F, IntegerField, Q, QuerySet, Sum, Value, When
from django.db.models.functions import TruncDate
from django.urls import reverse

from accounts import service_orders
from accounts.levels import Level
from accounts.models import Account, Notice, ServiceOrder
from billing_portal import charts, clock
from billing_portal.money import inr
from billing_portal.staff_pages import page_of
from billing_portal.text import plain
from billing_portal.timeline import midnight
from invoices import einvoices
from invoices.models import Document, DocumentFile, Subscription
from invoices.usage_page import Days
from payments.models import BankLine, ParkedReport, Payment, WebhookEvent

MONEY_DAYS, NOTICE_DAYS, OLDEST = 30, 14, 5
MONEY = F("amount") - F("tds") - F("gst_tds")  # without the tax that was deducted
ONLINE = (Payment.Channel.ONLINE, Payment.Channel.AUTO_PAY)
# fmt: off
AGES = (  # the last day of an age; how it is called; its tone
    (-1,      "not due yet",        ""),
    (0,       "due today",          ""),
    (14,      "1 to 14 days",       "warn"),
    (29,      "15 to 29 days",      "warn"),
    (59,      "30 to 59 days",      "bad"),
    (10_000,  "60 days and more",   "bad"),
)
# fmt: on


class Bar(NamedTuple):
    """One bar of a list: its name, what it says, its length of 1000, its tone."""

    label: str
    text: str
    per_mille: int
    tone: str


class Item(NamedTuple):
    """One thing that waits: what, more of it, since when, its page."""

    title: str
    text: str
    since: datetime | date | None
    address: str


class Work(NamedTuple):
    """The oldest of what waits of one kind, and the list of all."""

    title: str
    items: Sequence[Item]
    address: str


@dataclass(frozen=True)
class Pictures:
    """What the first page shows besides its figures; None where the reader lacks the right."""

    received: Days | None
    notices: Days | None
    ages: Sequence[Bar] | None
    levels: Sequence[Bar] | None
    work: Sequence[Work]


def read(may: Callable[[str], bool], *, now: datetime) -> Pictures:
    """Read the charts and lists of one moment, in at most fifteen queries whatever there is."""
    today = clock.business_date(now)
    return Pictures(
        received=_received(today) if may("payments.view_payment") else None,
        notices=_notices(today) if may("accounts.view_notice") else None,
        ages=_ages(today) if may("invoices.view_document") else None,
        levels=_levels() if may("accounts.view_restriction") else None,
        work=[work(now) for right, work in WORK if may(right)],
    )


def _received(today: date) -> Days:
    """Rupees received by day of their capture, through the gateway and at the bank."""
    days = _last(today, MONEY_DAYS)
    rows = Payment.objects.received().filter(
        captured_at__gte=midnight(days[0]), captured_at__lt=_after(today)
    )
    by_day = rows.annotate(day=TruncDate("captured_at")).values("day").order_by()
    sums = by_day.annotate(
        online=Sum(MONEY, filter=Q(channel__in=ONLINE), default=0),
        bank=Sum(MONEY, filter=~Q(channel__in=ONLINE), default=0),
    )
    found = {row["day"]: (row["online"] // 100, row["bank"] // 100) for row in sums}
    return _days(days, found, ("Through the gateway", "At the bank"))


def _notices(today: date) -> Days:
    """Messages by the day they were owed: sent, and failed (parked, or not delivered)."""
    days = _last(today, NOTICE_DAYS)
    rows = Notice.objects.filter(owed_at__gte=midnight(days[0]), owed_at__lt=_after(today))
    failed = Q(state=Notice.State.PARKED) | ~Q(undelivered="")
    sums = (
        rows.annotate(day=TruncDate("owed_at"))
        .values("day")
        .order_by()
        .annotate(
            sent=Count("pk", filter=Q(state=Notice.State.SENT) & ~failed),
            failed=Count("pk", filter=failed),
        )
    )
    found = {row["day"]: (row["sent"], row["failed"]) for row in sums}
    return _days(days, found, ("Sent", "Failed"))


def _ages(today: date) -> list[Bar]:
    """What is still to be paid, by how long it is due."""
    cases = [
        When(due_on__gte=today - timedelta(days=last), then=Value(place))
        for place, (last, *_) in enumerate(AGES)
    ]
    rows = Document.objects.filter(open_amount__gt=0, due_on__isnull=False).order_by()
    sums = rows.annotate(age=Case(*cases, output_field=IntegerField())).values("age")
    found = {row["age"]: row["sum"] for row in sums.annotate(sum=Sum("open_amount"))}
    most = max(found.values(), default=0) or 1
    return [
        Bar(label, inr(found.get(place, 0)), found.get(place, 0) * 1000 // most, tone)
        for place, (_last_day, label, tone) in enumerate(AGES)
    ]


def _levels() -> list[Bar]:
    """Accounts whose service is lowered, by level, mildest first."""
    rows = Account.objects.exclude(wanted_level=Level.ACTIVE).order_by().values("wanted_level")
    found = {row["wanted_level"]: row["count"] for row in rows.annotate(count=Count("pk"))}
    most = max(found.values(), default=0) or 1
    return [
        Bar(level.label, f"{found.get(level, 0)}", found.get(level, 0) * 1000 // most, "bad")
        for level in Level
        if level != Level.ACTIVE
    ]


def _days(days: Sequence[date], found: Mapping[date, tuple[int, ...]], names: tuple[str, ...]) -> Days:
    nothing = (0,) * len(names)
    series = [{day: values[place] for day, values in found.items()} for place in range(len(names))]
    table = tuple((day, found.get(day, nothing)) for day in days)
    return Days(charts.by_day(days, series, names), names, table)


def _last(today: date, count: int) -> list[date]:
    return [today - timedelta(days=back) for back in reversed(range(count))]


def _after(day: date) -> datetime:
    return midnight(day + timedelta(days=1))


def _list(page: str, query: str) -> str:
    return f"{reverse(f'admin:{page}_changelist')}?{query}"


def _items(
    page: str, rows: QuerySet[Any], tell: Callable[[Any], tuple[str, str, datetime | date | None]]
) -> list[Item]:
    return [Item(*tell(row), page_of(page, row.pk)) for row in rows[:OLDEST]]


def _parked(_now: datetime) -> Work:
    rows = ParkedReport.objects.filter(state=ParkedReport.State.OPEN).order_by("parked_at", "pk")
    items = _items(
        "payments_parkedreport",
        rows,
        lambda row: (
            row.get_kind_display(),
            f"{inr(row.amount or 0)} {row.gateway_payment_id}",
            row.parked_at,
        ),
    )
    return Work("Parked money", items, _list("payments_parkedreport", "state__exact=open"))


def _unmatched(_now: datetime) -> Work:
    items = _items(
        "payments_bankline",
        BankLine.objects.open(),
        lambda row: (inr(row.open_amount), plain(row.utr or row.narration, 60), row.value_on),
    )
    return Work("Unmatched bank money", items, _list("payments_bankline", "age=any"))


def _failed(now: datetime) -> Work:
    """Everything that a job has given up, oldest first."""
    state = Notice.State.PARKED
    found: Iterable[Item] = (
        *_items("accounts_notice", Notice.objects.filter(state=state).order_by("owed_at"),
                lambda row: (f"Message {row.name}", plain(row.error, 60), row.owed_at)),
        *_items("payments_webhookevent", WebhookEvent.objects.filter(handled_at=None, parked_at__isnull=False)
                .defer("body").order_by("parked_at"),
                lambda row: (f"Call {row.name}", plain(row.error, 60), row.parked_at)),
        *_items("invoices_documentfile", DocumentFile.objects.filter(state=DocumentFile.State.PARKED).order_by("pk"),
                lambda row: (f"PDF {row.name}", plain(row.error, 60), None)),
        *_items("invoices_einvoice", einvoices.in_trouble(now=now).select_related("document")
                .order_by("document__issued_at"),
                lambda row: (f"E-invoice {row.document.number}", plain(row.error, 60), row.document.issued_at)),
        *_items("invoices_subscription", Subscription.objects.filter(is_parked=True).select_related("account"),
                lambda row: (f"{row.account.ban} not billed", plain(row.error, 60), row.bill_on)),
        *_items("accounts_serviceorder", ServiceOrder.objects.waiting().filter(attempts__gte=service_orders.STUCK)
                .order_by("ordered_at"), lambda row: (f"Order {row.number}", plain(row.error, 60), row.ordered_at)),
    )  # fmt: skip
    oldest = sorted(found, key=lambda item: _moment(item.since))
    return Work("Failed jobs", oldest[:OLDEST], _list("accounts_notice", "state__exact=parked"))


def _unsent(_now: datetime) -> Work:
    rows = (
        Notice.objects.filter(state=Notice.State.OWED).order_by(F("owed_at"), "pk").select_related("account")
    )
    items = _items(
        "accounts_notice",
        rows,
        lambda row: (
            row.name,
            f"{row.account.ban if row.account else 'a person'}, {row.get_channel_display()}, try {row.attempts}",
            row.owed_at,
        ),
    )
    return Work("Oldest unsent messages", items, _list("accounts_notice", "state__exact=owed"))


def _moment(since: datetime | date | None) -> datetime:
    if isinstance(since, datetime):
        return since
    return midnight(since) if since else midnight(date(2000, 1, 1))


WORK: tuple[tuple[str, Callable[[datetime], Work]], ...] = (
    ("payments.view_parkedreport", _parked),
    ("payments.view_bankline", _unmatched),
    ("payments.view_webhookevent", _failed),
    ("accounts.view_notice", _unsent),
)
