"""The monthly statement by mail: owed in the first hours after a month's end, once per account and month.

Each start sweeps all accounts in keyset chunks until one start has come to the end; a killed run is taken up by the
next. The mail goes to accounts with movement in the month, or with a balance at its end.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection

from accounts import job_runs, notices, statement
from accounts.models import Account, JobRun, Notice
from accounts.models.ledger import CUSTOMER_BOOKS
from accounts.statement import Totals
from billing_portal import clock
from billing_portal.money import Paise
from billing_portal.unit import unit

JOB, NAME = "statements", "monthly-statement"
CHUNK = 500  # accounts in one unit


def owe_last_month(*, now: datetime) -> int:
    """Owe the statements of the month before `now`'s; return how many accounts got one. Repeating owes what is left.

    Does nothing once a run of this month has come to the end, or while the clock stands before a later run's day.
    """
    this_month = clock.business_date(now).replace(day=1)
    runs = JobRun.objects.filter(job=JOB, business_date__gte=this_month)
    if runs.filter(finished_at__isnull=False).exists():
        return 0
    run = job_runs.begin(JOB, now=now)
    if run is None:
        return 0
    month = statement.month_of(this_month - timedelta(days=1))
    owed, after = 0, 0
    while ids := _next(after):
        owed += _owe(ids, *month, run.business_date, now=now)
        after = ids[-1]
    job_runs.finish(run, now=now)
    return owed


def _next(after: int) -> list[int]:
    found = Account.objects.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)
    return list(found[:CHUNK])


@unit
def _owe(ids: Sequence[int], first: date, last: date, on: date, *, now: datetime) -> int:
    """Owe one chunk its mails and count them, all or nothing. A closed month moves no more: nothing is locked."""
    found = totals_of(ids, first, last)
    events = {pk: f"statement:{pk}:{first:%Y-%m}" for pk in found}
    told = set(
        Notice.objects.filter(event__in=events.values(), name=NAME).values_list("account_id", flat=True)
    )
    accounts = Account.objects.in_bulk(found.keys() - told)
    notices.owe_many(
        [
            notices.Owed(account, NAME, events[pk], _context(found[pk], first, last))
            for pk, account in sorted(accounts.items())
        ],
        now=now,
    )
    job_runs.add(JOB, on, {"statements": len(accounts)})
    return len(accounts)


def _context(totals: Totals, first: date, last: date) -> dict[str, str | Paise]:
    return {
        "first": first.isoformat(),
        "last": last.isoformat(),
        "opening": totals.opening,
        "payments": totals.payments,
        "billed": totals.billed,
        "credits": totals.credits,
        "closing": totals.closing,
    }


def totals_of(ids: Sequence[int], first: date, last: date) -> dict[int, Totals]:
    """Return the totals of the accounts that moved in the period or close it with a balance. Two queries."""
    words: dict[str, Any] = {
        "accounts": list(ids),
        "first": first,
        "last": last,
        "books": list(CUSTOMER_BOOKS),
    }
    sums: dict[int, dict[str, Paise]] = {}
    with connection.cursor() as cursor:
        cursor.execute(MOVED, words)
        for account_id, kind, amount in cursor.fetchall():
            sums.setdefault(account_id, {})[kind] = int(amount)
        cursor.execute(CLOSING, words)
        closings = {account_id: int(amount) for account_id, amount in cursor.fetchall()}
    return {
        account_id: Totals(closing - sum(moved.values()), closing, moved)
        for account_id, closing in closings.items()
        if (moved := sums.get(account_id, {})) or closing
    }


MOVED = """
    select e.account_id, split_part(e.key, ':', 1), sum(l.amount)
    from accounts_entry e join accounts_line l on l.entry_id = e.id
    where e.account_id = any(%(accounts)s) and e.posted_on between %(first)s and %(last)s and l.book = any(%(books)s)
    group by 1, 2
"""

# each book's newest line up to the period's last entry carries its balance; see statement.BALANCE
CLOSING = """
    select a.id, coalesce(sum(l.balance_after), 0)
    from unnest(%(accounts)s::bigint[]) a(id)
    cross join lateral (
        select e.id from accounts_entry e where e.account_id = a.id and e.posted_on <= %(last)s
        order by e.posted_on desc, e.number desc limit 1
    ) newest
    join accounts_balance b on b.account_id = a.id
    cross join lateral (
        select l.balance_after from accounts_line l
        where l.account_id = b.account_id and l.book = b.book and l.treatment = b.treatment and l.number is not null
            and l.entry_id <= newest.id
        order by l.entry_id desc limit 1
    ) l
    group by 1
"""
