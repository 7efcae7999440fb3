"""The nightly reconciliation: read the gateway's lists, act on money we missed, post settlements, name what differs.

It reads a window that overlaps the last one, so that what was late, missed in an outage or changed since is seen; any
part of it may be done twice. It moves no customer's money but by settling what paid an order of ours.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta

import structlog
from django.db import connection
from django.utils import timezone

from accounts import audit, job_runs
from accounts.models import JobRun, User
from billing_portal import clock
from billing_portal.unit import unit
from payments import (
    day_close,
    differences,
    findings,
    found_money,
    gateway_records,
    settlement_bank,
    settlements,
)
from payments.gateways.reconciliation import GatewayLists, lists
from payments.models import Difference, GatewayRecord, SettlementLine

log = structlog.get_logger(__name__)

JOB = "reconcile"
BEGINS = "begins"  # in the counts of a run: the first day that the gateway's lists know, as an ordinal
OVERLAP = 8  # days before the last run that are read again: money may be late by five
AT_FIRST = 35  # days that the first run reads
ASKED_SINGLY = 300  # payments and refunds outside the window, a run
LOCK = 7_301_004  # advisory lock: one comparison at a time
MARGIN = timedelta(minutes=5)  # what happened just now may not be listed yet


class NotPossible(ValueError):
    """It cannot be done now; the message says why."""


def run(*, now: datetime) -> dict[str, int]:
    """Do today's reconciliation unless it is done or going on; return what it did. Raises GatewayError.

    A run that was cut off is done again from its beginning; days that were missed are read with it.
    """
    row = job_runs.begin(JOB, now=now)
    if row is None or row.finished_at or job_runs.is_paused(JOB):
        return {}
    with _alone() as is_mine:
        row.refresh_from_db()  # another one may have finished it since
        if not is_mine or row.finished_at:
            return {}
        counts = look(window(row), now=now)
    job_runs.catch_up(row, now=now)
    job_runs.add(JOB, row.business_date, counts)
    job_runs.finish(row, now=now)
    return counts


@unit
def ask_again(*, by: User, reason: str, now: datetime) -> JobRun:
    """Have today's reconciliation done (again): the job finds it open. Raises NotPossible."""
    row = job_runs.begin(JOB, now=now)
    if row is None:
        raise NotPossible("The clock stands before the day of a later run.")
    was_finished = row.finished_at is not None
    job_runs.reopen(row)
    audit.record(
        "payments.reconcile.run",
        actor=by,
        subject=f"job:{row}",
        reason=reason,
        before={"finished": was_finished},
        after={"finished": False},
        now=now,
    )
    return row


def window(row: JobRun) -> date:
    """Return the first Indian day to read: before the last finished run by as much as money may be late.

    Never before the day from which on the gateway account was used (`begin_at`).
    """
    first = _first_day(row)
    begun = JobRun.objects.filter(job=JOB, counts__has_key=BEGINS).order_by("-business_date").first()
    return max(first, date.fromordinal(begun.counts[BEGINS])) if begun else first


def begin_at(day: date, *, now: datetime) -> None:
    """Say that this gateway account knows nothing from before a day: older payments are not looked for in its lists."""
    JobRun.objects.update_or_create(
        job=JOB,
        business_date=clock.business_date(now) - timedelta(days=1),
        defaults={"started_at": now, "finished_at": now, "counts": {BEGINS: day.toordinal()}},
    )


def _first_day(row: JobRun) -> date:
    before = JobRun.objects.filter(job=JOB, business_date__lt=row.business_date, finished_at__isnull=False)
    last = before.exclude(counts__has_key="missed_day").order_by("-business_date").first()
    if last is None:
        return row.business_date - timedelta(days=AT_FIRST)
    return last.business_date - timedelta(days=OVERLAP)


def look(first: date, *, now: datetime) -> dict[str, int]:
    """Compare everything since a day, both ways; return what was read and found. Raises GatewayError.

    Nothing is compared before all lists are read: a list that breaks off makes no difference.
    """
    door, today = lists(), clock.business_date(now)
    since = timezone.make_aware(datetime.combine(first, time.min))
    counts = {
        "payments": gateway_records.take_payments(door, since, now - MARGIN, now=now),
        "refunds": gateway_records.take_refunds(door, since, now - MARGIN, now=now),
        "settlements": settlements.take(door, since, now, now=now),
        "rows": settlements.take_rows(
            door, settlements.days_to_read(first - timedelta(days=1), today), now=now
        ),
    }
    _ask_singly(door, since, now=now)
    counts["taken"] = found_money.take(since, now=now)
    counts["refunds_taken"] = found_money.take_refunds(since, now=now)
    counts["posted"] = settlements.post_due(now=now)
    counts["at_bank"] = settlement_bank.match(now=now)
    counts |= differences.keep(findings.look(since, now=now), now=now)
    closed = day_close.compute(first, today - timedelta(days=1), now=now)
    for day in day_close.older(first, now=now):
        closed += day_close.compute(day, day, now=now)
    counts["days_that_differ"] = sum(row.state == "differs" for row in closed)
    log.info("reconciled", since=str(first), **counts)
    return counts


def _ask_singly(door: GatewayLists, since: datetime, *, now: datetime) -> None:
    """Ask about what stands open from before the window, and about rows settled of what no list has told."""
    standing = Difference.objects.standing().exclude(
        subject__in=GatewayRecord.objects.filter(created_at__gte=since).values("gateway_id")
    )
    unknown = SettlementLine.objects.exclude(entity_id__in=GatewayRecord.objects.values("gateway_id"))
    recent = unknown.filter(settlement__created_at__gte=since)
    ids = [
        *standing.filter(kind__startswith="payment").values_list("subject", flat=True)[:ASKED_SINGLY],
        *standing.filter(kind__in=("unsettled", "line_unknown")).values_list("subject", flat=True)[
            :ASKED_SINGLY
        ],
        *standing.filter(kind__startswith="refund").values_list("subject", flat=True)[:ASKED_SINGLY],
        *recent.values_list("entity_id", flat=True)[:ASKED_SINGLY],
    ]
    gateway_records.ask_payments(door, {one for one in ids if one.startswith("pay_")}, now=now)
    gateway_records.ask_refunds(door, {one for one in ids if one.startswith("rfnd_")}, now=now)


@contextmanager
def _alone() -> Iterator[bool]:
    """Whether nobody else compares just now; held until the end, also of a process that dies."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(%s)", [LOCK])
        (is_mine,) = cursor.fetchone()
        try:
            yield is_mine
        finally:
            if is_mine:
                cursor.execute("select pg_advisory_unlock(%s)", [LOCK])
