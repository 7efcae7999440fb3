"""The close of a business day: the gateway's list, the ledger's moves and the documents side by side, to the paisa.

A payment belongs to the day of its making at the gateway, a debit of auto-pay to that on which it was taken, in all
three columns, whenever we learned of it. What the columns do not agree in has to be named by the day's standing
differences; what is left over nobody knows.
"""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from accounts import audit
from accounts.models import User
from billing_portal.money import inr
from billing_portal.unit import unit
from payments import findings_refunds
from payments.models import DayClose, Difference

State = DayClose.State
KEPT = [
    "received_gateway", "received_ledger", "received_documents", "refunded_gateway", "refunded_ledger",
    "refunded_documents", "settled_gateway", "settled_ledger", "settled_bank", "payments", "refunds", "settlements",
    "differences", "rest", "state", "computed_at", "closed_at", "closed_by",
]  # fmt: skip


class NotPossible(ValueError):
    """The day cannot be closed; the message says why."""


def compute(first: date, last: date, *, now: datetime) -> list[DayClose]:
    """Draw up the days from first to last and keep them. A day that agrees closes by itself.

    Repeating recomputes; a closed day that does not agree any more is open again.
    """
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    figures = _figures(first, last)
    return _keep([_drawn(day, figures.get(day, {}), now) for day in days], now) if days else []


def older(first: date, *, now: datetime) -> list[date]:
    """Return the days before the window to draw up again: still open, or with a difference that stands or went now."""
    moved = Difference.objects.filter(Q(gone_at=None) | Q(gone_at=now), day__lt=first).values_list(
        "day", flat=True
    )
    waiting = DayClose.objects.filter(closed_at=None, day__lt=first).values_list("day", flat=True)
    return sorted({*moved, *waiting})


def _drawn(day: date, sums: dict[str, int], now: datetime) -> DayClose:
    named, apart, waiting = (sums.pop(name, 0) for name in ("named", "apart", "waiting"))
    row = DayClose(day=day, computed_at=now, **sums)
    received = row.received_gateway - row.received_ledger
    refunded = row.refunded_gateway - row.refunded_ledger
    row.rest = (
        abs(received - refunded - named)
        + abs(row.received_ledger - row.received_documents)
        + abs(row.refunded_ledger - row.refunded_documents)
        + abs(row.settled_gateway - row.settled_ledger - waiting)
    )
    row.state = State.DIFFERS if row.rest else State.EXPLAINED if apart or waiting else State.AGREED
    return row


@unit
def _keep(rows: list[DayClose], now: datetime) -> list[DayClose]:
    known = {
        row.day: row for row in DayClose.objects.select_for_update().filter(day__in=[r.day for r in rows])
    }
    for row in rows:
        before = known.get(row.day)
        if before:
            row.pk, row.note = before.pk, before.note
            if row.state == before.state and _columns(row) == _columns(before):
                row.closed_at, row.closed_by = before.closed_at, before.closed_by
        if row.state == State.AGREED and not row.closed_at:
            row.closed_at = now
    DayClose.objects.bulk_create([row for row in rows if row.pk is None])
    DayClose.objects.bulk_update([row for row in rows if row.day in known], KEPT, batch_size=200)
    return rows


def _columns(row: DayClose) -> tuple[int, ...]:
    """What a person looked at when they closed the day; the bank may show its line later."""
    return (*(getattr(row, name) for name in KEPT[:8]), row.differences, row.rest)


@unit
def close(day_id: int, *, by: User, reason: str, now: datetime) -> DayClose:
    """Close a day whose differences are all named. The same person's same again changes nothing. Raises NotPossible."""
    row = DayClose.objects.select_for_update().get(pk=day_id)
    if row.closed_at:
        if (row.closed_by_id, row.note) == (by.pk, reason):
            return row  # a double click
        raise NotPossible(f"{row.day:%d %b %Y} is closed already.")
    if row.state == State.DIFFERS:
        raise NotPossible(f"{inr(row.rest)} of this day is named by no difference yet.")
    open_ones = Difference.objects.standing().filter(day=row.day, state=Difference.State.OPEN)
    if open_ones.exists():
        raise NotPossible(f"{open_ones.count()} of its differences are not explained yet.")
    row.closed_at, row.closed_by, row.note = now, by, reason
    row.save(update_fields=["closed_at", "closed_by", "note"])
    audit.record(
        "payments.day.close",
        actor=by,
        subject=f"day:{row.day}",
        reason=reason,
        after={"state": row.state, "differences": row.differences},
        now=now,
    )
    return row


def _figures(first: date, last: date) -> dict[date, dict[str, int]]:
    """Return each day's sums by the name of their column; a day without any is not there."""
    found: dict[date, dict[str, int]] = {}
    words = {
        "first": first,
        "last": last,
        "from": _midnight(first),
        "to": _midnight(last + timedelta(days=1)),
    }
    with connection.cursor() as cursor:
        for names, question in COLUMNS:
            cursor.execute(question, words)
            _add(found, names.split(), cursor.fetchall())
    return found


