"""The monthly statement by mail: opening, payments, invoices, credits, closing, within a day after a month ends.

Once per account and month, by the notice's own uniqueness; only accounts that had movement or hold or owe something.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from django.db import connection

from accounts import job_runs, notices, statement
from accounts.models import Account
from accounts.models.ledger import CUSTOMER_BOOKS
from accounts.notices import Owed
from billing_portal import clock
from billing_portal.unit import unit

JOB = "statements"
PAGE = 500  # accounts a unit
DAYS = 5  # of a month in which the mails of the month before still go out


def send(*, now: datetime) -> int:
    """Owe last month's mails in the first days of a month; return how many. Repeating owes nothing twice.

    It may be asked every hour, so that a late start sends at once: what a day's run has finished is not read again.
    """
    today = clock.business_date(now)
    if today.day > DAYS:
        return 0
    run = job_runs.begin(JOB, now=now)
    if run is None or run.finished_at:
        return 0
    first, last = statement.month_of(today.replace(day=1) - timedelta(days=1))
    told = sum(_owe(ids, first, last, now=now) for ids in _pages())
    job_runs.add(JOB, today, {"statements": told})
    job_runs.finish(run, now=now)
    return told


def _pages() -> Iterator[list[int]]:
    after = 0
    while ids := list(
        Account.objects.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:PAGE]
    ):
        yield ids
        after = ids[-1]


@unit
def _owe(ids: Sequence[int], first: date, last: date, *, now: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            MONTH, {"accounts": list(ids), "first": first, "last": last, "books": list(CUSTOMER_BOOKS)}
        )
        figures = {row[0]: [int(value) for value in row[1:]] for row in cursor.fetchall()}
    accounts = Account.objects.in_bulk([pk for pk, values in figures.items() if any(values)])
    owed = [_mail(account, figures[pk], first, last) for pk, account in sorted(accounts.items())]
    notices.owe_many(owed, now=now)
    return len(owed)


def _mail(account: Account, figures: Sequence[int], first: date, last: date) -> Owed:
    closing, payments, billed, credits_ = figures
    return Owed(
        account,
        "monthly-statement",
        f"statement:{account.ban}:{first:%Y-%m}",
        {
            "first": first.isoformat(),
            "last": last.isoformat(),
            "opening": closing - payments - billed - credits_,
            "payments": payments,
            "billed": billed,
            "credits": credits_,
            "closing": closing,
        },
    )


# closing = the balance now, less what was posted since; only this account's recent entries are read, by their index
MONTH = """
    with recent as (
        select e.account_id, e.posted_on > %(last)s as is_later, split_part(e.key, ':', 1) as kind,
            sum(l.amount) as moved
        from accounts_entry e join accounts_line l on l.entry_id = e.id
        where e.account_id = any(%(accounts)s) and e.posted_on >= %(first)s and l.book = any(%(books)s)
        group by 1, 2, 3
    ), held as (
        select account_id, sum(amount) as amount from accounts_balance where account_id = any(%(accounts)s) group by 1
    )
    select h.account_id, h.amount - coalesce(sum(r.moved) filter (where r.is_later), 0),
        coalesce(sum(r.moved) filter (where not r.is_later and r.kind = 'payment'), 0),
        coalesce(sum(r.moved) filter (where not r.is_later and r.kind in ('invoice', 'debit_note')), 0),
        coalesce(sum(r.moved) filter (where not r.is_later and r.kind not in ('payment', 'invoice', 'debit_note')), 0)
    from held h left join recent r on r.account_id = h.account_id group by h.account_id, h.amount
"""