def _add(found: dict[date, dict[str, int]], names: list[str], rows: Iterable[tuple]) -> None:
    for day, *values in rows:
        found.setdefault(day, {}).update(zip(names, map(int, values), strict=True))


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


IN_INDIA = "({} at time zone 'Asia/Kolkata')::date"
# What the gateway gave back in full without our ever having it is no money of the day.
NOT_OURS = (
    "r.status = 'refunded' and not exists (select 1 from payments_payment p where p.gateway_payment_id = {})"
)
TAKEN = "greatest(r.created_at, p.captured_at)"  # the gateway makes a debit days before it is taken
LISTED = f"""
    select {IN_INDIA.format(TAKEN)}, sum(r.amount), count(*) from payments_gatewayrecord r
    left join payments_payment p on p.gateway_payment_id = r.gateway_id and p.channel = 'auto_pay'
    where r.kind = 'payment' and r.was_captured and r.currency = 'INR' and not exists (
            select 1 from payments_difference d
            where d.kind = 'payment_missing_there' and d.subject = r.gateway_id and d.gone_at is null)  -- listed once
        and r.created_at >= %(from)s::timestamptz - interval '15 days' and r.created_at < %(to)s
        and {TAKEN} >= %(from)s and {TAKEN} < %(to)s and not ({NOT_OURS.format("r.gateway_id")})
    group by 1
"""  # nosec B608 - constants of this module
LEDGER = f"""
    select {IN_INDIA.format("e.received_at")}, -sum(l.amount)
    from accounts_entry e join accounts_line l on l.entry_id = e.id and l.book = 'gateway'
    where e.received_at >= %(from)s and e.received_at < %(to)s and starts_with(e.key, 'payment:') group by 1
"""  # nosec B608 - constants of this module
DOCUMENTS = f"""
    select {IN_INDIA.format("p.captured_at")}, sum(coalesce(a.amount, 0) + coalesce(d.total, 0) - p.tds - p.gst_tds)
    from payments_payment p
    left join lateral (
        select sum(amount) as amount from invoices_allocation where cause = 'payment:' || p.number
    ) a on true
    left join invoices_document d on d.cause = 'advance:' || p.number
    where p.captured_at >= %(from)s and p.captured_at < %(to)s and p.channel <> 'bank'
        and p.status in ('captured', 'partly_refunded', 'refunded')
    group by 1
"""  # nosec B608 - constants of this module
SETTLED = """
    select settled_on, sum(amount), count(*) from payments_settlement
    where settled_on between %(first)s and %(last)s and status = 'processed' group by 1
"""
SETTLED_LEDGER = """
    select s.settled_on, sum(-l.amount) from payments_settlement s
    join accounts_entry e on e.key in ('settlement:' || s.gateway_id, 'settlement:' || s.gateway_id || ':failed')
    join accounts_line l on l.entry_id = e.id and l.book = 'suspense'
    where s.settled_on between %(first)s and %(last)s group by 1
"""
SETTLED_BANK = """
    select s.settled_on, sum(u.amount) from payments_settlement s
    join payments_bankuse u on u.cause = 'settlement:' || s.gateway_id
    where s.settled_on between %(first)s and %(last)s group by 1
"""
WAITING = """
    select s.settled_on, sum(s.amount) from payments_settlement s
    join payments_difference d on d.kind = 'settlement_sum' and d.subject = s.gateway_id and d.gone_at is null
    where s.settled_on between %(first)s and %(last)s and s.status = 'processed' and s.posted_at is null group by 1
"""
GAP = "coalesce(theirs, 0) - coalesce(ours, 0)"
DIFFERENCES = f"""
    select day, count(*),
        coalesce(sum(case when starts_with(kind, 'payment_') then {GAP} else -({GAP}) end)
            filter (where {{of_sums}}), 0),
        count(*) filter (where {{of_sums}} and {GAP} <> 0)
    from payments_difference where day between %(first)s and %(last)s and gone_at is null group by 1
""".format(of_sums="(starts_with(kind, 'payment_') or starts_with(kind, 'refund_'))")  # nosec B608 - constants of this module
COLUMNS = (
    ("received_gateway payments", LISTED),
    ("received_ledger", LEDGER),
    ("received_documents", DOCUMENTS),
    ("refunded_gateway refunds", findings_refunds.LISTED),
    ("refunded_ledger", findings_refunds.LEDGER),
    ("refunded_documents", findings_refunds.DOCUMENTS),
    ("settled_gateway settlements", SETTLED),
    ("settled_ledger", SETTLED_LEDGER),
    ("settled_bank", SETTLED_BANK),
    ("waiting", WAITING),
    ("differences named apart", DIFFERENCES),
)
